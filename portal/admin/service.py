"""Administering accounts: who has one, its state, inviting, closing. Administrators do not read records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, tuple_, update

from portal.identity.invitations import invite
from portal.identity.provider.factors import reset_factors
from portal.identity.provider.service import USERS
from portal.identity.service import end_at_provider, sessions_ended, subjects_here
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.models import Account, Identity, Invitation, Person, Practitioner, WebSession
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

PAGE = 25


@dataclass(frozen=True, slots=True)
class Seen:
    """An account as administrators see it."""

    id: UUID
    name: str
    email: str | None
    kind: str  # patient, caregiver, staff, admin
    role: str | None
    state: str  # closed, active, invited, expired, not-invited
    sessions: int
    last_seen_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    has_sign_in: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody to invite: a patient by record number, staff by the directory or by name, a caregiver by name."""

    kind: str
    name: str = ""
    email: str | None = None
    record_number: str = ""
    practitioner_id: UUID | None = None
    role: str = "other"
    is_admin: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class _Patient:
    id: UUID
    name: str
    language: str


def _columns() -> tuple[Any, ...]:
    connected = exists().where(Identity.account_id == Account.id).label("connected")
    sessions = select(func.count()).where(WebSession.account_id == Account.id).scalar_subquery().label("sessions")
    last = select(func.max(WebSession.seen_at)).where(WebSession.account_id == Account.id).scalar_subquery()
    expires = (
        select(func.max(Invitation.expires_at))
        .where(Invitation.account_id == Account.id, Invitation.used_at.is_(None), Invitation.cancelled_at.is_(None))
        .scalar_subquery()
    )
    return (Account, Practitioner.role, connected, sessions, last.label("last"), expires.label("expires"))


def _seen(row: Any, now: datetime) -> Seen:
    account = row.Account
    kind = (
        "staff"
        if account.practitioner_id
        else "admin"
        if account.is_admin
        else "patient"
        if account.person_id
        else "caregiver"
    )
    if not account.is_active:
        state = "closed"
    elif row.connected:
        state = "active"
    elif row.expires is None:
        state = "not-invited"
    else:
        state = "invited" if row.expires > now else "expired"
    return Seen(
        id=account.id,
        name=account.display_name,
        email=account.email,
        kind=kind,
        role=row.role,
        state=state,
        sessions=row.sessions,
        last_seen_at=row.last,
        expires_at=row.expires,
        created_at=account.created_at,
        has_sign_in=row.connected,
    )


def _select(uow: UnitOfWork) -> Any:
    return uow.select(Action.ADMIN_ACCOUNT_READ, Account, *_columns()).outerjoin(
        Practitioner, Practitioner.id == Account.practitioner_id
    )


def list_accounts(uow: UnitOfWork, *, wanted: str = "", after: UUID | None = None) -> tuple[list[Seen], bool]:
    """A page of accounts by name, those after the account `after`, and whether more follow. `wanted` is in the name."""
    uow.require_admin(Action.ADMIN_ACCOUNT_READ)
    name = func.lower(Account.display_name)
    statement = _select(uow).order_by(name, Account.id).limit(PAGE + 1)
    if wanted:
        statement = statement.where(name.contains(wanted.lower(), autoescape=True))
    if after:
        last = uow.first(uow.select(Action.ADMIN_ACCOUNT_READ, Account, name).where(Account.id == after))
        if last is not None:
            statement = statement.where(tuple_(name, Account.id) > tuple_(last[0], after))
    rows = uow.rows(statement)
    uow.seen(Action.ADMIN_ACCOUNT_READ, None)
    return [_seen(row, uow.now) for row in rows[:PAGE]], len(rows) > PAGE


def find_account(uow: UnitOfWork, account_id: UUID) -> Seen:
    """One account. Raises `NotFound`."""
    uow.require_admin(Action.ADMIN_ACCOUNT_READ)
    row = uow.first(_select(uow).where(Account.id == account_id))
    if row is None:
        raise NotFound()
    uow.seen(Action.ADMIN_ACCOUNT_READ, None)
    return _seen(row, uow.now)


def staff_without_account(uow: UnitOfWork) -> list[tuple[UUID, str, str]]:
    """(id, name, role) of people in the directory who work here and can't sign in yet."""
    uow.require_admin(Action.ADMIN_ACCOUNT_READ)
    has_one = exists().where(Account.practitioner_id == Practitioner.id)
    statement = (
        select(Practitioner.id, Practitioner.name, Practitioner.role)
        .where(Practitioner.is_active, ~has_one)
        .order_by(Practitioner.sort_name, Practitioner.id)
        .limit(500)
    )
    return [(row.id, row.name, row.role) for row in uow.rows(statement)]


def invite_somebody(uow: UnitOfWork, new: NewAccount) -> tuple[UUID, str]:
    """Make the account and its first invitation; the account's id and the code, which is shown once.

    Raises `Invalid` for an unknown record number or member of staff, `Conflict("has-account")` when they have one.
    """
    uow.require_admin(Action.ADMIN_INVITATION_CREATE)
    account = Account(
        display_name=new.name[:200],
        email=new.email,
        language=new.language,
        is_admin=new.is_admin,
        created_at=uow.now,
        is_active=True,
    )
    if new.kind == "patient":
        person = _patient(uow, new.record_number)
        account.person_id, account.display_name = person.id, person.name
        account.language = person.language if person.language in uow.settings.language_codes else new.language
    elif new.kind == "staff":
        account.practitioner_id, account.display_name = _member_of_staff(uow, new)
    _refuse_second(uow, account)
    uow.add(account)
    uow.flush()  # the invitation names it
    code = invite(uow, account.id)
    uow.audit(Action.ADMIN_INVITATION_CREATE, account, patient=account.person_id)
    return account.id, code


def _patient(uow: UnitOfWork, record_number: str) -> _Patient:
    statement = uow.select(
        Action.ADMIN_INVITATION_CREATE, Person, Person.id, Person.given_name, Person.family_name, Person.language,
        Person.birth_on,
    ).where(Person.mrn == record_number, Person.is_patient, ~Person.is_deceased)  # fmt: skip
    row = uow.first(statement)
    if row is None:
        raise Invalid("record_number", "unknown-record-number")
    if row.birth_on is None:
        raise Invalid("record_number", "no-birth-date")  # the second thing an invitation asks for

    return _Patient(row.id, f"{row.given_name} {row.family_name}".strip(), row.language)


def _member_of_staff(uow: UnitOfWork, new: NewAccount) -> tuple[UUID, str]:
    if new.practitioner_id:
        row = uow.first(
            select(Practitioner.id, Practitioner.name).where(
                Practitioner.id == new.practitioner_id, Practitioner.is_active
            )
        )
        if row is None:
            raise Invalid("practitioner", "unknown-staff")
        return row.id, row.name
    made = Practitioner(name=new.name[:200], sort_name=new.name.split()[-1].lower(), role=new.role, is_active=True)
    uow.add(made)
    uow.flush()  # the account names it
    return made.id, made.name


def _refuse_second(uow: UnitOfWork, account: Account) -> None:
    same = [
        column == value
        for column, value in (
            (Account.person_id, account.person_id),
            (Account.practitioner_id, account.practitioner_id),
        )
        if value
    ]
    if same and uow.first(select(Account.id).where(or_(*same))) is not None:
        raise Conflict("has-account")


def invite_again(uow: UnitOfWork, account_id: UUID) -> str:
    """A new code for an account that nobody has signed in to yet. Raises `NotFound`, `Conflict("has-sign-in")`."""
    uow.require_admin(Action.ADMIN_INVITATION_CREATE)
    found = find_account(uow, account_id)
    if found.has_sign_in or found.state == "closed":
        raise Conflict("has-sign-in")
    code = invite(uow, account_id)
    uow.audit(Action.ADMIN_INVITATION_CREATE, reason="again")
    return code


def end_sessions(uow: UnitOfWork, account_id: UUID) -> None:
    """Sign the account out everywhere, at once."""
    _load(uow, account_id)
    sessions_ended(uow, account_id)
    end_at_provider(uow, account_id)
    uow.audit(Action.ADMIN_ACCOUNT_UPDATE, reason="sessions-ended")


def close_account(uow: UnitOfWork, account_id: UUID) -> None:
    """Nobody signs in to it any more; every session and invitation ends. Raises `Conflict` for one's own."""
    account = _load(uow, account_id)
    if account_id == uow.actor.account_id:
        raise Conflict("own-account")
    account.is_active = False
    sessions_ended(uow, account_id)
    end_at_provider(uow, account_id)
    uow.change(
        update(Invitation)
        .where(Invitation.account_id == account_id, Invitation.used_at.is_(None))
        .values(cancelled_at=uow.now)
    )
    _set_users(uow, account_id, is_active=False)
    uow.audit(Action.ADMIN_ACCOUNT_UPDATE, account, reason="closed")


def open_account(uow: UnitOfWork, account_id: UUID) -> None:
    """Let people sign in to it again."""
    account = _load(uow, account_id)
    account.is_active = True
    _set_users(uow, account_id, is_active=True)
    uow.audit(Action.ADMIN_ACCOUNT_UPDATE, account, reason="opened")


def reset_second_step(uow: UnitOfWork, account_id: UUID) -> None:
    """Forget the lost second factors of an account at the built-in provider; they are told by mail."""
    _load(uow, account_id)
    for subject in subjects_here(uow, account_id):
        reset_factors(uow.session, uow.actor, subject, uow.now)
    sessions_ended(uow, account_id)
    uow.audit(Action.ADMIN_ACCOUNT_UPDATE, reason="second-step-reset")


def _load(uow: UnitOfWork, account_id: UUID) -> Account:
    uow.require_admin(Action.ADMIN_ACCOUNT_UPDATE)
    return uow.load(Action.ADMIN_ACCOUNT_UPDATE, Account, account_id)


def _set_users(uow: UnitOfWork, account_id: UUID, *, is_active: bool) -> None:
    for subject in subjects_here(uow, account_id):
        uow.change(update(USERS).where(USERS.c.id == subject).values(is_active=is_active))
