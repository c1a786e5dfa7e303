"""The list of medicines on paper, in large print. The data of the template; all of it is text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.medicines import marks, words
from portal.medicines.keeping import by_slot
from portal.medicines.listing import Line, Listed
from portal.medicines.sig import SLOTS
from portal.models import Person
from portal.policy.actions import Action
from portal.web import filters
from portal.work.unit_of_work import UnitOfWork


def whose(uow: UnitOfWork, person_id: UUID) -> Any:
    """Name and birth date, for the head of every sheet."""
    columns = (Person.given_name, Person.family_name, Person.birth_on)
    return uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, *columns, within=person_id))


def data(
    listed: Listed, allergies: Sequence[Any] | None, person: Any, clinic: str, language: str, now: datetime
) -> dict[str, Any]:
    """What `templates/pdf/medicines.typ` prints. Without the right to see allergies, the paper says so."""
    name = f"{person.given_name} {person.family_name}".strip()
    born = _("Born %(day)s", day=filters.born(person.birth_on)) if person.birth_on else ""
    if allergies is None:
        about = _("Allergies are not shown on this copy. Ask about them.")
    else:
        about = "" if allergies else _("None on file. Tell every clinic if that is not right.")
    return {
        "title": _("Medicines"),
        "language": language,
        "clinic": clinic,
        "patient": " · ".join(part for part in (name, born) if part),
        "printed": _("Printed %(at)s", at=filters.moment(now)),
        "stamps": [marks.stamp_words(one) for one in (listed.verified, listed.confirmed) if one]
        or [marks.freshness_words(listed)[0]],
        "allergies": [{"name": row.name, "text": row.reaction or ""} for row in allergies or ()],
        "no_allergies": about,
        "lines": [_line(line) for line in listed.lines],
        "nothing": "" if listed.lines else marks.nothing_words(listed),
        "slots": [
            {"title": words.slot_words(slot), "names": [words.plain_name(line.name) for line in lines]}
            for slot, lines in by_slot(listed).items()
            if lines and slot in (*SLOTS, "needed")
        ],
        "words": {
            "allergies": _("Allergies"),
            "taken": _("Taking now"),
            "day": _("Through the day"),
            "check": _("This list may not be complete. Ask before you start or stop anything."),
        },
    }


def _line(line: Line) -> dict[str, str]:
    status = "" if line.status == "active" else words.status_words(line.status)[0]
    facts = " · ".join(part for part in (words.sort_words(line.sort), marks.facts_of(line)) if part)
    return {
        "name": words.plain_name(line.name),
        "how": line.how,
        "facts": facts,
        "mark": marks.mark_words(line),
        "status": status,
    }
