"""Schedule, Slot and Appointment in and out: times open and close, a second import changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from portal.appointments import schedule
from portal.interop import schedule_out, validation
from portal.models import Appointment, Person, Place, ScheduleException
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_account, make_patient
from tests.factories.schedule import make_visit_type

DOCTOR = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Slotter", "given": ["Sam"]}]}
SITE = {"resourceType": "Location", "id": "l1", "name": "Hill Road clinic", "address": {"line": ["1 Hill Road"]}}
CALENDAR = {
    "resourceType": "Schedule",
    "id": "c1",
    "actor": [{"reference": "Practitioner/d1"}, {"reference": "Location/l1"}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Vorblinth", "given": ["Zyxxquar"]}],
    "birthDate": "1960-05-04",
    "gender": "female",
}


def slot(number=1, start="2026-12-01T14:00:00Z", end="2026-12-01T15:00:00Z", status="free", **more):
    return {
        "resourceType": "Slot",
        "id": f"s{number}",
        "schedule": {"reference": "Schedule/c1"},
        "status": status,
        "start": start,
        "end": end,
        **more,
    }


def visit(**more):
    return {
        "resourceType": "Appointment",
        "id": "a1",
        "status": "booked",
        "description": "Follow-up",
        "start": "2026-12-01T14:00:00Z",
        "end": "2026-12-01T14:30:00Z",
        "participant": [
            {"actor": {"reference": "Patient/p1"}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/d1"}, "status": "accepted"},
            {"actor": {"reference": "Location/l1"}, "status": "accepted"},
        ],
        **more,
    }


def times(services):
    """The open half hours of anybody on 1 December, as UTC clocks."""
    with made(services) as session:
        kind = session.scalar(select(schedule.VisitType)) or make_visit_type(session)
    with UnitOfWork.open(services, Actor.system("demo.build"), write=False) as uow:
        found = schedule.open_times(uow, schedule.Search(kind), date(2026, 12, 1), date(2026, 12, 1))
        return [f"{one.starts_at:%H:%M}" for one in found]


def test_free_slots_open_times_and_an_appointment_takes_one(importer, services):
    path = importer.write(DOCTOR, SITE, CALENDAR, slot())
    importer(path)
    assert times(services) == ["14:00", "14:30"]
    with made(services) as session:
        place = session.scalars(select(Place)).one()
        assert (place.name, place.address) == ("Hill Road clinic", "1 Hill Road")
    importer(importer.write(PATIENT, DOCTOR, SITE, visit(), name="visit.json"))
    assert times(services) == ["14:30"]


def test_the_same_again_changes_nothing_and_what_changed_is_changed(importer, services):
    path = importer.write(DOCTOR, SITE, CALENDAR, slot())
    importer(path)
    importer(path)
    with made(services) as session:
        assert len(session.scalars(select(ScheduleException)).all()) == 1
        assert len(session.scalars(select(Place)).all()) == 1
    importer(importer.write(slot(end="2026-12-01T14:30:00Z"), name="later.json"))
    assert times(services) == ["14:00"]
    importer(importer.write(slot(status="entered-in-error"), name="gone.json"))
    assert times(services) == []


def test_a_busy_slot_closes_its_time(importer, services):
    busy = slot(2, "2026-12-01T14:10:00Z", "2026-12-01T14:20:00Z", "busy-unavailable")
    importer(importer.write(DOCTOR, SITE, CALENDAR, slot(), busy))
    assert times(services) == ["14:20"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (slot(end="2026-12-01T13:00:00Z"), "slot-time"),
        (slot(end="2026-12-04T13:00:00Z"), "slot-time"),
        (slot(start="2026-12-01"), "impossible-date"),
        (slot(status="perhaps"), "structure"),
        (slot(schedule={"reference": "Schedule/nobody"}), "slot-whose"),
        (slot(start="2026-12-01T23:00:00-05:00", end="2026-12-02T01:00:00-05:00"), "slot-night"),
    ],
)
def test_what_is_broken_gets_a_line_and_opens_nothing(importer, services, wrong, code):
    report = importer(importer.write(DOCTOR, SITE, CALENDAR, wrong))
    assert code in json.dumps(report.as_dict())
    assert times(services) == []


def test_a_rehearsal_stores_nothing(importer, services):
    report = importer(importer.write(DOCTOR, SITE, CALENDAR, slot()), dry_run=True)
    assert "slot-whose" not in json.dumps(report.as_dict())
    with made(services) as session:
        assert not session.scalars(select(ScheduleException)).all()


def test_what_goes_out_is_fhir_and_its_times_come_in_again(importer, services, client):
    importer(importer.write(DOCTOR, SITE, CALENDAR, slot(), PATIENT, visit()))
    with made(services) as session:
        person = session.scalars(select(Person).where(Person.is_patient)).one()
        row = session.scalars(select(Appointment)).one()
        row.confirmed_at = datetime(2026, 11, 20, tzinfo=UTC)
        other = make_patient(session, "Other", "Person")
        account, stranger = make_account(session, "Owner", person_id=person.id), account_of(session, other)
    found = list(schedule_out.resources(services, schedule_out.Wanted(date(2026, 12, 1), date(2026, 12, 2))))
    for one in found:
        assert validation.check(one, json.dumps(one)) == []
    kinds = [one["resourceType"] for one in found]
    assert kinds == ["Location", "Schedule", "Slot", "Slot", "Appointment"]
    assert [(one["status"], one["start"], one["end"]) for one in found if one["resourceType"] == "Slot"] == [
        ("busy", "2026-12-01T14:00:00Z", "2026-12-01T14:30:00Z"),
        ("free", "2026-12-01T14:30:00Z", "2026-12-01T15:00:00Z"),
    ]
    assert found[-1]["participant"][0]["status"] == "accepted"
    url = f"/people/{person.id}/appointments/{row.id}/appointment.json"
    page = client.as_(account).http.get(url, base_url="http://localhost")
    told = json.loads(page.get_data())
    assert validation.check(told, page.get_data(as_text=True)) == [] and told["start"] == "2026-12-01T14:00:00Z"
    client.as_(stranger).get(url, status=404)
