"""People for tests: plain functions that add rows to a session and hand them back. Names are the canary's by default.

`with made(services) as session: patient = make_patient(session)` commits at the end of the block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.models import (
    Account,
    CareTeamMember,
    Person,
    Pool,
    PoolMember,
    Practitioner,
    Relationship,
    RelationshipScope,
)
from portal.policy.actors import Actor
from portal.policy.vocabulary import SCOPES, stored
from portal.work.services import Services
from tests.support import canary

ALL = SCOPES


@contextmanager
def made(services: Services) -> Iterator[Session]:
    """A session on the ground floor, without guards: tests may put in what the portal itself would refuse."""
    session = Session(services.database.engine, expire_on_commit=False)
    session.info["now"] = services.clock.now()
    session.info["services"] = services
    try:
        yield session
        session.commit()
    finally:
        session.close()


def now_of(session: Session) -> datetime:
    now: datetime = session.info["now"]
    return now


def make_patient(
    session: Session, given: str = canary.given, family: str = canary.family, *, with_account: bool = True, **more: Any
) -> Person:
    """A patient with an account of their own (`account_of` finds it)."""
    values: dict[str, Any] = {"birth_on": date(1950, 4, 12), "sex": "female", "sort_name": f"{family} {given}".lower()}
    patient = Person(given_name=given, family_name=family, **{**values, **more})
    session.add(patient)
    session.flush()
    if with_account:
        session.add(Account(display_name=patient.name, person_id=patient.id, created_at=now_of(session)))
        session.flush()
    return patient


def account_of(session: Session, owner: Person | Practitioner) -> Account:
    """The account of a patient or a member of staff."""
    column = Account.person_id if isinstance(owner, Person) else Account.practitioner_id
    found: Account = session.query(Account).filter(column == owner.id).one()
    return found


def make_account(session: Session, name: str = "Tomás Delgado", **more: Any) -> Account:
    """An account without a record: a caregiver, or an administrator with `is_admin=True`."""
    account = Account(display_name=name, created_at=now_of(session), **more)
    session.add(account)
    session.flush()
    return account


def make_caregiver(
    session: Session,
    patient: Person,
    *,
    kind: str = "liaison",
    relation: str = "son",
    scopes: Iterable[str] = (),
    account: Account | None = None,
    name: str = "Tomás Delgado",
    **more: Any,
) -> tuple[Account, Relationship]:
    """A caregiver's account and their active relationship with the patient, with these scopes."""
    account = account or make_account(session, name)
    started = now_of(session) - timedelta(days=30)
    values = {"account_id": account.id, "kind": kind, "relation": relation, "starts_at": started, **more}
    relationship = Relationship(patient_id=patient.id, **values)
    session.add(relationship)
    session.flush()
    for scope in sorted(stored(scopes)):
        session.add(RelationshipScope(patient_id=patient.id, relationship_id=relationship.id, scope=scope))
    session.flush()
    return account, relationship


def make_staff(
    session: Session,
    name: str = f"Dr. {canary.staff_given} {canary.staff_family}",
    role: str = "pcp",
    *,
    cares_for: Iterable[Person] = (),
    pools: Iterable[Pool] = (),
    with_account: bool = True,
    **more: Any,
) -> Practitioner:
    """A member of staff with an account, on the care team of `cares_for`, answering for `pools`."""
    practitioner = Practitioner(name=name, sort_name=name.split()[-1].lower(), role=role, **more)
    session.add(practitioner)
    session.flush()
    for patient in cares_for:
        join_team(session, patient, practitioner)
    for pool in pools:
        session.add(PoolMember(pool_id=pool.id, practitioner_id=practitioner.id))
    if with_account:
        session.add(Account(display_name=name, practitioner_id=practitioner.id, created_at=now_of(session)))
    session.flush()
    return practitioner


def join_team(
    session: Session, patient: Person, practitioner: Practitioner, role: str = "", **more: Any
) -> CareTeamMember:
    """Put the practitioner on the patient's care team, since last year."""
    started = now_of(session) - timedelta(days=365)
    values = {"role": role or practitioner.role, "starts_at": started, **more}
    member = CareTeamMember(patient_id=patient.id, practitioner_id=practitioner.id, **values)
    session.add(member)
    session.flush()
    return member


def make_pool(
    session: Session, key: str = "nurse_triage", name: str = "Nurse team", *, is_clinical: bool = True
) -> Pool:
    """A pool without members."""
    pool = Pool(key=key, name=name, is_clinical=is_clinical)
    session.add(pool)
    session.flush()
    return pool


def actor_for(session: Session, owner: Person | Practitioner | Account) -> Actor:
    """The actor that a sign-in of this person would give."""
    account = owner if isinstance(owner, Account) else account_of(session, owner)
    role = session.get(Practitioner, account.practitioner_id).role if account.practitioner_id else None  # type: ignore[union-attr]
    kind = "staff" if role else "admin" if account.is_admin else "patient" if account.person_id else "caregiver"
    return Actor(
        kind,
        account_id=account.id,
        person_id=account.person_id,
        practitioner_id=account.practitioner_id,
        role=role,
        is_admin=account.is_admin,
        name=account.display_name,
    )
