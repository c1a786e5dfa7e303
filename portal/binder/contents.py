"""What the record holds for a binder, as its reader may see it (GEN-5): raw rows, read under the policy.

One place, so that a page, the paper, a link and the card can't differ. A part that can't be read is named, not dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.binder.more_rows import Listing, Small
from portal.binder.outline import SECTIONS
from portal.binder.reach import Reach
from portal.binder.rows import READERS
from portal.caregivers import service as caregivers
from portal.infra.errors import PortalError
from portal.models import Person
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

log = structlog.get_logger("binder")

# What one must be allowed to see for a section to be there at all.
NEEDS: dict[str, Action] = {
    "identity": Action.BINDER_READ,
    "contacts": Action.RECORD_CONTACT_READ,
    "providers": Action.PEOPLE_CARE_TEAM_READ,
    "directives": Action.RECORD_DIRECTIVE_READ,
    "allergies": Action.RECORD_ALLERGY_READ,
    "medicines": Action.RECORD_MEDICATION_READ,
    "problems": Action.RECORD_CONDITION_READ,
    "history": Action.RECORD_PROCEDURE_READ,
    "immunizations": Action.RECORD_IMMUNIZATION_READ,
    "results": Action.RESULT_READ,
    "family": Action.RECORD_FAMILY_HISTORY_READ,
    "social": Action.RECORD_CONDITION_READ,
    "plan": Action.RECORD_CARE_PLAN_READ,
    "visits": Action.APPOINTMENT_READ,
    "questions": Action.BINDER_NOTE_READ,
    "notes": Action.BINDER_NOTE_READ,
}
# What the pages ask beside: keeping, carrying, sharing.
KEEPING = (
    Action.BINDER_UPDATE,
    Action.BINDER_EXPORT_READ,
    Action.BINDER_SHARE_READ,
    Action.BINDER_CARD_READ,
    Action.BINDER_PACKET_UPDATE,
)


@dataclass(frozen=True)
class Facts:
    """Raw rows by kind, for one reader. `visible` are the sections the reader may see at all, in order."""

    person: Any
    visible: tuple[str, ...]
    rows: dict[str, Sequence[Any]]
    kept: dict[str, Any]  # BinderSection rows by section
    failed: frozenset[str] = field(default_factory=frozenset)  # kinds that could not be read
    held: frozenset[Action] = field(default_factory=frozenset)  # what the reader may do with the binder

    @property
    def name(self) -> str:
        return f"{self.person.given_name} {self.person.family_name}".strip()

    @property
    def medicines(self) -> Listing:
        """The medicines that go along."""
        found = self.of("medicines")
        return found[0] if found else Listing((), None, says_none=False)

    def small(self, part: str) -> list[Small]:
        """Lines of one of the smaller parts of the record."""
        return [row for row in self.of("small") if row.part == part]

    def of(self, kind: str) -> Sequence[Any]:
        return self.rows.get(kind, ())


def rights(uow: UnitOfWork, person_id: UUID) -> frozenset[Action]:
    """What of the binder and of the record the actor may do for this patient; one statement."""
    actions = sorted({*NEEDS.values(), *KEEPING})
    counts = [uow.counting(action, Person, within=person_id).label(action.name) for action in actions]
    row = uow.first(select(*counts).execution_options(scoped=frozenset({Person.__tablename__})))
    return frozenset(action for action, count in zip(actions, row, strict=True) if count)


def visible_sections(uow: UnitOfWork, person_id: UUID) -> tuple[str, ...]:
    """The sections this reader may see of this patient."""
    return _visible(rights(uow, person_id))


def _visible(held: frozenset[Action]) -> tuple[str, ...]:
    return tuple(section for section in SECTIONS if NEEDS[section] in held)


def reach_of(uow: UnitOfWork, person_id: UUID, sections: Iterable[str] = SECTIONS) -> Reach:
    """All that the actor may see: a caregiver sees telling fields of work only with the category."""
    if uow.actor.is_staff or uow.actor.person_id == person_id:
        return Reach(tuple(sections), categories=None)
    mine = tuple(caregivers.relationships(uow, person_id))
    scopes = {scope for one in mine for scope in one.scopes}
    held = frozenset(scope.removeprefix("sensitive:") for scope in scopes if scope.startswith("sensitive:"))
    return Reach(tuple(sections), categories=held, relations=mine)


def read(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Facts:
    """The rows of the wanted sections. Raises `NotFound` for somebody who may not know the patient."""
    held = rights(uow, person_id)
    visible = tuple(section for section in _visible(held) if section in reach.sections)
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id)
    rows: dict[str, Sequence[Any]] = {}
    failed = set()
    for kind, section, reader in READERS:
        if section not in visible and section != "*":
            continue
        try:
            rows[kind] = reader(uow, person_id, reach)
        except (PortalError, DBAPIError):
            raise  # a refusal, or no database: nothing is shown then
        except Exception as error:  # noqa: BLE001  one part that can't be read must not take the others along
            log.error("a part of a binder could not be read", kind=kind, error=type(error).__name__)
            failed.add(kind)
            rows[kind] = ()
    uow.seen(Action.BINDER_READ, person_id)
    kept = {row.section: row for row in rows.pop("sections", ())}
    return Facts(person, visible, rows, kept, frozenset(failed), held)
