"""Tagged PDF (PDF/UA-1) by typst, from templates of the house and data that is only ever data."""

from __future__ import annotations

import json
from typing import Any

from portal.web.templates import ROOT

LATIN_ENDS = 0x250
TYPOGRAPHIC = frozenset("‘’“”„–—…•·†‡‹›€™ \u00a0")
FOLDER = ROOT / "templates" / "pdf"


def render(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of `templates/pdf/<template>.typ` with `data`, which the template reads as JSON.

    What stands in the data stays text: it is never read as markup, and the template can read no file but its own
    folder. Signs that no font of this machine has are printed as question marks: a tagged PDF must not hold empty
    boxes.
    """
    import typst  # a large library, needed by few requests

    try:
        return _made(template, data)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _made(template, _plain(data))


def _made(template: str, data: dict[str, Any]) -> bytes:
    import typst

    made: Any = typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        ignore_system_fonts=False,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )
    return bytes(made)


def _plain(value: Any) -> Any:
    """The same data in the letters that the fonts which come with typst can print."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, str):
        return value
    return "".join(c if ord(c) < LATIN_ENDS or c in TYPOGRAPHIC else "?" for c in value)
