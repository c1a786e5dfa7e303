"""Second factors: authenticator apps (TOTP, RFC 6238) and recovery codes. E-mail and questions are none."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete, insert, or_, update

from portal.identity.provider import throttle
from portal.identity.provider.service import FACTOR, SIGN_IN, USERS, User, drop_sessions, entry, record
from portal.infra.ids import digest, new_id
from portal.models import Passkey, RecoveryCode
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.outbox import add as enqueue
from portal.work.services import Services

STEP = 30
CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs, without those that look like others (I, O, 0, 1)
RECOVERY: Any = RecoveryCode.__table__


def _place(user_id: UUID) -> str:
    return f"provider_user.totp_secret:{user_id}"


def base32(secret: bytes) -> str:
    """The secret as people type it when they can't scan."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, user: User, issuer: str) -> str:
    """The `otpauth:` address that authenticator apps read."""
    return pyotp.TOTP(base32(secret)).provisioning_uri(name=user.email, issuer_name=issuer)


def qr_code(uri: str) -> str:
    """The address as a picture: an SVG in a `data:` URL, black on white with its quiet zone."""
    import segno  # some megabytes that most processes never need

    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff", omitsize=False))


def matching_step(secret: bytes, code: str, at: float) -> int | None:
    """The time step whose code this is, one step early or late allowed; None when it is none."""
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp, now = pyotp.TOTP(base32(secret)), int(at) // STEP
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(totp.at(step * STEP), digits):
            return step
    return None


def _count_try(services: Services, user: User) -> None:
    """Five in five minutes, twenty an hour, fifty a day. Raises `TooMany`."""
    for window in throttle.FACTOR:
        throttle.take(services, window, str(user.id))


def _try_was_right(services: Services, user: User) -> None:
    for window in throttle.FACTOR:
        throttle.give_back(services, window, str(user.id))


def check_totp(services: Services, actor: Actor, user: User, code: str) -> bool:
    """Whether the code is right and was not used before: a step is taken once. Raises `TooMany`."""
    _count_try(services, user)
    now = services.clock.now()
    with services.database.connect() as connection:
        sealed = connection.execute(USERS.select().where(USERS.c.id == user.id)).one()
    is_right = False
    if sealed.totp_secret is not None and sealed.totp_confirmed_at is not None:
        secret = services.ring.unwrap(sealed.totp_secret, _place(user.id))
        step = matching_step(secret, code, now.timestamp())
        is_right = step is not None and _take_step(services, user.id, step)
    if not is_right:
        record(services, actor, SIGN_IN, user.id, "failed", "totp")
        return False
    _try_was_right(services, user)
    return True


def _take_step(services: Services, user_id: UUID, step: int) -> bool:
    """Mark the step used, if neither it nor a later one was (RFC 6238, 5.2)."""
    with services.database.connect(write=True) as connection:
        taken = connection.execute(
            update(USERS)
            .where(USERS.c.id == user_id, or_(USERS.c.totp_last_step.is_(None), USERS.c.totp_last_step < step))
            .values(totp_last_step=step)
        )
    return bool(taken.rowcount == 1)


def confirm_totp(services: Services, actor: Actor, user: User, secret: bytes, code: str) -> bool:
    """Set up an authenticator app, if `code` proves that it holds `secret`. Raises `TooMany`."""
    _count_try(services, user)
    now = services.clock.now()
    step = matching_step(secret, code, now.timestamp())
    if step is None:
        return False
    _try_was_right(services, user)
    sealed = services.ring.wrap(secret, _place(user.id))
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(USERS)
            .where(USERS.c.id == user.id)
            .values(totp_secret=sealed, totp_confirmed_at=now, totp_last_step=step, factor_offered_at=now)
        )
        audit.write(connection, actor, [entry(FACTOR, user.id, "done", "totp-added")], now)
        enqueue(connection, "identity.tell_security_changed", user.id, at=now, now=now)
    return True


def remove_totp(services: Services, actor: Actor, user: User, *, but_session: UUID | None) -> None:
    """Forget the authenticator app; other sessions of the user end."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(USERS)
            .where(USERS.c.id == user.id)
            .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
        )
        drop_sessions(connection, user.id, now, but_session)
        audit.write(connection, actor, [entry(FACTOR, user.id, "done", "totp-removed")], now)
        enqueue(connection, "identity.tell_security_changed", user.id, at=now, now=now)


def new_recovery_codes(services: Services, actor: Actor, user: User) -> list[str]:
    """Ten new codes of 80 bits, four groups of four; earlier ones stop working. They are shown once, stored hashed."""
    codes = ["-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(CODES)]
    now = services.clock.now()
    rows = [{"id": new_id(), "user_id": user.id, "code_hash": digest(_normal(code))} for code in codes]
    with services.database.connect(write=True) as connection:
        connection.execute(delete(RECOVERY).where(RECOVERY.c.user_id == user.id))
        connection.execute(insert(RECOVERY), rows)
        audit.write(connection, actor, [entry(FACTOR, user.id, "done", "recovery-codes-made")], now)
    return codes


def use_recovery_code(services: Services, actor: Actor, user: User, code: str) -> bool:
    """Whether it is one of the user's codes; it works once, and the user is told by mail. Raises `TooMany`."""
    _count_try(services, user)
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        used = connection.execute(
            update(RECOVERY)
            .where(
                RECOVERY.c.user_id == user.id,
                RECOVERY.c.code_hash == digest(_normal(code)),
                RECOVERY.c.used_at.is_(None),
            )
            .values(used_at=now)
        )
        if used.rowcount == 1:
            audit.write(connection, actor, [entry(FACTOR, user.id, "done", "recovery-code-used")], now)
            enqueue(connection, "identity.tell_security_changed", user.id, at=now, now=now)
    if used.rowcount != 1:
        record(services, actor, SIGN_IN, user.id, "failed", "recovery-code")
        return False
    _try_was_right(services, user)
    return True


def reset_factors(connection: Any, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Forget every second factor of a user who lost them all, in the caller's transaction; every session ends.

    An operator's act: it is in the trail, and the user is told by mail.
    """
    connection.execute(
        update(USERS).where(USERS.c.id == user_id).values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    )
    connection.execute(delete(Passkey).where(Passkey.user_id == user_id))
    connection.execute(delete(RECOVERY).where(RECOVERY.c.user_id == user_id))
    drop_sessions(connection, user_id, now, None)
    audit.write(connection, actor, [entry(FACTOR, user_id, "done", "reset")], now)
    enqueue(connection, "identity.tell_security_changed", user_id, at=now, now=now)


def _normal(code: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", code.upper())
