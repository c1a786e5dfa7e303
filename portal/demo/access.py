"""Who helps whom at the demo clinic: asked, ending, paused, by law, waiting for a second look, handed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from portal.caregivers import ages, answering, evidence, invitations, reminding
from portal.caregivers.changing import suspend
from portal.caregivers.consent import HELPER, LIAISON_BASE, VIEW_ONLY, birthday, stops_at
from portal.caregivers.evidence import Filing
from portal.demo.roster import DOMAIN, GLEASON, MARGERY, PASSWORD, PATIENTS
from portal.identity.invitations import normal_code
from portal.identity.provider.service import create_user
from portal.infra.dates import date_in
from portal.models import (
    Account,
    CareTeamMember,
    Identity,
    Person,
    Practitioner,
    Relationship,
    RelationshipScope,
)
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.vocabulary import stored
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

T = TypeVar("T")
CHILD, CHILD_NUMBER = "demo-child", "DEMO-CHILD"
THANH, BROOKS = "02-synthea-thanh-mosciski", "07-clinosim-brooks-heart-failure-readmitted"
NARROWS_IN = timedelta(days=41)  # before the child's birthday: the first notice has gone out, the second has not
HANDED_OVER = timedelta(days=2)
NUMBER = {BROOKS: "DEMO-BROOKS"}


def child_bundle(today: date) -> dict[str, Any]:
    """A child who turns twelve in some weeks, with an allergy and two vaccines, as FHIR."""
    born = birthday(today + NARROWS_IN, -12)
    subject = {"reference": f"Patient/{CHILD}"}
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": CHILD,
            "identifier": [
                {
                    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
                    "system": "http://demo.example/mrn",
                    "value": CHILD_NUMBER,
                }
            ],
            "name": [{"family": "Flores", "given": ["Leo"]}],
            "gender": "male",
            "birthDate": born.isoformat(),
        },
        {
            "resourceType": "AllergyIntolerance",
            "id": "demo-child-peanut",
            "clinicalStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                        "code": "active",
                    }
                ]
            },
            "criticality": "high",
            "code": {"text": "Peanut"},
            "patient": subject,
        },
        *(
            {
                "resourceType": "Immunization",
                "id": f"demo-child-{code}",
                "status": "completed",
                "vaccineCode": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}],
                    "text": name,
                },
                "patient": subject,
                "occurrenceDateTime": (today - timedelta(days=days)).isoformat(),
            }
            for code, name, days in (("150", "Influenza vaccine", 400), ("115", "Tdap vaccine", 210))
        ),
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"http://demo.example/fhir/{one['resourceType']}/{one['id']}",
                "resource": one,
                "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
            }
            for one in resources
        ],
    }


def write(services: Services) -> None:
    """Give every page of access something to show. It runs once, when the clinic is built."""
    now = services.clock.now()
    days = timedelta(days=1)
    at = _At(services)
    build = Actor.system("demo.build")
    people = at(build, now, _ids)
    margery, thanh = people[MARGERY], people[THANH]
    patient = _actor(services, "margery.gibson")

    ending = at(build, now - 500 * days, lambda u: _held(u, margery, "Judith Moore", "proxy", "friend", VIEW_ONLY))
    at(build, now, lambda u: _ends(u, ending, now + 12 * days))
    paused = at(build, now - 90 * days, lambda u: _held(u, margery, "Luis Ortega", "proxy", "neighbor", HELPER))
    at(patient, now - 6 * days, lambda u: suspend(u, margery, paused))
    old = at(build, now - 900 * days, lambda u: _held(u, margery, "Paul Gibson", "liaison", "brother", (), "ended"))
    at(build, now, lambda u: _over(u, old, now - 200 * days))
    asked = at(
        patient, now - 3 * days, lambda u: invitations.begin(
            u, margery, name="Elena Park", relation="neighbor", email=None, kind="backup", preset="helper"
        )
    )  # fmt: skip
    at(patient, now - 3 * days, lambda u: invitations.issue(u, margery, asked, signed=()))

    moment = now - HANDED_OVER
    before = at(build, now - 300 * days, lambda u: _held(u, thanh, "Huy Mosciski", "liaison", "son", (), "ended"))
    at(build, now, lambda u: _over(u, before, moment))
    at(build, moment, lambda u: _held(u, thanh, "Lan Mosciski", "liaison", "daughter", HELPER | LIAISON_BASE))

    at(build, now, lambda u: _at_home_here(u, people["child"]))
    at(build, now, lambda u: _numbered(u, people[BROOKS], NUMBER[BROOKS]))
    desk = _actor(services, "jordan.blake")
    birth = Filing(CHILD_NUMBER, "parent", "Ana Flores", "mother", "birth_record", "City registry", None)
    filed = at(desk, now - 30 * days, lambda u: evidence.file(u, birth))
    code = at(_actor(services, "robin.vale"), now - 29 * days, lambda u: evidence.confirm(u, filed))
    mother = at(build, now - 28 * days, lambda u: _sign_in(u, services, "Ana Flores", "ana.flores"))
    at(mother, now - 28 * days, lambda u: answering.accept(u, answering.by_code(u, normal_code(code)), is_adult=True))
    at(Actor.system("caregivers.keep_ages"), now, ages.keep)
    paper = Filing(
        NUMBER[BROOKS], "representative", "David Brooks", "son", "health_care_proxy", "Form of 4 May, in the folder",
        date_in(now, services.settings.zone) + 330 * days,
    )  # fmt: skip
    at(desk, now - days, lambda u: evidence.file(u, paper))


class _At:
    """Does something in somebody's name, at the time it happened."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def __call__(self, actor: Actor, when: datetime, work: Callable[[UnitOfWork], T]) -> T:
        with UnitOfWork.open(self.services, actor, write=True) as uow:
            uow.now = when
            uow.session.info["now"] = when
            return work(uow)


def _ids(uow: UnitOfWork) -> dict[str, UUID]:
    """Patients by the file of their record, and the child."""
    rows = uow.rows(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.source_key, Person.id))
    found = {row.source_key: row.id for row in rows}
    ids = {patient.file: found[f"Patient/{patient.fhir_id}"] for patient in PATIENTS}
    return {**ids, "child": found[f"Patient/{CHILD}"]}


def _held(
    uow: UnitOfWork, person_id: UUID, name: str, kind: str, relation: str, scopes: Any, state: str = "active"
) -> UUID:
    """Somebody's access from this moment on."""
    account = Account(display_name=name, created_at=uow.now)
    uow.add(account)
    uow.flush()
    held = Relationship(
        patient_id=person_id, account_id=account.id, kind=kind, relation=relation, state=state, starts_at=uow.now,
        ends_at=stops_at(date_in(uow.now, uow.settings.zone) + timedelta(days=547), uow.settings.zone),
    )  # fmt: skip
    uow.add(held)
    uow.flush()
    for scope in sorted(stored(scopes)):
        uow.add(RelationshipScope(patient_id=person_id, relationship_id=held.id, scope=scope))
    uow.audit(Action.CAREGIVER_GRANT_UPDATE, held, reason="demo")
    return held.id


def _change(uow: UnitOfWork, held_id: UUID, **values: object) -> Relationship:
    held = uow.load(Action.CAREGIVER_GRANT_UPDATE, Relationship, held_id)
    for name, value in values.items():
        setattr(held, name, value)
    uow.audit(Action.CAREGIVER_GRANT_UPDATE, held, reason="demo")
    return held


def _ends(uow: UnitOfWork, held_id: UUID, at: datetime) -> None:
    zone = uow.settings.zone
    reminding.plan(uow, _change(uow, held_id, ends_at=stops_at(date_in(at, zone), zone)))


def _over(uow: UnitOfWork, held_id: UUID, at: datetime) -> None:
    _change(uow, held_id, ended_at=at, ends_at=at)


def _at_home_here(uow: UnitOfWork, child_id: UUID) -> None:
    """The child belongs to the practice like everybody else."""
    doctor = uow.first(select(Practitioner.id).where(Practitioner.source_key == f"Practitioner/{GLEASON}")).id
    nurse = uow.first(select(Practitioner.id).where(Practitioner.source_key == "Practitioner/demo-tran")).id
    uow.change(uow.update(Action.PEOPLE_PERSON_READ, Person).where(Person.id == child_id).values(pcp_id=doctor))
    for key, role in ((doctor, "Primary care provider"), (nurse, "Nurse")):
        since = uow.now - timedelta(days=700)
        uow.add(CareTeamMember(patient_id=child_id, practitioner_id=key, role=role, starts_at=since))
    uow.audit(Action.INTEROP_IMPORT_CREATE, patient=child_id, reason="demo")


def _numbered(uow: UnitOfWork, person_id: UUID, number: str) -> None:
    """A record number that the desk can type."""
    uow.change(uow.update(Action.PEOPLE_PERSON_READ, Person).where(Person.id == person_id).values(mrn=number))
    uow.audit(Action.INTEROP_IMPORT_CREATE, patient=person_id, reason="demo")


def _sign_in(uow: UnitOfWork, services: Services, name: str, email: str) -> Actor:
    """Somebody with an account and a sign-in at the built-in provider."""
    address = f"{email}@{DOMAIN}"
    user = create_user(uow, email=address, name=name, password_hash=services.passwords.hash(PASSWORD))
    account = Account(display_name=name, email=address, created_at=uow.now)
    uow.add(account)
    uow.flush()
    issuer = uow.settings.identity_issuer
    uow.add(Identity(account_id=account.id, issuer=issuer, subject=str(user.id), created_at=uow.now))
    return Actor("caregiver", account_id=account.id, name=name)


def _actor(services: Services, login: str) -> Actor:
    with services.database.connect() as connection:
        statement = select(Account, Practitioner.role).outerjoin(
            Practitioner, Practitioner.id == Account.practitioner_id
        )
        row: Any = connection.execute(statement.where(Account.email == f"{login}@{DOMAIN}")).one()
    kind = "staff" if row.practitioner_id else "patient" if row.person_id else "caregiver"
    return Actor(
        kind,
        account_id=row.id,
        person_id=row.person_id,
        practitioner_id=row.practitioner_id,
        role=row.role,
        is_admin=row.is_admin,
        name=row.display_name,
        language=row.language,
    )
