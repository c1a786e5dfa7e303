"""Tables of the built-in OpenID provider. The portal never reads them: it treats the provider as a stranger."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class ProviderUser(HasId, Base):
    """Somebody who can prove who they are. `id` is the OpenID subject."""

    __tablename__ = "provider_user"

    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    needs_second_factor: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    factor_offered_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]


class Passkey(HasId, Base):
    """A WebAuthn credential."""

    __tablename__ = "passkey"
    __table_args__ = (Index(None, "user_id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("provider_user.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(HasId, Base):
    """One of ten codes for when the second factor is lost. Single use."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index(None, "user_id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("provider_user.id"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None]


class ProviderSession(HasId, Base):
    """A browser's session with the provider (not with the portal)."""

    __tablename__ = "provider_session"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("provider_user.id"))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    authenticated_at: Mapped[datetime | None]
    methods: Mapped[str] = mapped_column(String(60), default="")


class OAuthClient(HasId, Base):
    """A client registered with the built-in provider."""

    __tablename__ = "oauth_client"

    client_id: Mapped[str] = mapped_column(String(80), unique=True)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    name: Mapped[str] = mapped_column(String(120))
    is_first_party: Mapped[bool] = mapped_column(default=False)
    redirect_uris: Mapped[list[Any]]
    post_logout_redirect_uris: Mapped[list[Any]]
    scope: Mapped[str] = mapped_column(String(500))


class AuthorizationCode(HasId, Base):
    """Sixty seconds, one use, bound to client, redirect address and PKCE challenge (RFC 7636)."""

    __tablename__ = "authorization_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("provider_user.id"))
    session_id: Mapped[uuid.UUID | None]
    redirect_uri: Mapped[str] = mapped_column(String(500))
    scope: Mapped[str] = mapped_column(String(500))
    nonce: Mapped[str | None] = mapped_column(String(255))
    code_challenge: Mapped[str] = mapped_column(String(128))
    methods: Mapped[str] = mapped_column(String(60))
    authenticated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OAuthToken(HasId, Base):
    """An access token and the refresh token it came with; a family falls together."""

    __tablename__ = "oauth_token"
    __table_args__ = (Index(None, "family_id"), Index(None, "user_id"))

    access_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    family_id: Mapped[uuid.UUID]
    client_id: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("provider_user.id"))
    code_id: Mapped[uuid.UUID | None]
    scope: Mapped[str] = mapped_column(String(500))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SigningKey(HasId, Base):
    """A key the provider signs with, wrapped by the master key. Two are live during a rotation."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(String(80), unique=True)
    private_jwk: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Throttle(HasId, Base):
    """Failures counted in the database, so that every process counts alike. `key` is a keyed hash, never a name."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(90), unique=True)
    failures: Mapped[int]
    window_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class PasswordReset(HasId, Base):
    """A mailed link to choose a new password: ten minutes, one use."""

    __tablename__ = "password_reset"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("provider_user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
