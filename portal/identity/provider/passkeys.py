"""Passkeys (WebAuthn Level 2): making one, and signing in with one. User verification makes a passkey two factors."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import delete, func, insert, select, update
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.identity.provider.service import FACTOR, SIGN_IN, USERS, User, drop_sessions, entry, find_user, record
from portal.infra.ids import new_id
from portal.infra.settings import Settings
from portal.models import Passkey
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.outbox import add as enqueue
from portal.work.services import Services

PASSKEYS: Any = Passkey.__table__
MOST = 10


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey as its owner sees it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


def relying_party(settings: Settings) -> str | None:
    """The host passkeys are bound to; None where browsers allow none: on a bare IP address, or over plain http."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if settings.is_https or host == "localhost" else None
    return None


def are_possible(settings: Settings) -> bool:
    """Whether this portal's address allows passkeys."""
    return relying_party(settings) is not None


def list_passkeys(services: Services, user_id: UUID) -> list[Known]:
    """The user's passkeys, the oldest first."""
    statement = select(PASSKEYS).where(PASSKEYS.c.user_id == user_id).order_by(PASSKEYS.c.created_at, PASSKEYS.c.id)
    with services.database.connect() as connection:
        return [Known(row.id, row.name, row.created_at, row.used_at) for row in connection.execute(statement)]


def creation_options(services: Services, user: User) -> tuple[dict[str, Any], bytes]:
    """What the browser needs to make a passkey, and the challenge to remember."""
    statement = select(PASSKEYS.c.credential_id).where(PASSKEYS.c.user_id == user.id)
    with services.database.connect() as connection:
        known = connection.execute(statement).scalars().all()
    options = webauthn.generate_registration_options(
        rp_id=relying_party(services.settings) or "",
        rp_name=services.settings.clinic_name,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def add_passkey(
    services: Services, actor: Actor, user: User, name: str, credential: dict[str, Any], challenge: bytes
) -> bool:
    """Keep the passkey the browser made for `challenge`; False when the answer does not hold."""
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(services.settings) or "",
            expected_origin=services.settings.base_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        held = connection.execute(select(func.count()).where(PASSKEYS.c.user_id == user.id)).scalar_one()
        taken = connection.execute(select(PASSKEYS.c.id).where(PASSKEYS.c.credential_id == made.credential_id)).first()
        if held >= MOST or taken:
            return False
        connection.execute(
            insert(PASSKEYS).values(
                id=new_id(),
                user_id=user.id,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                name=name[:80],
                created_at=now,
            )
        )
        connection.execute(update(USERS).where(USERS.c.id == user.id).values(factor_offered_at=now))
        audit.write(connection, actor, [entry(FACTOR, user.id, "done", "passkey-added")], now)
        enqueue(connection, "identity.tell_security_changed", user.id, at=now, now=now)
    return True


def remove_passkey(services: Services, actor: Actor, user: User, passkey_id: UUID, *, but_session: UUID) -> bool:
    """Forget one of the user's passkeys; other sessions of the user end. False when there is none such."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        gone = connection.execute(delete(PASSKEYS).where(PASSKEYS.c.id == passkey_id, PASSKEYS.c.user_id == user.id))
        if gone.rowcount != 1:
            return False
        drop_sessions(connection, user.id, now, but_session)
        audit.write(connection, actor, [entry(FACTOR, user.id, "done", "passkey-removed")], now)
        enqueue(connection, "identity.tell_security_changed", user.id, at=now, now=now)
    return True


def request_options(services: Services) -> tuple[dict[str, Any], bytes]:
    """What the browser needs to sign in with any passkey of this site: no name is asked, so none is told."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(services.settings) or "", user_verification=UserVerificationRequirement.REQUIRED
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def user_of_passkey(
    services: Services, actor: Actor, credential: dict[str, Any], challenge: bytes
) -> tuple[User, str] | None:
    """The user whose passkey answered `challenge`, and by what method (RFC 8176); None when it does not hold."""
    try:
        raw = base64url_to_bytes(str(credential["rawId"]))
    except (KeyError, ValueError, TypeError):
        return None
    with services.database.connect() as connection:
        row = connection.execute(select(PASSKEYS).where(PASSKEYS.c.credential_id == raw)).first()
    user = find_user(services, user_id=row.user_id) if row is not None else None
    if row is None or user is None or not user.is_active or not _handle_fits(credential, user):
        record(services, actor, SIGN_IN, user.id if user else None, "failed", "passkey")
        return None
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(services.settings) or "",
            expected_origin=services.settings.base_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        record(services, actor, SIGN_IN, user.id, "failed", "passkey")
        return None
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(PASSKEYS)
            .where(PASSKEYS.c.id == row.id)
            .values(sign_count=proved.new_sign_count, used_at=services.clock.now())
        )
    is_bound = proved.credential_device_type == CredentialDeviceType.SINGLE_DEVICE
    return user, "hwk mfa" if is_bound else "swk mfa"


def _handle_fits(credential: dict[str, Any], user: User) -> bool:
    """The user handle, when the browser sends it, must be this user's (WebAuthn 7.2, step 6)."""
    handle = (
        (credential.get("response") or {}).get("userHandle") if isinstance(credential.get("response"), dict) else None
    )
    try:
        return not handle or base64url_to_bytes(str(handle)) == user.id.bytes
    except ValueError:
        return False
