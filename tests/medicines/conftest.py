"""A patient with three medicines, the people around them, and how they open the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from portal.models import Account, Medication, Person, Practitioner
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_pool, make_staff
from tests.factories.record import make_allergy, make_medicine


@dataclass
class House:
    """Ids and browsers of everybody around the list."""

    patient: Person
    doctor: Practitioner
    nurse: Practitioner
    manager: Practitioner
    warfarin: Medication
    lisinopril: Medication
    lithium: Medication
    accounts: dict[str, Account]
    browsers: dict[str, Any]

    def post(self, who: str, url: str, fields: dict[str, str], status: int = 303) -> Any:
        """Send a form by hand, also where the page of it is not theirs to open."""
        return self.browsers[who].post(url, fields, csrf="/profile", status=status)

    @property
    def url(self) -> str:
        return f"/people/{self.patient.id}/medicines"

    @property
    def desk(self) -> str:
        return f"/desk/patients/{self.patient.id}/medicines"


@pytest.fixture
def house(services, client) -> House:
    with made(services) as session:
        patient = make_patient(session)
        pool = make_pool(session)
        doctor = make_staff(session, cares_for=[patient], pools=[pool])
        nurse = make_staff(session, "Nell Nurse, RN", "nurse", cares_for=[patient], pools=[pool])
        manager = make_staff(session, "Cora Care", "care_manager", cares_for=[patient])
        warfarin = make_medicine(
            session, patient, "Warfarin 5 MG Oral Tablet", prescriber_id=doctor.id, purpose="clots"
        )
        lisinopril = make_medicine(session, patient, prescriber_id=doctor.id, purpose="blood pressure")
        lithium = make_medicine(session, patient, "Lithium 300 MG", sensitivity="PSY", purpose="mood")
        make_allergy(session, patient)
        edits = ["meds_view", "meds_edit", "record_basic", "refills"]
        accounts = {
            "patient": account_of(session, patient),
            "doctor": account_of(session, doctor),
            "nurse": account_of(session, nurse),
            "manager": account_of(session, manager),
            "proxy": make_caregiver(session, patient, kind="proxy", scopes=edits, name="Pia Proxy")[0],
            "reader": make_caregiver(session, patient, kind="proxy", scopes=["meds_view"], name="Rea Reader")[0],
            "liaison": make_caregiver(session, patient, scopes=edits, name="Lia Liaison")[0],
            "stranger": account_of(session, make_patient(session, "Some", "Stranger")),
        }
        patient.pcp_id = doctor.id
    browsers = {name: client.as_(account) for name, account in accounts.items()}
    return House(patient, doctor, nurse, manager, warfarin, lisinopril, lithium, accounts, browsers)


@pytest.fixture
def add(house):
    """Put a medicine on the list as somebody does."""

    def put(who: str = "patient", name: str = "Advil", **more: str) -> None:
        page = house.browsers[who].get(f"{house.url}/new?name={name}")
        page.submit({"sort": "otc", **more}, form=f"{house.url}/new")

    return put
