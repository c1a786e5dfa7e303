"""A clinical document from elsewhere, as its reader hands it on: who it is about, what it says, and of which parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.interop import fhir


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the document says, as a FHIR R4 resource, with who said it and under which heading it stands.

    `text` is the resource's own JSON where it came as such, else empty.
    """

    resource: fhir.Resource
    author: str = ""
    organization: str = ""
    section: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that was read. `patient` is a FHIR Patient as far as the document tells of one.

    `number` names this version of it and `series` all its versions; both may be empty. `made` is a FHIR date of any
    precision. `sections` are (heading, plain text) pairs. `left_out` names what was not understood: (what, code of
    `interop.reasons`).
    """

    kind: str  # fhir, ccda
    patient: fhir.Resource
    items: tuple[Item, ...]
    title: str = ""
    type_code: str = ""
    number: str = ""
    series: str = ""
    version: int | None = None
    made: str = ""
    author: str = ""
    organization: str = ""
    sections: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = field(default=())


class Unreadable(Exception):
    """This is no such document, or one that does harm. `code` is a key of `outside.words.refusal_words`; `place`
    says where, as far as that is known (a line).
    """

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.place = place
