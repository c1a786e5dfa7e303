"""A patient with one panel; who may see it, and who may not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from portal.models import Account, Person, Practitioner, Report, Result
from portal.work.services import Services
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_report, make_result


@dataclass
class Panel:
    patient: Person
    account: Account
    doctor: Practitioner
    doctor_account: Account
    report: Report
    result: Result
    liaison: Account
    family: Account
    stranger: Account
    other_doctor: Account
    front_desk: Account

    @property
    def base(self) -> str:
        return f"/people/{self.patient.id}"

    @property
    def list_url(self) -> str:
        return f"{self.base}/results"

    @property
    def report_url(self) -> str:
        return f"{self.base}/reports/{self.report.id}"

    @property
    def result_url(self) -> str:
        return f"{self.base}/results/{self.result.id}"


@pytest.fixture
def panel(services: Services) -> Panel:
    with made(services) as session:
        patient = make_patient(session)
        doctor = make_staff(session, cares_for=[patient])
        report = make_report(session, patient, outside_count=1, orderer_id=doctor.id)
        result = make_result(session, patient, report=report)
        return Panel(
            patient=patient,
            account=account_of(session, patient),
            doctor=doctor,
            doctor_account=account_of(session, doctor),
            report=report,
            result=result,
            liaison=make_caregiver(session, patient, scopes=["results"])[0],
            family=make_caregiver(session, patient, kind="family", relation="aunt", name="Carmen Delgado")[0],
            stranger=account_of(session, make_patient(session, "Some", "Stranger")),
            other_doctor=account_of(session, make_staff(session, "Dr. Another One", "specialist")),
            front_desk=account_of(session, make_staff(session, "Jordan Blake", "front_desk", cares_for=[patient])),
        )
