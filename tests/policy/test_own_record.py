"""In one's own record the condition is written shorter. It must let through the same rows, and no others."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.scope import condition
from tests.policy.people import KINDS, Clinic
from tests.policy.test_access import model_of, rows


@pytest.fixture
def clinic(services):
    with services.database.session(write=True) as session:
        return Clinic(session, services.clock.now())


def found(database, actor, action, model, person_id, now, *, within) -> set:
    patient = model.id if model is Person else getattr(model, "patient_id", None)
    if patient is None:
        return set()
    statement = select(model.id).where(patient == person_id, condition(actor, action, model, now, within=within))
    with database.connect() as connection:
        return set(connection.execute(statement).scalars())


def test_naming_the_patient_changes_nothing_for_anybody(services, clinic):
    wrong = []
    for row in rows():
        action, model = Action(row["action"]), model_of(row["row"])
        for kind in KINDS:
            actor = clinic.actors[kind]
            for person in (clinic.patient.id, clinic.other.id):
                whole = found(services.database, actor, action, model, person, clinic.now, within=None)
                short = found(services.database, actor, action, model, person, clinic.now, within=person)
                if whole != short:
                    wrong.append(f"{action} on {row['row']}: {kind}")
    assert wrong == []


def test_only_the_actors_own_record_is_their_own(services, clinic):
    patient = clinic.actors["patient"]
    written = {
        within: str(condition(patient, Action.PEOPLE_PERSON_READ, Person, clinic.now, within=within))
        for within in (None, clinic.other.id, uuid4(), clinic.patient.id)
    }
    assert written.pop(clinic.patient.id) == "true"
    assert len(set(written.values())) == 1


def test_staff_have_no_short_way_to_a_record_of_theirs(services, clinic):
    doctor = replace(clinic.actors["other_doctor"], person_id=clinic.patient.id)
    assert not found(
        services.database, doctor, Action.RECORD_CONDITION_READ, model_of("condition"), clinic.patient.id, clinic.now,
        within=clinic.patient.id,
    )  # fmt: skip
