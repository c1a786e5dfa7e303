"""A patient with a line in each part of the record, and those around."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import g

from portal.models import (
    Account,
    AdvanceDirective,
    CarePlan,
    Coverage,
    Device,
    Document,
    EmergencyContact,
    Encounter,
    FamilyHistory,
    Goal,
    ImagingStudy,
    Immunization,
    Medication,
    Person,
    Practitioner,
    Procedure,
)
from portal.models import Allergy as AllergyRow
from portal.models import Condition as ConditionRow
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_report, make_result

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
NARROW = ("record_basic", "results", "documents", "care_plan_view", "billing", "forms", "binder_export")


@dataclass
class Record:
    """A record with one line a part, and accounts around it."""

    patient: Person
    account: Account
    doctor: Practitioner
    doctor_account: Account
    proxy: Account
    narrow: Account
    stranger: Account
    lines: dict[str, UUID] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"/people/{self.patient.id}/record"


def add_line(session: Any, patient: Person, model: Any, name: str, **more: Any) -> Any:
    """A line that happened on a day of 2024, active unless said otherwise."""
    values = {"status": "active", "happened": "2024-05-02", "happened_on": date(2024, 5, 2), **more}
    row = model(patient_id=patient.id, name=name, **values)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def record(services: Services) -> Record:
    with made(services) as session:
        patient = make_patient(session)
        doctor = make_staff(session, cares_for=[patient])
        rows = {
            "conditions": add_line(
                session,
                patient,
                ConditionRow,
                "Essential (primary) hypertension",
                code="I10",
                code_system=ICD10CM,
                author_id=doctor.id,
            ),
            "allergies": add_line(session, patient, AllergyRow, "Penicillin", reaction="Hives", criticality="high"),
            "medicines": add_line(session, patient, Medication, "Lisinopril 10 MG", sig="One a day"),
            "immunizations": add_line(
                session, patient, Immunization, "Influenza, seasonal", code="140", code_system=CVX, status="completed"
            ),
            "procedures": add_line(session, patient, Procedure, "Colonoscopy", status="completed"),
            "visits": add_line(session, patient, Encounter, "Encounter for check up (procedure)", status="finished"),
            "documents": add_line(session, patient, Document, "History and physical note", status="current"),
            "imaging": add_line(session, patient, ImagingStudy, "Chest picture", status="available", pictures=2),
            "care-plans": add_line(session, patient, CarePlan, "Diabetes self-management plan", activities=[]),
            "goals": add_line(session, patient, Goal, "Walk every day", target="30 minutes"),
            "family-history": add_line(
                session, patient, FamilyHistory, "Mother", conditions=[{"name": "Stroke"}], status="completed"
            ),
            "devices": add_line(session, patient, Device, "Cardiac pacemaker", maker="Acme"),
            "insurance": add_line(session, patient, Coverage, "Gold Plan", payer="Good Insurer", member_number="M123"),
            "advance-directives": add_line(session, patient, AdvanceDirective, "Living will"),
            "contacts": add_line(session, patient, EmergencyContact, "Rosa Rojas", phone="555-0177", relation="wife"),
        }
        report = make_report(session, patient, "Chest X-ray", category="imaging", conclusion="Clear lungs.")
        rows["imaging-reports"] = report
        rows["vitals"] = make_result(session, patient, "72", name="Heart rate", code="8867-4", category="vital-signs")
        rows["social-history"] = make_result(
            session, patient, None, name="Tobacco smoking status", code="72166-2", category="social-history",
            value_text="Never smoked",
        )  # fmt: skip
        return Record(
            patient=patient,
            account=account_of(session, patient),
            doctor=doctor,
            doctor_account=account_of(session, doctor),
            proxy=make_caregiver(session, patient, kind="proxy", scopes=NARROW)[0],
            narrow=make_caregiver(session, patient, kind="proxy", scopes=["appointments_view"], name="Narrow One")[0],
            stranger=account_of(session, make_patient(session, "Some", "Stranger")),
            lines={key: row.id for key, row in rows.items()},
        )


@pytest.fixture
def reading(app: Any, services: Services) -> Any:
    """`with reading(account) as uow`: a unit that reads, in a request in English."""

    @contextmanager
    def as_(account: Account, *, write: bool = False) -> Iterator[UnitOfWork]:
        kind = "patient" if account.person_id else "staff" if account.practitioner_id else "caregiver"
        role = None
        if account.practitioner_id:
            with made(services) as session:
                role = session.get(Practitioner, account.practitioner_id).role  # type: ignore[union-attr]
        actor = Actor(
            kind, account_id=account.id, person_id=account.person_id, practitioner_id=account.practitioner_id, role=role
        )  # fmt: skip
        with app.test_request_context("/"), UnitOfWork.open(services, actor, write=write) as uow:
            g.uow = uow
            yield uow

    return as_


WHEN = datetime(2024, 5, 2, 12, tzinfo=UTC)
