"""Holding, booking and moving: what is taken is taken once, and nothing is lost on the way."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.appointments import booking, schedule
from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.models import Absence, Appointment, AuditEvent, Job
from tests.appointments.world import NINE
from tests.factories.people import made
from tests.factories.schedule import make_room, make_visit_type

HALF = timedelta(minutes=30)


def open_times(world, who="patient", **more):
    with world.open(who, write=False) as uow:
        kind = schedule.visit_type(uow, world.kind.id)
        search = schedule.Search(kind, patient_id=world.person_id, practitioner_id=world.staff["doctor"].id, **more)
        return [one.starts_at for one in schedule.open_times(uow, search, date(2026, 3, 12), date(2026, 3, 12))]


def confirm(world, hold_id, by="patient"):
    with world.open(by) as uow:
        return booking.confirm(uow, world.person_id, hold_id, booking.Needs(companion="My son"), "My knee").id


def test_a_held_time_becomes_a_visit_with_the_patients_words(world, services):
    visit_id = confirm(world, world.hold())
    visit = world.visit(visit_id)
    assert (visit.status, visit.starts_at, visit.local_start.hour, visit.time_zone) == (
        "booked", NINE, 9, "America/New_York",
    )  # fmt: skip
    with world.open("patient", write=False) as uow:
        assert booking.agenda_of(uow, visit) == "My knee" and booking.needs_of(uow, visit).companion == "My son"
    assert visit.agenda and b"knee" not in visit.agenda
    with made(services) as session:
        assert session.scalar(select(Job.id).where(Job.kind == "appointments.tell_visit"))
        actions = session.scalars(select(AuditEvent.action)).all()
    assert "appointments:appointment:book" in actions


def test_a_form_sent_twice_makes_one_visit(world, services):
    hold_id = world.hold()
    assert confirm(world, hold_id) == confirm(world, hold_id) == hold_id
    with made(services) as session:
        assert len(session.scalars(select(Appointment.id)).all()) == 1


def test_what_is_booked_is_open_no_more(world):
    assert NINE in open_times(world)
    world.book()
    assert NINE not in open_times(world) and NINE + HALF in open_times(world)


def test_nobody_else_gets_a_time_that_is_held_and_anybody_once_it_lapsed(world, clock):
    world.hold()
    with pytest.raises(Conflict, match="taken"):
        world.hold(by="other", person_id=world.other.id)
    clock.move(minutes=11)
    world.hold(by="other", person_id=world.other.id)


def test_a_hold_that_lapsed_and_went_to_another_is_not_booked(world, clock):
    mine = world.hold()
    clock.move(minutes=11)
    world.book(by="other", person_id=world.other.id)
    with pytest.raises(Conflict, match="taken"):
        confirm(world, mine)


def test_a_hold_that_lapsed_and_is_still_free_is_booked(world, clock):
    mine = world.hold()
    clock.move(minutes=11)
    assert confirm(world, mine)


def test_choosing_another_time_gives_the_first_back(world):
    world.hold()
    world.hold(NINE + HALF)
    world.hold(by="other", person_id=world.other.id)


def test_a_patient_is_in_one_place_at_a_time(world):
    world.book()
    with pytest.raises(Conflict, match="taken"):
        world.hold(who="second")


def test_one_who_waits_for_a_room_needs_a_free_one(world, services):
    with made(services) as session:
        world.kind = make_visit_type(session, "procedure", needs_room=True, name_en="Procedure")
        make_room(session, world.place)
    world.book()
    assert world.visit(world.book(NINE + HALF)).room_id
    with pytest.raises(Conflict, match="taken"):
        world.hold(by="other", person_id=world.other.id, who="second")


def test_a_move_keeps_the_visit_and_frees_the_old_time(world):
    visit_id = world.book()
    before = world.taken()
    moved = confirm(world, world.hold(NINE + HALF * 2, moves_id=visit_id))
    visit = world.visit(visit_id)
    assert (moved, visit.starts_at, visit.sequence, visit.status) == (visit_id, NINE + HALF * 2, 1, "booked")
    assert world.taken() == before and NINE in open_times(world)


def test_a_move_may_overlap_the_visits_own_time(world, services):
    with made(services) as session:
        long = make_visit_type(session, "long", 60, name_en="Long visit")
    world.kind = long
    visit_id = world.book()
    before = world.taken()
    with world.open("patient", write=False) as uow:
        search = booking.search_of(uow, world.choice(NINE + HALF, moves_id=visit_id))
        assert NINE in [one.starts_at for one in schedule.open_times(uow, search, date(2026, 3, 12), date(2026, 3, 12))]
    confirm(world, world.hold(NINE + HALF * 2, moves_id=visit_id))
    assert world.taken() == before


def test_the_old_time_stays_until_the_move_is_confirmed(world):
    visit_id = world.book()
    world.hold(NINE + HALF * 2, moves_id=visit_id)
    assert world.visit(visit_id).starts_at == NINE
    with pytest.raises(Conflict, match="taken"):
        world.hold(by="other", person_id=world.other.id)


def test_a_move_sent_twice_is_one_move(world):
    visit_id = world.book()
    hold_id = world.hold(NINE + HALF * 2, moves_id=visit_id)
    assert confirm(world, hold_id) == confirm(world, hold_id) == visit_id
    assert world.visit(visit_id).sequence == 1


def test_within_a_day_of_the_visit_it_is_not_moved_online(world, clock):
    visit_id = world.book()
    clock.set(NINE - timedelta(hours=24))
    world.hold(NINE + timedelta(days=1), moves_id=visit_id)
    clock.move(minutes=1)
    with pytest.raises(Conflict, match="too-late"):
        world.hold(NINE + timedelta(days=4), moves_id=visit_id)


@pytest.mark.parametrize("shift", [-timedelta(days=3), timedelta(days=400)])
def test_a_time_that_is_over_or_too_far_is_refused(world, shift):
    with pytest.raises(Invalid):
        world.hold(NINE + shift)


@pytest.mark.parametrize("shift", [timedelta(minutes=10), timedelta(hours=5), timedelta(days=2)])
def test_a_time_outside_what_is_offered_is_refused(world, shift):
    with pytest.raises(Conflict, match="taken"):
        world.hold(NINE + shift)


def test_a_kind_that_is_not_booked_online_is_refused_to_patients_only(world, services):
    with made(services) as session:
        world.kind = make_visit_type(session, "surgery", is_online=False, name_en="Talk about surgery")
    with pytest.raises(NotAllowed):
        world.hold()
    assert world.hold(by="clerk")


def test_nobody_books_with_who_is_away(world, services):
    with made(services) as session:
        away = {"starts_on": date(2026, 3, 12), "ends_on": date(2026, 3, 13)}
        session.add(Absence(practitioner_id=world.staff["doctor"].id, **away))
    assert open_times(world) == []


def test_a_language_is_found_with_those_who_speak_it(world):
    with world.open("patient", write=False) as uow:
        kind = schedule.visit_type(uow, world.kind.id)
        found = schedule.open_times(uow, schedule.Search(kind, language="es"), date(2026, 3, 12), date(2026, 3, 12))
    assert {one.practitioner for one in found} == {"Dr. Sara Second"}


def test_who_may_only_look_books_nothing(world):
    with pytest.raises(NotAllowed):
        world.hold(by="looker")
    with pytest.raises(NotFound):
        world.hold(by="other")


def test_a_caregiver_with_that_right_books_and_the_hold_is_theirs_alone(world):
    hold_id = world.hold(by="son")
    with pytest.raises(NotFound):
        confirm(world, hold_id)
    assert confirm(world, hold_id, "son")


def test_an_unknown_hold_is_not_found(world):
    with pytest.raises(NotFound):
        confirm(world, uuid4())


@pytest.mark.parametrize("clinicians", [1, 2])
def test_the_statements_do_not_grow_with_the_clinicians(world, count_statements, clinicians):
    with world.open("patient", write=False) as uow:
        kind = schedule.visit_type(uow, world.kind.id)
        only = world.staff["doctor"].id if clinicians == 1 else None
        with count_statements() as seen:
            schedule.open_times(uow, schedule.Search(kind, practitioner_id=only), date(2026, 3, 1), date(2026, 4, 30))
        seen.at_most(7)
