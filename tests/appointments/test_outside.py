"""Visits booked elsewhere take their time here, and let it go when they move."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.appointments import outside
from portal.infra.errors import Conflict
from portal.models import Appointment
from tests.appointments.world import NINE
from tests.factories.people import made
from tests.factories.record import make_visit


@pytest.fixture
def imported(world, services):
    def make(**more):
        with made(services) as session:
            visit = make_visit(session, world.other, world.staff["doctor"], at=more.pop("at", NINE), **more)
            return visit.id

    return make


def test_the_time_of_an_imported_visit_is_not_offered_any_more(world, services, imported):
    imported()
    assert outside.occupy(services) == 1 and outside.occupy(services) == 0
    with pytest.raises(Conflict, match="taken"):
        world.hold()


def test_what_was_moved_or_cancelled_elsewhere_lets_its_time_go(world, services, imported):
    visit_id = imported()
    outside.occupy(services)
    with made(services) as session:
        session.get(Appointment, visit_id).starts_at = NINE + timedelta(minutes=60)
    assert outside.occupy(services) == 1
    assert world.hold()
    with made(services) as session:
        session.get(Appointment, visit_id).status = "cancelled"
    outside.occupy(services)
    assert world.hold(NINE + timedelta(minutes=60))


def test_what_meets_another_visit_stands_beside_it(world, services, imported):
    world.book()
    imported()
    before = world.taken()
    assert outside.occupy(services) == 1
    assert world.taken() == before * 2
