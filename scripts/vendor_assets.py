"""Writes the third-party files of `static/` from a folder with installed npm packages (see vendor_assets.sh).

Usage: vendor_assets.py FOLDER. FOLDER holds `node_modules/` and `subset.css`, the compiled design system.
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"

# Colours of the design system -> our tokens. The first ones are the placeholders of subset.scss.
TOKENS = {
    "#010001": "--brand", "#010002": "--ink", "#010003": "--ink-2", "#010004": "--focus-fill",
    "#010005": "--focus-ink", "#010006": "--alert", "#010007": "--line", "#010008": "--field-line",
    "#010009": "--line-strong", "#01000a": "--field",
    "#01000b": "--link", "#01000c": "--link-hover", "#01000d": "--on-brand",
    "#aeb7bd": "--line-strong", "#4c6272": "--ink-2", "#d8dde0": "--line", "#005eb8": "--link",
    "#ffffff": "--card", "#343334": "--link-hover", "#c7c7c7": "--line-strong",
}  # fmt: skip
# Element rules, spacing between neighbours, and parts we do not have.
UNWANTED = re.compile(
    r"(^|\{ ?)(ol|ul|p)\b|\.nhsuk-(body|frontend|expander|card|main-wrapper)|:root|@media print|:has\("
)

# Our name -> lucide's name, where they differ.
RENAMED = {
    "home": "house", "circle-help": "circle-question-mark", "message-circle-question": "message-circle-question-mark",
    "filter": "funnel", "fingerprint": "fingerprint-pattern", "share": "share-2", "trash": "trash-2",
}  # fmt: skip
OWN = {
    "triangle-up": '<path d="M12 5 21 19H3z" fill="currentColor"/>',
    "triangle-down": '<path d="M12 19 3 5h18z" fill="currentColor"/>',
}
FONT = "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next"
LICENCES = {
    "nhsuk/LICENSE": ("nhsuk-frontend", "MIT"),
    "htmx/LICENSE": ("htmx.org", "0BSD"),
    "lucide/LICENSE": ("lucide-static", "ISC"),
    "font/LICENSE": ("@fontsource-variable/atkinson-hyperlegible-next", "OFL-1.1"),
}


def blocks(css: str) -> list[str]:
    """The top-level rules of a stylesheet."""
    found, depth, start = [], 0, 0
    for i, character in enumerate(css):
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                found.append(css[start : i + 1].strip())
                start = i + 1
    return found


def design_system(compiled: str) -> str:
    """The compiled subset with tokens for colours, without what is there twice or not for us."""
    inner = compiled[compiled.index("@layer nhsuk {") + len("@layer nhsuk {") : compiled.rindex("}")]
    inner = re.sub(r"/\*.*?\*/", "", inner, flags=re.DOTALL)
    kept: dict[str, None] = {}
    for block in blocks(inner):
        rule = re.sub(r"\s+", " ", block)
        if not UNWANTED.search(rule) and "url(" not in rule:
            kept[rule] = None
    css = "\n".join(kept)
    css = re.sub(r", \(-ms-high-contrast: active\)|-(webkit|moz|ms)-(appearance|user-select):[^;]*;", "", css)
    css = re.sub(r"#[0-9a-f]{3,8}\b", lambda m: f"var({TOKENS[m.group(0)]})", css)
    css = re.sub(r" ?([{};:,>]) ", r"\1", css).replace(";}", "}")
    # Sides of the line, not of the screen: the same rules serve languages written from right to left.
    for side, logical in (("left", "start"), ("right", "end")):
        css = re.sub(rf"\b(margin|padding|border)-{side}(?=:|-width:)", rf"\1-inline-{logical}", css)
        css = re.sub(rf"(?<=[{{;]){side}:", f"inset-inline-{logical}:", css)
        css = css.replace(f"text-align:{side}", f"text-align:{logical}")
        css = css.replace(f"float:{side}", f"float:inline-{logical}")
    return "@layer nhsuk{\n" + css + "\n}\n"


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a symbol for each name."""
    symbols = []
    for name in names:
        if name in OWN:
            inner = OWN[name]
        else:
            svg = (icons / f"{RENAMED.get(name, name)}.svg").read_text()
            inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
            inner = re.sub(r"\s+", " ", inner).replace("> <", "><").replace(" />", "/>").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    # What strokes are like is said by .icon in the stylesheet: symbols take it over from where they are used.
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def main(folder: Path) -> None:
    """Write everything, then the list of checksums."""
    modules = folder / "node_modules"
    (STATIC / "vendor/nhsuk/nhsuk.css").write_text(design_system((folder / "subset.css").read_text()))
    for source, target in {
        "htmx.org/dist/htmx.min.js": "vendor/htmx/htmx.min.js",
        "htmx.org/dist/ext/hx-csp.min.js": "vendor/htmx/hx-csp.min.js",
        f"{FONT}-latin-wght-normal.woff2": "fonts/atkinson-hyperlegible-next-latin.woff2",
        f"{FONT}-latin-ext-wght-normal.woff2": "fonts/atkinson-hyperlegible-next-latin-ext.woff2",
    }.items():
        shutil.copyfile(modules / source, STATIC / target)
    names = (STATIC / "icons/icons.txt").read_text().split()
    (STATIC / "icons/sprite.svg").write_text(sprite(modules / "lucide-static/icons", names))
    axe = ROOT / "tests/support/axe"
    axe.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(modules / "axe-core/axe.min.js", axe / "axe.min.js")
    shutil.copyfile(modules / "axe-core/LICENSE", axe / "LICENSE")
    for target, (package, _licence) in LICENCES.items():
        if (modules / package / "LICENSE").exists():
            shutil.copyfile(modules / package / "LICENSE", STATIC / "vendor" / target)
    files = [
        *STATIC.glob("vendor/**/*"),
        *STATIC.glob("fonts/*.woff2"),
        STATIC / "icons/sprite.svg",
        axe / "axe.min.js",
    ]
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT)}"
        for path in sorted(files)
        if path.suffix in {".js", ".css", ".woff2", ".svg"}
    ]
    (STATIC / "vendor/SHA256SUMS").write_text("\n".join(sums) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
