"""People as others find them: a person by id, and the patients one works for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.infra.errors import NotFound
from portal.models import Person
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ = Action.PEOPLE_PERSON_READ
Key = tuple[str, UUID]


def find_person(uow: UnitOfWork, person_id: UUID) -> Any:
    """Names and birth of a person. Raises `NotFound` where the reader may not know that they exist."""
    statement = uow.select(
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
        within=person_id,
    )
    found = uow.first(statement)
    if found is None:
        uow.refuse(READ, patient=person_id)
        raise NotFound()
    return found


def list_patients(
    uow: UnitOfWork, search: str, *, after: Key | None = None, size: int
) -> tuple[Sequence[Any], bool]:
    """The patients the actor works for, by name, and whether there are more. `search` is part of a name or a number."""
    statement = uow.select(
        READ, Person, Person.id, Person.given_name, Person.family_name, Person.sort_name, Person.birth_on, Person.sex, Person.mrn
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
        name, row_id = Person.sort_name, Person.id
        statement = statement.where(or_(name > after[0], and_(name == after[0], row_id > after[1])))
    rows = uow.rows(statement.order_by(Person.sort_name, Person.id).limit(size + 1))
    return rows[:size], len(rows) > size
