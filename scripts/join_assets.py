"""Joins what every page needs into one stylesheet and one script: `static/dist/portal.css` and `static/dist/portal.js`.

Run it after changing a file below `static/css`, `static/js` or `static/vendor`; a test says when it was forgotten.
"""

import re
import sys
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
STYLES = (
    "css/tokens.css", "vendor/nhsuk/nhsuk.css", "css/base.css", "css/layout.css", "css/parts.css", "css/forms.css",
    "css/rooms.css", "css/record.css", "css/binder.css", "css/print.css",
)  # fmt: skip
SCRIPTS = ("vendor/htmx/htmx.min.js", "vendor/htmx/hx-csp.min.js", "js/portal.js")
LICENCE = "nhsuk-frontend (MIT), htmx (0BSD): see static/vendor/README.md"


def styles() -> str:
    """All stylesheets in the order of their layers, without comments and indents."""
    css = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in STYLES)
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*\n\s*", "\n", css).replace("{\n", "{").replace(";\n", ";").replace("\n}", "}").replace(";}", "}")
    return f"/* {LICENCE} */\n{css.strip()}\n"


def scripts() -> str:
    """All scripts, libraries first."""
    source_map = re.compile(r"\n?//# sourceMappingURL=.*")
    parts = [source_map.sub("", (STATIC / name).read_text(encoding="utf-8")).strip() for name in SCRIPTS]
    return f"/* {LICENCE} */\n" + "\n;\n".join(parts) + "\n"


def main() -> None:
    """Write both files where they differ."""
    for name, text in (("dist/portal.css", styles()), ("dist/portal.js", scripts())):
        path = STATIC / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"==> wrote static/{name}\n")


if __name__ == "__main__":
    main()
