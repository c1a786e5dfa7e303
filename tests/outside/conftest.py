"""A patient with a small chart, and the people around them who bring papers and decide about them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest

from portal.models import Account, Allergy, Condition, Medication, Person, Practitioner
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_pool, make_staff
from tests.factories.record import make_allergy, make_medicine, make_problem
from tests.outside.papers import about

ALL = ("record_basic", "meds_view", "results", "documents", "care_plan_view")


@dataclass
class House:
    """Ids and browsers of everybody around the papers."""

    patient: Person
    doctor: Practitioner
    nurse: Practitioner
    lisinopril: Medication
    penicillin: Allergy
    hypertension: Condition
    accounts: dict[str, Account]
    browsers: dict[str, Any]

    @property
    def url(self) -> str:
        return f"/people/{self.patient.id}/outside"

    def bring(
        self, content: bytes | None = None, who: str = "patient", name: str = "note.xml", status: int = 303
    ) -> Any:
        """Hand a document in by the form on the page; returns the answer."""
        page = self.browsers[who].get(self.url)
        form = page.form(f"{self.url}/papers")
        fields: dict[str, Any] = {**form.values, "file": (io.BytesIO(about() if content is None else content), name)}
        return self.browsers[who].post(f"{self.url}/papers", fields, csrf=False, status=status)

    def paper(self, content: bytes | None = None, who: str = "patient") -> str:
        """Hand a document in; returns its id."""
        return self.bring(content, who).location.rpartition("/")[2]

    def desk(self, paper: str) -> str:
        return f"/desk/patients/{self.patient.id}/outside/{paper}"

    def post(self, who: str, url: str, fields: dict[str, str] | None = None, status: int = 303) -> Any:
        """Send a form by hand, also where the page of it is not theirs to open."""
        return self.browsers[who].post(url, fields or {}, csrf="/profile", status=status)


@pytest.fixture
def house(services, client) -> House:
    with made(services) as session:
        patient = make_patient(session, phone="555-0142", address="1 River Road, Oldtown")
        pool = make_pool(session)
        doctor = make_staff(session, cares_for=[patient], pools=[pool])
        nurse = make_staff(session, "Nell Nurse, RN", "nurse", cares_for=[patient], pools=[pool])
        pharmacist = make_staff(session, "Phil Pharmacist", "pharmacist", cares_for=[patient])
        manager = make_staff(session, "Cora Care", "care_manager", cares_for=[patient])
        lisinopril = make_medicine(session, patient, prescriber_id=doctor.id, purpose="blood pressure")
        penicillin = make_allergy(session, patient)
        hypertension = make_problem(session, patient)
        patient.pcp_id = doctor.id
        accounts = {
            "patient": account_of(session, patient),
            "doctor": account_of(session, doctor),
            "nurse": account_of(session, nurse),
            "pharmacist": account_of(session, pharmacist),
            "manager": account_of(session, manager),
            "proxy": make_caregiver(session, patient, kind="proxy", scopes=ALL, name="Pia Proxy")[0],
            "narrow": make_caregiver(session, patient, kind="proxy", scopes=["meds_view"], name="Nora Narrow")[0],
            "stranger": account_of(session, make_patient(session, "Some", "Stranger")),
        }
    browsers = {name: client.as_(account) for name, account in accounts.items()}
    return House(patient, doctor, nurse, lisinopril, penicillin, hypertension, accounts, browsers)
