"""Invitations: a single-use link that connects somebody to the account made for them (security.md B6)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from portal.infra.errors import Conflict, Gone
from portal.infra.ids import digest, new_id
from portal.models import Account, Identity, Invitation, Person
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

TABLE: Any = Invitation.__table__
TRIES = 5
REDEEM = "identity:invitation:redeem"
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS = 5  # of four signs of five bits: 100 bits


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that still works."""

    id: UUID
    account_id: UUID
    name: str
    email: str | None
    is_staff: bool
    needs_birth_date: bool


def normal_code(code: str) -> str:
    """A code as it is hashed: without the dashes and blanks people type, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", code.upper())


def invite(uow: UnitOfWork, account_id: UUID) -> str:
    """A new code for the account, in four-letter groups; earlier ones of the account stop working. Shown once.

    The caller has asked the policy and says so in the trail. Raises `Conflict("has-sign-in")` for an account that
    somebody signs in to already: a code would let another person in beside them.
    """
    if has_identity(uow, account_id):
        raise Conflict("has-sign-in")
    uow.change(
        update(TABLE)
        .where(TABLE.c.account_id == account_id, TABLE.c.used_at.is_(None), TABLE.c.cancelled_at.is_(None))
        .values(cancelled_at=uow.now)
    )
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))
    uow.add(
        Invitation(
            id=new_id(),
            code_hash=digest(normal_code(code)),
            account_id=account_id,
            invited_by_id=uow.actor.account_id,
            created_at=uow.now,
            expires_at=uow.now + timedelta(days=uow.settings.invitation_days),
        )
    )
    return code


def find(services: Services, *, code: str | None = None, invitation_id: UUID | None = None) -> Invited:
    """The invitation, while it works. Raises `Gone` when it was used, ended, expired or never was, all alike."""
    which = TABLE.c.id == invitation_id if invitation_id else TABLE.c.code_hash == digest(normal_code(code or ""))
    statement = (
        select(
            TABLE,
            Account.display_name,
            Account.email,
            Account.practitioner_id,
            Account.is_admin,
            Account.person_id,
            Account.is_active,
        )
        .join(Account.__table__, Account.id == TABLE.c.account_id)
        .where(which, *_works(services.clock.now()))
    )
    with services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or not row.is_active:
        raise Gone("invitation")
    is_staff = row.practitioner_id is not None or row.is_admin
    return Invited(row.id, row.account_id, row.display_name, row.email, is_staff, row.person_id is not None)


def check_birth_date(services: Services, actor: Actor, invited: Invited, given: date) -> bool:
    """Whether it is the birth date of the person invited. The try is counted first; the fifth wrong one ends it.

    Raises `Gone` when no try is left.
    """
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        counted = connection.execute(
            update(TABLE)
            .where(TABLE.c.id == invited.id, TABLE.c.tries < TRIES, *_works(now))
            .values(tries=TABLE.c.tries + 1)
        )
        if counted.rowcount != 1:
            raise Gone("invitation")
        born = connection.execute(
            select(Person.birth_on)
            .join(Account, Account.person_id == Person.id)
            .where(Account.id == invited.account_id)
        ).scalar()
        is_right = born is not None and born == given
        if is_right:
            connection.execute(update(TABLE).where(TABLE.c.id == invited.id).values(tries=TABLE.c.tries - 1))
        audit.write(connection, actor, [_entry(invited.id, "done" if is_right else "failed", "birth-date")], now)
    return is_right


def redeem(uow: UnitOfWork, invitation_id: UUID) -> UUID | None:
    """Use the invitation up, in this transaction; the account it opens. None when somebody was quicker, or it ended."""
    used = uow.session.execute(
        update(TABLE)
        .where(TABLE.c.id == invitation_id, *_works(uow.now))
        .values(used_at=uow.now)
        .returning(TABLE.c.account_id)
    ).first()
    if used is None:
        return None
    audit.write(uow.session, uow.actor, [_entry(invitation_id, "done", "redeemed")], uow.now)
    return used.account_id


def account_invited(services: Services, invitation_id: UUID) -> UUID | None:
    """The account an invitation is for, whatever its state."""
    with services.database.connect() as connection:
        return connection.execute(select(TABLE.c.account_id).where(TABLE.c.id == invitation_id)).scalar()


def has_identity(uow: UnitOfWork, account_id: UUID) -> bool:
    """Whether a sign-in is connected with the account already."""
    return uow.first(select(Identity.id).where(Identity.account_id == account_id).limit(1)) is not None


def _works(now: datetime) -> tuple[Any, ...]:
    return (
        TABLE.c.used_at.is_(None),
        TABLE.c.cancelled_at.is_(None),
        TABLE.c.expires_at > now,
        TABLE.c.tries < TRIES,
    )


def _entry(invitation_id: UUID, outcome: str, reason: str) -> audit.Entry:
    return audit.Entry(REDEEM, None, "invitation", str(invitation_id), outcome, reason)
