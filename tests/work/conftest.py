"""One patient, one stranger, and actors for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from portal.models import Account, Person
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork


@dataclass
class Two:
    patient: Person
    stranger: Person
    actor: Actor
    other: Actor


@pytest.fixture
def two(services: Services) -> Two:
    """Two patients who have nothing to do with each other."""
    now = services.clock.now() - timedelta(days=1)
    people = [Person(given_name=name, family_name="Case", language="en", mrn=name) for name in ("Ada", "Bo")]
    accounts = [Account(display_name=p.given_name, person_id=p.id, created_at=now) for p in people]
    with services.database.session(write=True) as session:
        session.add_all(people)
        session.flush()
        session.add_all(accounts)
        session.commit()
    actors = [Actor("patient", account_id=a.id, person_id=a.person_id) for a in accounts]
    return Two(people[0], people[1], actors[0], actors[1])


@pytest.fixture
def open_unit(services: Services):  # type: ignore[no-untyped-def]
    """Open a unit of work for an actor."""

    def opener(actor: Actor, *, write: bool = False):  # type: ignore[no-untyped-def]
        return UnitOfWork.open(services, actor, write=write)

    return opener
