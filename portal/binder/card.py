"""The wallet card: 85.6 x 54 mm (ISO/IEC 7810 ID-1), two sides, and what fits on it (PHR-5)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.binder import paper
from portal.binder.sections import Binder, Section
from portal.infra.i18n import reader_language
from portal.web import pdf

THINNERS = ("warfarin", "apixaban", "rivaroxaban", "dabigatran", "edoxaban", "heparin", "enoxaparin", "coumadin",
            "eliquis", "xarelto")  # fmt: skip
IMPLANTS = ("pacemaker", "defibrillator", "stent", "prosthe", "implant", "valve", "shunt", "pump", "replacement")
WIDE = 52  # letters of a line beside nothing
NARROW = 34  # beside the code
PACKING = re.compile(r"^\d+(\.\d+)? (ACTUAT|HR|ML) ")  # how RxNorm begins some names


@dataclass(frozen=True, slots=True)
class Field:
    """A label with as much as fits; `is_cut` where there is more."""

    label: str
    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """Both sides."""

    name: str
    born: str
    front: tuple[Field, ...]
    back: tuple[Field, ...]
    url: str
    printed: str

    @property
    def is_cut(self) -> bool:
        return any(one.is_cut for one in (*self.front, *self.back))


def fit(items: Sequence[str], letters: int, lines: int) -> tuple[str, bool]:
    """As many whole items as fit in so many lines, joined by commas; and whether something was left out. Pure."""
    room = letters * lines
    kept: list[str] = []
    for item in items:
        cost = len(item) + (2 if kept else 0)
        if cost > room:
            return (", ".join(kept) if kept else item[: letters * lines - 1] + "…"), True
        kept.append(item)
        room -= cost
    return ", ".join(kept), False


def _field(label: str, items: Sequence[str], letters: int, lines: int, empty: str) -> Field:
    text, is_cut = fit(items, letters, lines)
    return Field(label, text or empty, is_cut)


def _names(section: Section | None, *, group: str | None = None) -> list[str]:
    if section is None:
        return []
    return [line.title for line in section.lines if (group is None or line.group == group) and not line.is_over]


def _people(contacts: Section | None) -> list[str]:
    """Whom to call, each once: a liaison who is an emergency contact, too, stands there with the phone."""
    found: dict[str, str] = {}
    for line in contacts.lines if contacts is not None else ():
        found.setdefault(line.title, f"{line.title} {line.text}".strip())
    return list(found.values())


def _empty(section: Section | None) -> str:
    """What stands where there is nothing: that there is none, or that nobody asked; never a silent gap."""
    if section is None:
        return _("not on this card")
    return _("none known") if section.state == "none" else _("not yet filled")


def make(binder: Binder, phone: str, url: str, now: datetime) -> Card:
    """The card of the chosen sections. `phone` is the clinic's, `url` the address of the emergency page or empty."""
    contacts, allergies = binder.section("contacts"), binder.section("allergies")
    problems, medicines = binder.section("problems"), binder.section("medicines")
    people = _people(contacts)
    reactions = [line.title for line in allergies.lines] if allergies else []
    taken = [PACKING.sub("", name) for name in _names(medicines)]
    providers = binder.section("providers")
    doctor = providers.lines[0].title if providers is not None and providers.lines else ""
    watch = [name for name in taken if any(word in name.lower() for word in (*THINNERS, "insulin"))]
    history = _names(binder.section("history"))
    watch += [name for name in history if any(word in name.lower() for word in IMPLANTS)]
    letters = NARROW if url else WIDE
    front = (
        _field(_("In an emergency call"), people, WIDE, 3, _empty(contacts)),
        _field(_("Allergies"), reactions, WIDE, 3, _empty(allergies)),
    )
    back = (
        _field(_("Conditions"), _names(problems), letters, 4, _empty(problems)),
        _field(_("Blood thinner, insulin, implants"), watch, letters, 2, _("none on this list")),
        _field(_("Medicines"), taken, letters, 4, _empty(medicines)),
        Field(_("Clinic"), ", ".join(part for part in (doctor, phone) if part)),
    )
    return Card(binder.name, paper.born_words(binder), front, back, url, paper.printed_words(now))


def code(url: str) -> str:
    """The QR code of an address as SVG (error level M, ISO/IEC 18004)."""
    import segno  # some megabytes that most processes never need

    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def code_uri(url: str) -> str:
    """The same as a `data:` address, for a page; black on white also where the page is dark."""
    import segno

    return str(segno.make(url, error="m").svg_data_uri(scale=4, border=4, light="#fff", omitsize=False))


def data_of(card: Card, clinic: str) -> dict[str, Any]:
    """What the template prints."""
    return {
        "title": _("Emergency card"),
        "clinic": clinic,
        "language": reader_language(),
        "name": card.name,
        "born": card.born,
        "printed": card.printed,
        "front": [_told(one) for one in card.front],
        "back": [_told(one) for one in card.back],
        "code": code(card.url) if card.url else "",
        "words": {
            "scan": _("Scan for more"),
            "alt": _("QR code of the emergency page"),
            "cut": _("See the full list."),
        },
    }


def _told(one: Field) -> dict[str, Any]:
    return {"label": one.label, "text": one.text, "cut": one.is_cut}


def render(card: Card, clinic: str) -> bytes:
    """The PDF with two pages, a side each, of the size of the card."""
    return pdf.render("card", data_of(card, clinic))
