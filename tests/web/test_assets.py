"""What the design system ships: joined and vendored files, colours and their contrast, icons, weights."""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path

import brotli
import pytest

from scripts import join_assets

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"


def test_the_joined_files_are_up_to_date() -> None:
    assert (STATIC / "dist/portal.css").read_text() == join_assets.styles(), "run python scripts/join_assets.py"
    assert (STATIC / "dist/portal.js").read_text() == join_assets.scripts(), "run python scripts/join_assets.py"


def test_third_party_files_are_the_ones_whose_checksums_we_wrote_down() -> None:
    for line in (STATIC / "vendor/SHA256SUMS").read_text().splitlines():
        wanted, name = line.split("  ")
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == wanted, name


def test_colours_are_named_in_one_file_only() -> None:
    for path in [*STATIC.glob("css/*.css"), STATIC / "vendor/nhsuk/nhsuk.css"]:
        if path.name != "tokens.css":
            found = re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)|\brgba?\((?!0 ?,? ?0)|\bhsl\(", path.read_text())
            assert found == [], path.name


def test_nothing_comes_from_another_host() -> None:
    for name in ("dist/portal.css", "icons/sprite.svg"):
        text = (STATIC / name).read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|url\(\s*[\"']?//", text), name


def test_every_icon_that_is_named_exists() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    uses = re.compile(r'icon(?:_after)?="([\w-]+)"|icon\(name="([\w-]+)"')
    named = {
        name for path in TEMPLATES.rglob("*.html") for pair in uses.findall(path.read_text()) for name in pair if name
    }
    assert named - known == set()


def test_the_script_is_short_and_makes_no_markup_from_text() -> None:
    script = (STATIC / "js/portal.js").read_text()
    assert len(script.splitlines()) < 200
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function|localStorage|sessionStorage", script
    )


def test_stylesheet_and_script_weigh_at_most_45_kilobytes_compressed() -> None:
    weights = [len(brotli.compress((STATIC / name).read_bytes())) for name in ("dist/portal.css", "dist/portal.js")]
    assert sum(weights) <= 45_000, weights


TEXT = [
    ("--ink", "--paper"), ("--ink", "--card"), ("--ink", "--card-2"), ("--ink", "--sunk"), ("--ink", "--brand-tint"),
    ("--ink", "--note"), ("--ink-2", "--paper"), ("--ink-2", "--card"), ("--ink-2", "--card-2"), ("--ink-2", "--sunk"),
    ("--ink-2", "--brand-tint"), ("--ink-2", "--note"), ("--ink", "--field"), ("--ink-2", "--field"),
    ("--link", "--paper"), ("--link", "--card"), ("--link", "--look-tint"), ("--link-hover", "--card"),
    ("--on-brand", "--brand"), ("--on-brand", "--brand-strong"), ("--accent", "--card"), ("--accent", "--brand-tint"),
    ("--accent-strong", "--brand-tint"), ("--accent-strong", "--brand-line"), ("--on-top", "--top"),
    ("--info-ink", "--info-tint"), ("--look-ink", "--look-tint"), ("--alert-ink", "--alert-tint"),
    ("--good-ink", "--good-tint"), ("--quiet-ink", "--quiet-tint"), ("--alert", "--card"), ("--on-alert", "--alert"),
    ("--on-danger", "--danger"), ("--on-danger-body", "--danger-body"), ("--danger-body", "--on-danger-body"),
    ("--on-face", "--face-0"), ("--on-face", "--face-1"), ("--on-face", "--face-2"), ("--on-face", "--face-3"),
    ("--chart-band-ink", "--chart-band"), ("--chart-band-ink", "--card"), ("--ink", "--chart-band"),
    ("--chart-out", "--card"), ("--chart-out", "--chart-band"), ("--focus-ink", "--focus-fill"),
]  # fmt: skip
SHAPES = [
    ("--field-line", "--field"), ("--field-line", "--card"), ("--field-line", "--paper"), ("--brand", "--card"),
    ("--accent", "--card"), ("--look", "--look-tint"), ("--alert", "--alert-tint"), ("--info", "--info-tint"),
    ("--good", "--good-tint"), ("--chart-line", "--card"), ("--chart-line", "--chart-band"), ("--focus", "--card"),
    ("--focus", "--paper"), ("--focus", "--sunk"), ("--top-mark", "--top"),
]  # fmt: skip


def schemes() -> dict[str, dict[str, str]]:
    css = (STATIC / "css/tokens.css").read_text()
    start, dark = css.index(":root"), css.index("prefers-color-scheme: dark")
    paper = css.index("@media print")

    def read(part: str) -> dict[str, str]:
        return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,6})\b", part))

    light = read(css[start:dark])
    return {"light": light, "dark": {**light, **read(css[dark:paper])}, "paper": {**light, **read(css[paper:])}}


def luminance(colour: str) -> float:
    digits = colour[1:]
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_text_and_shapes_stand_out_from_their_ground(scheme: str) -> None:
    tokens = schemes()[scheme]
    weak = [
        f"{front} on {back}: {ratio:.2f} of {least}"
        for (front, back), least in itertools.chain(
            ((pair, 4.5) for pair in TEXT), ((pair, 3.0) for pair in SHAPES if scheme != "paper")
        )
        if (ratio := contrast(tokens[front], tokens[back])) < least
    ]
    assert weak == []
