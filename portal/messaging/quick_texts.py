"""Words that are used again and again, in both languages, with variables that are filled in for one conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.infra.i18n import known
from portal.messaging import inbox
from portal.models import Person, Pool, QuickText, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

VARIABLES = ("patient_given_name", "my_name", "clinic_name", "clinic_phone", "nurse_line", "due_day")
MOST = 200
_VARIABLE = re.compile(r"\{([a-z_]{1,40})\}")


@dataclass(frozen=True, slots=True)
class Line:
    """A quick text in a list. `pool` is empty for one's own."""

    id: UUID
    title: str
    english: str
    spanish: str
    pool: str


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes of a quick text. `owner` is "me" or `pool:<key>`."""

    owner: str
    title: str
    english: str
    spanish: str


def unknown_variables(text: str) -> list[str]:
    """The names in braces that nothing fills in."""
    return [name for name in dict.fromkeys(_VARIABLE.findall(text)) if name not in VARIABLES]


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its variables filled in; what is not known stays as it is written, for all to see."""
    return _VARIABLE.sub(lambda found: values.get(found.group(1)) or found.group(0), text)


def mine(uow: UnitOfWork) -> list[Line]:
    """The actor's own quick texts and those of their pools, by name."""
    rows = uow.prepared(_mine).all()
    return [Line(row.id, row.title, row.english, row.spanish, known(row.pool) if row.pool else "") for row in rows]


def _mine(uow: UnitOfWork, *, within: Any) -> Any:
    columns = (QuickText.id, QuickText.title, QuickText.english, QuickText.spanish, Pool.name.label("pool"))
    return (
        uow.select(Action.DESK_QUICK_TEXT_READ, QuickText, *columns)
        .outerjoin(Pool, Pool.id == QuickText.owner_pool_id)
        .order_by(QuickText.title, QuickText.id)
        .limit(MOST)
    )


def owners(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Whose a quick text may be, beside oneself: the actor's pools (key, name)."""
    pools = inbox.pools_of(uow)
    if not pools:
        return []
    rows = uow.rows(select(Pool.key, Pool.name).where(Pool.id.in_(pools)).order_by(Pool.name))
    return [(f"pool:{row.key}", known(row.name)) for row in rows]


def find(uow: UnitOfWork, text_id: UUID) -> QuickText:
    """Raises `NotFound` for one that is neither the actor's nor their pools'."""
    for_staff(uow, Action.DESK_QUICK_TEXT_READ)
    return uow.load(Action.DESK_QUICK_TEXT_READ, QuickText, text_id)


def make(uow: UnitOfWork, words: Words) -> QuickText:
    """Raises `Invalid("owner")` for a pool that is not the actor's."""
    for_staff(uow, Action.DESK_QUICK_TEXT_UPDATE)
    owner: dict[str, UUID | None] = {"owner_practitioner_id": uow.actor.practitioner_id}
    if words.owner != "me":
        if words.owner not in dict(owners(uow)):
            raise Invalid("owner")
        key = words.owner.removeprefix("pool:")
        owner = {"owner_pool_id": uow.first(select(Pool.id).where(Pool.key == key)).id}
    made = QuickText(
        title=words.title,
        english=words.english,
        spanish=words.spanish,
        changed_by_id=uow.actor.account_id,
        changed_at=uow.now,
        **owner,
    )
    uow.add(made)
    uow.audit(Action.DESK_QUICK_TEXT_UPDATE, made)
    return made


def change(uow: UnitOfWork, text_id: UUID, words: Words, version: int) -> None:
    """Raises `Conflict` when somebody else changed it since `version`."""
    for_staff(uow, Action.DESK_QUICK_TEXT_UPDATE)
    text = uow.load(Action.DESK_QUICK_TEXT_UPDATE, QuickText, text_id)
    if text.version != version:
        raise Conflict("version-conflict")
    text.title, text.english, text.spanish = words.title, words.english, words.spanish
    changed_by: Any = uow.actor.account_id
    text.changed_by_id, text.changed_at = changed_by, uow.now
    uow.audit(Action.DESK_QUICK_TEXT_UPDATE, text)
    uow.flush()


def throw_away(uow: UnitOfWork, text_id: UUID) -> None:
    """Take one away, for good. What was said with it stays said."""
    for_staff(uow, Action.DESK_QUICK_TEXT_UPDATE)
    text = uow.load(Action.DESK_QUICK_TEXT_UPDATE, QuickText, text_id)
    uow.audit(Action.DESK_QUICK_TEXT_UPDATE, text, reason="thrown-away")
    uow.session.delete(text)


def for_staff(uow: UnitOfWork, action: Action) -> None:
    """Raises `NotFound` to everybody else: they need not know that there are quick texts."""
    uow.may(action, model=QuickText, row_id=uow.actor.practitioner_id)
    if not uow.actor.is_staff:
        uow.refuse(action)
        raise NotFound(action=action)


def for_thread(uow: UnitOfWork, thread: Thread, text_id: UUID, due_day: dict[str, str]) -> str:
    """A quick text as it would be said in this conversation: in the patient's language, variables filled in.

    `due_day` is when an answer is due, in words of each language. Raises `NotFound`.
    """
    text = find(uow, text_id)
    columns = (Person.given_name, Person.language)
    person = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, *columns, within=thread.patient_id))
    language = "es" if person is not None and person.language.startswith("es") else "en"
    settings = uow.settings
    values = {
        "patient_given_name": person.given_name if person else "",
        "my_name": uow.actor.name,
        "clinic_name": settings.clinic_name,
        "clinic_phone": settings.clinic_phone,
        "nurse_line": settings.nurse_line,
        "due_day": due_day.get(language, ""),
    }
    return filled(text.spanish if language == "es" else text.english, values)
