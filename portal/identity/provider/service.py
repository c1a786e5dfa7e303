"""Users of the built-in provider: making them, proving who they are, ending their sessions.

Every function opens short transactions of its own; hashing never happens inside one. A failed try must be counted and
recorded although the request it came in changes nothing.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from portal.infra.errors import Conflict
from portal.models import (
    AuthorizationCode,
    Identity,
    OAuthToken,
    Passkey,
    PasswordReset,
    ProviderSession,
    ProviderUser,
    RecoveryCode,
    SigningKey,
    WebSession,
)
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.outbox import add as enqueue
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

USERS: Any = ProviderUser.__table__
SESSIONS: Any = ProviderSession.__table__
TOKENS: Any = OAuthToken.__table__
PORTAL_SESSIONS: Any = WebSession.__table__
SIGN_IN = "identity:sign_in:create"
KEEP_USED = timedelta(days=30)
FACTOR = "identity:factor:update"
PASSWORD = "identity:password:update"  # noqa: S105 - the name of an action
SIGN_OUT = "identity:session:end"


@dataclass(frozen=True, slots=True)
class User:
    """What sign-in needs to know of a user. `id` is the OpenID subject."""

    id: UUID
    email: str
    name: str
    password_hash: str | None
    needs_second_factor: bool
    has_totp: bool
    passkeys: int
    recovery_codes: int
    is_active: bool
    was_offered: bool
    password_changed_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        return self.has_totp or self.passkeys > 0

    def get_user_id(self) -> str:
        return str(self.id)


def email_key(email: str) -> str:
    """How an e-mail is stored and looked up: trimmed, NFKC, case folded (RFC 5321 leaves case to the receiver)."""
    return unicodedata.normalize("NFKC", email).strip().casefold()[:254]


def create_user(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password: str | None = None,
    password_hash: str | None = None,
    needs_second_factor: bool = False,
    totp_secret: bytes | None = None,
) -> ProviderUser:
    """Make a user who can sign in. `totp_secret` (20 bytes) sets up an authenticator app at once.

    Give `password_hash` where a hash is at hand, so that nothing slow runs in the transaction. Raises
    `Conflict("email-taken")`.
    """
    key = email_key(email)
    if uow.session.execute(select(USERS.c.id).where(USERS.c.email_key == key)).first():
        raise Conflict("email-taken")
    if password is not None:
        password_hash = uow.services.passwords.hash(password)
    user = ProviderUser(
        email_key=key,
        name=name[:200],
        password_hash=password_hash,
        needs_second_factor=needs_second_factor,
        is_active=True,
        created_at=uow.now,
        password_changed_at=uow.now if password_hash else None,
    )
    if totp_secret is not None:
        user.totp_secret = uow.services.ring.wrap(totp_secret, f"provider_user.totp_secret:{user.id}")
        user.totp_confirmed_at = uow.now
    uow.add(user)
    uow.flush()  # a taken e-mail must be known before an account is tied to it
    audit.write(uow.session, uow.actor, [entry(FACTOR, user.id, "done", "created")], uow.now)
    return user


def find_user(services: Services, *, email: str | None = None, user_id: UUID | None = None) -> User | None:
    """The user with that e-mail or id."""
    where = USERS.c.id == user_id if user_id else USERS.c.email_key == email_key(email or "")
    passkeys = select(func.count()).where(Passkey.user_id == USERS.c.id).scalar_subquery()
    codes = (
        select(func.count()).where(RecoveryCode.user_id == USERS.c.id, RecoveryCode.used_at.is_(None)).scalar_subquery()
    )
    with services.database.connect() as connection:
        row = connection.execute(select(USERS, passkeys.label("passkeys"), codes.label("codes")).where(where)).first()
    if row is None:
        return None
    return User(
        id=row.id,
        email=row.email_key,
        name=row.name,
        password_hash=row.password_hash,
        needs_second_factor=row.needs_second_factor,
        has_totp=row.totp_confirmed_at is not None,
        passkeys=row.passkeys,
        recovery_codes=row.codes,
        is_active=row.is_active,
        was_offered=row.factor_offered_at is not None,
        password_changed_at=row.password_changed_at,
    )


def check_password(services: Services, user: User | None, password: str) -> bool:
    """Whether it is the user's password. It takes as long for nobody and for a closed user, and says no."""
    encoded = user.password_hash if user and user.is_active else None
    if not services.passwords.verify(encoded, password) or user is None:
        return False
    if encoded and services.passwords.is_stale(encoded):
        again = services.passwords.hash(password)
        _change(services, user.id, password_hash=again)
    return True


def set_password(services: Services, actor: Actor, user_id: UUID, password: str, *, but: UUID | None = None) -> None:
    """A new password. Every session of the user at the provider ends, except `but`; the user is told by mail."""
    encoded, now = services.passwords.hash(password), services.clock.now()
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(USERS).where(USERS.c.id == user_id).values(password_hash=encoded, password_changed_at=now)
        )
        drop_sessions(connection, user_id, now, but)
        audit.write(connection, actor, [entry(PASSWORD, user_id, "done", "changed")], now)
        enqueue(connection, "identity.tell_security_changed", user_id, at=now, now=now)


def mark_offered(services: Services, user_id: UUID) -> None:
    """A second factor was offered; it is not pressed on anybody twice."""
    _change(services, user_id, factor_offered_at=services.clock.now())


def end_sessions(services: Services, user_id: UUID) -> None:
    """End every session of the user at the provider and revoke what was issued from them."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        drop_sessions(connection, user_id, now, None)


def set_active(services: Services, user_id: UUID, is_active: bool) -> None:
    """Close a user, or open it again. Closing ends every session."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        connection.execute(update(USERS).where(USERS.c.id == user_id).values(is_active=is_active))
        if not is_active:
            drop_sessions(connection, user_id, now, None)


def record(
    services: Services, actor: Actor, action: str, user_id: UUID | None, outcome: str, reason: str | None = None
) -> None:
    """Put something of sign-in in the trail, in a short transaction of its own."""
    audit.write_apart(services.database, actor, [entry(action, user_id, outcome, reason)], services.clock.now())


def new_totp_secret() -> bytes:
    """160 bits (RFC 4226, section 4)."""
    return secrets.token_bytes(20)


def entry(action: str, user_id: UUID | None, outcome: str, reason: str | None) -> audit.Entry:
    named = str(user_id) if user_id else None
    return audit.Entry(action, None, "provider_user" if named else None, named, outcome, reason)


def _change(services: Services, user_id: UUID, **values: Any) -> None:
    with services.database.connect(write=True) as connection:
        connection.execute(update(USERS).where(USERS.c.id == user_id).values(**values))


def drop_sessions(connection: Any, user_id: UUID, now: datetime, but: UUID | None) -> None:
    """End the user's sessions at the provider and those at the portal that came from them, except `but`'s.

    An outside provider does this by back-channel logout; ours shares the portal's database and its transaction.
    """
    which = SESSIONS.c.user_id == user_id
    connection.execute(delete(SESSIONS).where(which if but is None else which & (SESSIONS.c.id != but)))
    connection.execute(
        update(TOKENS).where(TOKENS.c.user_id == user_id, TOKENS.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    codes: Any = AuthorizationCode.__table__  # a code given a moment ago must not open another session
    connection.execute(update(codes).where(codes.c.user_id == user_id, codes.c.used_at.is_(None)).values(used_at=now))
    opened = select(Identity.account_id).where(Identity.subject == str(user_id))
    theirs = PORTAL_SESSIONS.c.account_id.in_(opened)
    if but is not None:
        theirs &= PORTAL_SESSIONS.c.provider_sid.is_(None) | (PORTAL_SESSIONS.c.provider_sid != str(but))
    connection.execute(delete(PORTAL_SESSIONS).where(theirs))


def drop_session(connection: Any, session_id: UUID, now: datetime) -> None:
    """End one session at the provider, so that the browser it is in must prove anew who sits there."""
    codes: Any = AuthorizationCode.__table__
    mine = (codes.c.session_id == session_id, codes.c.used_at.is_(None))
    connection.execute(update(codes).where(*mine).values(used_at=now))
    connection.execute(delete(SESSIONS).where(SESSIONS.c.id == session_id))


def purge_used(services: Services) -> None:
    """Forget codes, tokens and links thirty days after their end (security.md E7)."""
    before = services.clock.now() - KEEP_USED
    with services.database.connect(write=True) as connection:
        for model in (OAuthToken, AuthorizationCode, PasswordReset):
            connection.execute(delete(model).where(model.expires_at < before))
        connection.execute(delete(SigningKey).where(SigningKey.retired_at.is_not(None), SigningKey.retired_at < before))
