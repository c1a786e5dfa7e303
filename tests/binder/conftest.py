"""A patient with a full binder, and caregivers with more and less of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from portal.models import Account, Appointment, Person, Practitioner, Procedure
from portal.work.services import Services
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_allergy, make_medicine, make_problem, make_result
from tests.support import canary

OPEN = (
    "record_basic", "meds_view", "results", "appointments_view", "care_plan_view", "documents",
    "binder_export", "share_link",
)  # fmt: skip


@dataclass
class World:
    """Ids and accounts of everybody around one patient."""

    person: UUID
    patient: Account
    helper: Account
    narrow: Account
    stranger: Account
    doctor: Account
    desk: Account
    doctor_id: UUID
    visit: UUID
    allergy: UUID
    medicine: UUID
    secret_medicine: UUID

    @property
    def home(self) -> str:
        return f"/people/{self.person}/binder"


@pytest.fixture
def world(services: Services) -> World:
    """Sertraline, a psychiatrist and a therapy visit are sensitive; everything else is not."""
    with made(services) as s:
        patient = make_patient(s, phone="555-0142", address="1 River Road")
        doctor = make_staff(s, cares_for=[patient])
        psychiatrist = make_staff(
            s, f"Dr. {canary.given} Mindwell", role="specialist", specialty="Psychiatry", cares_for=[patient]
        )
        desk = make_staff(s, "Front Person", role="front_desk")
        patient.pcp_id = doctor.id
        helper, _ = make_caregiver(s, patient, kind="proxy", scopes=OPEN, name="Helga Helper")
        narrow, _ = make_caregiver(s, patient, kind="proxy", scopes=("appointments_view",), name="Nora Narrow")
        stranger = make_patient(s, "Other", "Person")
        allergy = make_allergy(s, patient)
        medicine = make_medicine(s, patient, purpose="blood pressure", prescriber_id=doctor.id)
        secret = make_medicine(s, patient, "Sertraline 50 MG Oral Tablet", sensitivity="PSY")
        make_problem(s, patient)
        make_problem(s, patient, "Depression", sensitivity="PSY")
        make_result(s, patient)
        make_result(s, patient, "12", name="PHQ-9 total", code="44261-6", sensitivity="PSY", unit="{score}")
        now = s.info["now"]
        visits = [_visit(patient, doctor, now + timedelta(days=3)), _visit(patient, psychiatrist, now, "PSY")]
        s.add_all(visits)
        s.flush()
        return World(
            patient.id,
            account_of(s, patient),
            helper,
            narrow,
            account_of(s, stranger),
            account_of(s, doctor),
            account_of(s, desk),
            doctor.id,
            visits[0].id,
            allergy.id,
            medicine.id,
            secret.id,
        )


def _visit(patient: Person, who: Practitioner, at: object, sensitivity: str | None = None) -> Appointment:
    kind = "Therapy visit" if sensitivity else "Follow-up visit"
    return Appointment(
        patient_id=patient.id,
        practitioner_id=who.id,
        kind=kind,
        status="booked",
        local_start=at.replace(tzinfo=None),  # type: ignore[attr-defined]
        time_zone="America/New_York",
        starts_at=at,
        sensitivity=sensitivity,
    )


def add_procedure(services: Services, person_id: UUID) -> None:
    """An appendix that was taken out."""
    with made(services) as s:
        s.add(
            Procedure(
                patient_id=person_id, name="Appendectomy", status="completed", happened="1999",
                happened_on=date(1999, 1, 1), code="80146002", code_system="http://snomed.info/sct",
            )
        )  # fmt: skip
