"""Accounts and their sessions: who a proof of the provider belongs to, and where somebody is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from portal.identity.provider.service import drop_session, drop_sessions
from portal.infra.errors import NotFound
from portal.models import Account, Identity, WebSession
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

SIGN_IN = "identity:sign_in:create"
SIGN_OUT = "identity:session:end"
SESSIONS: Any = WebSession.__table__


@dataclass(frozen=True, slots=True)
class Found:
    """The account that a proof opens."""

    account_id: UUID
    is_active: bool
    is_staff: bool
    language: str


def account_of(services: Services, issuer: str, subject: str) -> Found | None:
    """The account keyed by (issuer, subject), never by e-mail (OpenID Connect Core 5.7)."""
    statement = (
        select(Account.id, Account.is_active, Account.practitioner_id, Account.is_admin, Account.language)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )
    with services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    return Found(row.id, row.is_active, row.practitioner_id is not None or row.is_admin, row.language)


def connect(uow: UnitOfWork, account_id: UUID, issuer: str, subject: str) -> Identity:
    """Let this (issuer, subject) open the account from now on."""
    identity = Identity(account_id=account_id, issuer=issuer, subject=subject, created_at=uow.now)
    uow.add(identity)
    note(uow, SIGN_IN, account_id, "done", "connected")
    return identity


def note(uow: UnitOfWork, action: str, account_id: UUID | None, outcome: str, reason: str | None = None) -> None:
    """Put something of an account in the trail, in this transaction."""
    audit.write(uow.session, uow.actor, [_entry(action, account_id, outcome, reason)], uow.now)


def record(
    services: Services, actor: Actor, action: str, account_id: UUID | None, outcome: str, reason: str | None
) -> None:
    """Put something of sign-in in the trail, in a short transaction of its own."""
    audit.write_apart(services.database, actor, [_entry(action, account_id, outcome, reason)], services.clock.now())


def _entry(action: str, account_id: UUID | None, outcome: str, reason: str | None) -> audit.Entry:
    named = str(account_id) if account_id else None
    return audit.Entry(action, None, "account" if named else None, named, outcome, reason)


# Sessions --------------------------------------------------------------------------------------------------------


def my_sessions(uow: UnitOfWork) -> list[WebSession]:
    """Where the actor is signed in, the last used first."""
    statement = (
        uow.select(Action.IDENTITY_PROFILE_READ, Account, WebSession)
        .join(WebSession, WebSession.account_id == Account.id)
        .where(Account.id == uow.actor.account_id)
        .order_by(WebSession.seen_at.desc())
    )
    return list(uow.scalars(statement))


def end_session(uow: UnitOfWork, session_id: UUID) -> None:
    """End one session of the actor, at once, and the one at the built-in provider that it came from: that browser
    would be let in again without a question. Raises `NotFound` for anybody else's.
    """
    found = uow.load(Action.IDENTITY_SESSION_END, WebSession, session_id)
    if found.provider_sid and uow.settings.uses_own_provider:
        drop_session(uow.session, UUID(found.provider_sid), uow.now)
    uow.session.delete(found)
    uow.audit(Action.IDENTITY_SESSION_END, found)


def end_other_sessions(uow: UnitOfWork) -> int:
    """End every session of the actor but this one, at the portal and at the built-in provider. Returns how many."""
    mine = uow.first(select(SESSIONS.c.provider_sid).where(SESSIONS.c.id == uow.actor.session_id))
    ended = sessions_ended(uow, uow.actor.account_id, but=uow.actor.session_id)
    end_at_provider(uow, uow.actor.account_id, but=mine[0] if mine else None)
    uow.audit(Action.IDENTITY_SESSION_END, reason="all-others")
    return ended


def sessions_ended(uow: UnitOfWork, account_id: UUID | None, *, but: UUID | None = None) -> int:
    """End the account's portal sessions, in this transaction. The caller says so in the trail."""
    which = SESSIONS.c.account_id == account_id
    return uow.change(delete(SESSIONS).where(which if but is None else which & (SESSIONS.c.id != but)))


def subjects_here(uow: UnitOfWork, account_id: UUID | None) -> list[UUID]:
    """The account's users at the built-in provider; none when an outside provider is used."""
    if not uow.settings.uses_own_provider:
        return []
    statement = select(Identity.subject).where(
        Identity.account_id == account_id, Identity.issuer == uow.settings.identity_issuer
    )
    return [UUID(subject) for subject in uow.scalars(statement)]


def end_at_provider(uow: UnitOfWork, account_id: UUID | None, *, but: str | None = None) -> None:
    """End the account's sessions at the built-in provider, except the one named. An outside provider ends its own."""
    for subject in subjects_here(uow, account_id):
        drop_sessions(uow.session, subject, uow.now, UUID(but) if but else None)


# The profile -----------------------------------------------------------------------------------------------------


def my_account(uow: UnitOfWork) -> Account:
    """The actor's own account."""
    found = uow.scalars(uow.select(Action.IDENTITY_PROFILE_READ, Account).where(Account.id == uow.actor.account_id))
    if not found:
        raise NotFound()
    return found[0]


def update_profile(uow: UnitOfWork, *, language: str, time_zone: str | None) -> None:
    """Change how the portal speaks to the actor and in which zone it shows times."""
    uow.change(
        uow.update(Action.IDENTITY_PROFILE_UPDATE, Account)
        .where(Account.id == uow.actor.account_id)
        .values(language=language, time_zone=time_zone)
    )
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)
