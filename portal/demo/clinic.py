"""Builds the demo clinic on an empty database, through the portal's own importer and use cases."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update

from portal.demo import access, conversations, desk, medicines, notices, outside, samples, visits, waiting
from portal.demo.roster import (
    AWAY,
    COVER,
    DOMAIN,
    LEADS,
    LOGINS,
    MARGERY,
    PASSWORD,
    PATIENTS,
    POOLS,
    STAFF,
)
from portal.identity.provider.service import create_user
from portal.infra.ids import new_id
from portal.infra.settings import Settings
from portal.interop.importing import import_paths
from portal.models import (
    Absence,
    Account,
    CareTeamMember,
    Identity,
    Person,
    Pool,
    PoolMember,
    Practitioner,
    Relationship,
    RelationshipScope,
    Report,
    ReportUnread,
    Thread,
)
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.vocabulary import stored
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

LIAISON_SCOPES = (
    "record_basic",
    "meds_view",
    "results",
    "appointments_view",
    "messages_read",
    "messages_send",
    "care_plan_view",
)


def accounts_text(settings: Settings) -> str:
    """The demo accounts, for the terminal."""
    width = max(len(login.title) for login in LOGINS)
    rows = [f"    {login.title:<{width}}  {login.email}@{DOMAIN}   {login.name}" for login in LOGINS]
    return "\n".join(["==> demo accounts, all with the password: " + PASSWORD, *rows])


def build_if_empty(services: Services, say: Callable[[str], object]) -> bool:
    """Build the clinic unless it is there already. Returns whether anything was built.

    Stopped half-way, it goes on at the next start: the import changes nothing twice, and each further step looks
    whether it was done.
    """
    has_people, has_threads = _is_there(services, Account), _is_there(services, Thread)
    if has_people and has_threads:
        return False
    if not has_people:
        _people(services, say)
    say("==> writing the questions and answers of the last weeks")
    conversations.write(services)
    desk.write(services)
    access.write(services)
    visits.write(services)
    medicines.write(services)
    outside.write(services)
    notices.write(services)
    waiting.write(services)
    return True


def _is_there(services: Services, model: type[Account | Thread]) -> bool:
    with services.database.connect() as connection:
        return connection.execute(select(model.id).limit(1)).first() is not None


def _people(services: Services, say: Callable[[str], object]) -> None:
    say("==> building the demo clinic from sample records (a few seconds)")
    today = services.clock.now().astimezone(services.settings.zone).date()
    with tempfile.TemporaryDirectory(dir=services.settings.data_dir) as folder:
        paths = samples.write_all(Path(folder), today, services.settings.zone)
        report = import_paths(services, paths)
    say(f"    {report.taken} resources of {len(PATIENTS)} patients taken, {report.total('skipped')} skipped")
    password_hash = services.passwords.hash(PASSWORD)
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        Builder(uow, password_hash).run()


class Builder:
    """Turns imported people into a practice: roles, pools, teams, accounts, a liaison, an absence."""

    def __init__(self, uow: UnitOfWork, password_hash: str) -> None:
        self.uow = uow
        self.password_hash = password_hash
        self.staff: dict[str, UUID] = {}
        self.pools: dict[str, UUID] = {}

    def run(self) -> None:
        self._pools()
        self._staff()
        for patient in PATIENTS:
            self._patient(patient.fhir_id, patient.pcp, patient.team, patient.language, patient.has_care_manager)
        self._logins()
        self._absence()

    def _pools(self) -> None:
        for key, (name, is_clinical) in POOLS.items():
            pool = Pool(key=key, name=name, is_clinical=is_clinical)
            self.uow.add(pool)
            self.pools[key] = pool.id
        self.uow.flush()

    def _staff(self) -> None:
        for member in STAFF:
            found = self.uow.first(
                select(Practitioner.id).where(Practitioner.source_key == f"Practitioner/{member.key}")
            )
            self.staff[member.key] = found.id
            self.uow.change(
                update(Practitioner)
                .where(Practitioner.id == found.id)
                .values(
                    name=member.name,
                    sort_name=member.name.removeprefix("Dr. "),
                    role=member.role,
                    specialty=member.specialty,
                    pool_id=self.pools[member.pools[0]],
                )
            )
            for key in member.pools:
                is_lead = LEADS.get(key) == member.key
                membership = PoolMember(pool_id=self.pools[key], practitioner_id=found.id, is_lead=is_lead)
                self.uow.add(membership)

    def _person(self, fhir_id: str) -> UUID:
        statement = self.uow.select(Action.PEOPLE_PERSON_READ, Person, Person.id)
        found: UUID = self.uow.first(statement.where(Person.source_key == f"Patient/{fhir_id}")).id
        return found

    def _patient(self, fhir_id: str, pcp: str, team: tuple[str, ...], language: str, managed: bool) -> None:
        patient_id = self._person(fhir_id)
        manager = next(m.key for m in STAFF if m.role == "care_manager")
        members = {pcp: "Primary care provider", "demo-tran": "Nurse"}
        members |= {key: next(m.specialty for m in STAFF if m.key == key) for key in team}
        if managed:
            members[manager] = "Care manager"
        self.uow.change(
            self.uow.update(Action.PEOPLE_PERSON_READ, Person)
            .where(Person.id == patient_id)
            .values(pcp_id=self.staff[pcp], care_manager_id=self.staff[manager] if managed else None, language=language)
        )
        statement = self.uow.select(
            Action.PEOPLE_CARE_TEAM_READ, CareTeamMember, CareTeamMember.practitioner_id, within=patient_id
        )
        there = set(self.uow.scalars(statement))
        for key, role in members.items():
            if self.staff[key] not in there:
                self.uow.add(
                    CareTeamMember(
                        patient_id=patient_id,
                        practitioner_id=self.staff[key],
                        role=role,
                        starts_at=self.uow.now - timedelta(days=700),
                    )
                )
        self.uow.audit(Action.INTEROP_IMPORT_CREATE, patient=patient_id, reason="demo")

    def _account(self, name: str, email: str, **columns: object) -> Account:
        """An account with a sign-in at the built-in provider. Demo staff need no second factor; real staff do."""
        user = create_user(self.uow, email=f"{email}@{DOMAIN}", name=name, password_hash=self.password_hash)
        account = Account(display_name=name, email=f"{email}@{DOMAIN}", created_at=self.uow.now, **columns)
        self.uow.add(account)
        self.uow.flush()
        self.uow.add(
            Identity(
                account_id=account.id,
                issuer=self.uow.settings.identity_issuer,
                subject=str(user.id),
                created_at=self.uow.now,
            )
        )
        return account

    def _logins(self) -> None:
        for member in STAFF:
            if member.email:
                self._account(member.name, member.email, practitioner_id=self.staff[member.key])
        self._account("Robin Vale", "robin.vale", is_admin=True)
        for patient in PATIENTS:
            person_id = self._person(patient.fhir_id)
            account = self._account(patient.name, patient.email, person_id=person_id, language=patient.language)
            self._unread(person_id, account)
        margery_id = self._person(next(p.fhir_id for p in PATIENTS if p.file == MARGERY))
        rosa = self._account("Rosa Gibson-Tate", "rosa.tate")
        carl = self._account("Carl Gibson", "carl.gibson")
        self._relationship(margery_id, rosa, "liaison", "daughter", LIAISON_SCOPES)
        self._relationship(margery_id, carl, "family", "brother", ())

    def _relationship(
        self, patient_id: UUID, account: Account, kind: str, relation: str, scopes: tuple[str, ...]
    ) -> None:
        held = Relationship(
            patient_id=patient_id,
            account_id=account.id,
            kind=kind,
            relation=relation,
            state="active",
            starts_at=self.uow.now - timedelta(days=200),
            ends_at=self.uow.now + timedelta(days=340),
        )
        self.uow.add(held)
        self.uow.flush()
        for scope in sorted(stored(scopes)):
            self.uow.add(RelationshipScope(patient_id=patient_id, relationship_id=held.id, scope=scope))

    def _unread(self, patient_id: UUID, account: Account) -> None:
        """The newest reports have not been opened yet."""
        recent = self.uow.select(Action.RESULT_READ, Report, Report.id, within=patient_id)
        for report_id in self.uow.scalars(recent.order_by(Report.effective_at.desc()).limit(2)):
            self.uow.add(
                ReportUnread(
                    id=new_id(),
                    patient_id=patient_id,
                    account_id=account.id,
                    report_id=report_id,
                    created_at=self.uow.now,
                )
            )

    def _absence(self) -> None:
        today = self.uow.now.astimezone(self.uow.settings.zone).date()
        self.uow.add(
            Absence(
                practitioner_id=self.staff[AWAY],
                starts_on=today - timedelta(days=3),
                ends_on=today + timedelta(days=9),
                covering_id=self.staff[COVER],
            )
        )
