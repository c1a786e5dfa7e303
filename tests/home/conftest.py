"""A patient with a liaison, a doctor, and something to attend to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from portal.models import Account, Person, Practitioner, Relationship, Report, Result
from portal.work.services import Services
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_report, make_result, make_visit, mark_unread


@dataclass
class House:
    patient: Person
    account: Account
    liaison: Account
    relationship: Relationship
    doctor: Practitioner
    report: Report
    result: Result
    visit: Any

    @property
    def home(self) -> str:
        return f"/people/{self.patient.id}/home"


@pytest.fixture
def house(services: Services) -> House:
    with made(services) as session:
        patient = make_patient(session)
        doctor = make_staff(session, cares_for=[patient])
        patient.pcp_id = doctor.id
        liaison, relationship = make_caregiver(session, patient, scopes=["results", "appointments_view", "meds_view"])
        report = make_report(session, patient, outside_count=1, orderer_id=doctor.id)
        result = make_result(session, patient, report=report)
        visit = make_visit(session, patient, doctor, instructions="Bring your list of medicines")
        account = account_of(session, patient)
        mark_unread(session, report, account)
        mark_unread(session, report, liaison)
    return House(patient, account, liaison, relationship, doctor, report, result, visit)
