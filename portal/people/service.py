"""People as others find them: a person by id, and the patients one works for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.infra.errors import NotFound
from portal.models import Person, Relationship
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ = Action.PEOPLE_PERSON_READ
RANK = {"liaison": 0, "backup": 1, "representative": 2, "proxy": 3, "family": 4}


def find_person(uow: UnitOfWork, person_id: UUID) -> Any:
    """Names and birth of a person. Raises `NotFound` where the reader may not know that they exist."""
    found = uow.prepared(_person, within=person_id).first()
    if found is None:
        uow.refuse(READ, patient=person_id)
        raise NotFound()
    return found


def _person(uow: UnitOfWork, *, within: Any) -> Any:
    return uow.select(
        READ,
        Person,
        Person.id,
        Person.given_name,
        Person.family_name,
        Person.birth_on,
        Person.sex,
        Person.pronouns,
        Person.language,
        Person.phone,
        Person.mrn,
        Person.time_zone,
        Person.is_deceased,
        within=within,
    )


def list_patients(
    uow: UnitOfWork, action: Action, search: str, *, after: UUID | None = None, size: int
) -> tuple[Sequence[Any], bool]:
    """The patients the actor works for, by name, and whether there are more.

    `search` is part of a name, or a record number; `after` is the last patient of the page before: a name in the
    address would end in logs.
    """
    statement = uow.select(
        action,
        Person,
        Person.id,
        Person.given_name,
        Person.family_name,
        Person.sort_name,
        Person.birth_on,
        Person.sex,
        Person.mrn,
    ).where(Person.is_patient)
    for word in search.split()[:4]:
        statement = statement.where(
            or_(
                Person.sort_name.icontains(word, autoescape=True),
                Person.given_name.icontains(word, autoescape=True),
                Person.family_name.icontains(word, autoescape=True),
                Person.mrn == word,
            )
        )
    if after is not None:
        last = uow.select(action, Person, Person.sort_name).where(Person.id == after).scalar_subquery()
        later = and_(Person.sort_name == last, Person.id > after)
        statement = statement.where(or_(Person.sort_name > last, later))
    rows = uow.rows(statement.order_by(Person.sort_name, Person.id).limit(size + 1))
    return rows[:size], len(rows) > size


@dataclass(frozen=True, slots=True)
class Helped:
    """Somebody the reader acts for."""

    person_id: UUID
    name: str
    kind: str
    relation: str
    ends_at: datetime | None


def people_helped(uow: UnitOfWork) -> list[Helped]:
    """All whom this account acts for now, by name."""
    mine = and_(
        Relationship.account_id == uow.actor.account_id,
        Relationship.state == "active",
        Relationship.starts_at <= uow.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )
    statement = (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ,
            Relationship,
            Person.id,
            Person.given_name,
            Person.family_name,
            Relationship.kind,
            Relationship.relation,
            Relationship.ends_at,
            joining=(Person,),
        )
        .join(Person, Person.id == Relationship.patient_id)
        .where(mine)
        .order_by(Person.sort_name, Person.id)
    )
    seen: dict[UUID, Helped] = {}
    for row in uow.rows(statement):
        name = f"{row.given_name} {row.family_name}".strip()
        one = Helped(row.id, name, row.kind, row.relation, row.ends_at)
        known = seen.get(row.id)
        if known is None or RANK.get(one.kind, 9) < RANK.get(known.kind, 9):
            seen[row.id] = one
    return list(seen.values())
