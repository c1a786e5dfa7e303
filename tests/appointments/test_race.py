"""Two hundred people press the same time at once, each in a process of their own: one gets it."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.appointments import booking
from portal.infra.errors import Conflict
from portal.models import Appointment, Occupied
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.appointments.world import NINE, World
from tests.factories.people import account_of, actor_for, made, make_patient

PEOPLE = 200
# As many as PostgreSQL lets in at once; with SQLite, as many as the portal's one process opens.
CONNECTIONS = {"postgresql": 80, "sqlite": 16}


def press(settings: Any, clock: Any, actor: Any, choice: booking.Choice, gate: Any, line: Any, told: Any) -> None:
    """One person in one process: waits for all others, presses, and says what they were told."""
    services = Services.build(settings, clock)
    with line, UnitOfWork.open(services, actor, write=False) as uow:
        assert len(booking.alternatives(uow, choice)) == 3  # the page was looked at before
    if not services.database.is_sqlite:
        services.database.dispose()  # the server lets in fewer than there are people
    gate.wait(120)
    with line:
        try:
            with UnitOfWork.open(services, actor, write=True) as uow:
                kept = booking.hold(uow, choice)
            with UnitOfWork.open(services, actor, write=True) as uow:
                booking.confirm(uow, choice.person_id, kept.id, booking.Needs(), "")
            told.put(("booked", 0))
        except Conflict as error:
            with UnitOfWork.open(services, actor, write=False) as uow:
                told.put((error.code, len(booking.alternatives(uow, choice))))
        except Exception as error:  # noqa: BLE001  whatever else happens must not look like an answer
            told.put((type(error).__name__, 0))
        finally:
            services.database.dispose()


@pytest.mark.timeout(300)
def test_of_two_hundred_who_press_one_time_one_gets_it_and_all_others_are_told_the_next(
    services, settings, clock, database_kind
):
    world = World(services)
    with made(services) as session:
        patients = [make_patient(session, f"Person {number}", "Inline") for number in range(PEOPLE)]
        actors = [actor_for(session, account_of(session, one)) for one in patients]
        choices = [world.choice(person_id=one.id) for one in patients]
    services.database.dispose()
    fork = multiprocessing.get_context("fork")
    gate, line, told = fork.Barrier(PEOPLE), fork.Semaphore(CONNECTIONS[database_kind]), fork.SimpleQueue()
    runs = [
        fork.Process(target=press, args=(settings, clock, actor, choice, gate, line, told))
        for actor, choice in zip(actors, choices, strict=True)
    ]
    for run in runs:
        run.start()
    answers = [told.get() for _ in runs]
    for run in runs:
        run.join(60)
    assert Counter(answers) == {("booked", 0): 1, ("taken", 3): PEOPLE - 1}
    with made(services) as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1
        booked = session.scalars(select(Appointment)).one()
        held = session.scalar(select(func.count()).select_from(Occupied))
    assert (booked.starts_at, held) == (NINE, 2 * (timedelta(minutes=30) // timedelta(minutes=5)))
