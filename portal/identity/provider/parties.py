"""Who takes part in the protocol, as Authlib asks about them: clients, visits, codes, tokens."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core.models import AuthorizationCodeMixin

from portal.identity.provider.keys import ALGORITHM
from portal.identity.provider.service import User, find_user
from portal.infra.ids import digest
from portal.work.services import Services

TOKEN_LASTS = 900
WITH_FACTOR = "https://refeds.org/profile/mfa"
WITHOUT_FACTOR = "https://refeds.org/profile/sfa"


@dataclass(frozen=True)
class Client(ClientMixin):
    """A registered client, as Authlib asks about it."""

    client_id: str
    secret_hash: bytes
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scope: str
    id_token_signed_response_alg: str = ALGORITHM

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": list(self.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> Any:
        """There is none: every request names its own."""

    def get_allowed_scope(self, scope: Any) -> str:
        allowed = self.scope.split()
        return " ".join(name for name in (scope or "").split() if name in allowed)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Visit:
    """Who is signed in at the provider, since when and by what."""

    user: User
    session_id: UUID
    authenticated_at: datetime
    methods: str

    @property
    def id(self) -> UUID:
        return self.user.id

    def get_user_id(self) -> str:
        return str(self.user.id)


class Code(AuthorizationCodeMixin):
    """A redeemed code."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.code_challenge = row.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return str(self.row.redirect_uri)

    def get_scope(self) -> str:
        return str(self.row.scope)

    def get_nonce(self) -> str | None:
        return self.row.nonce

    def get_auth_time(self) -> int:
        return int(self.row.authenticated_at.timestamp())

    def get_amr(self) -> list[str]:
        return str(self.row.methods).split()

    def get_acr(self) -> str:
        return WITH_FACTOR if "mfa" in self.get_amr() else WITHOUT_FACTOR


class Token(TokenMixin):
    """An access token in use."""

    def __init__(self, services: Services, row: Any, client: Client | None) -> None:
        self.services, self.row, self.client, self.scope = services, row, client, row.scope

    def check_client(self, client: Client) -> bool:
        return bool(self.row.client_id == client.client_id)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_expires_in(self) -> int:
        return TOKEN_LASTS

    def is_expired(self) -> bool:
        return bool(self.row.expires_at <= self.services.clock.now())

    def is_revoked(self) -> bool:
        return self.row.revoked_at is not None

    def get_user(self) -> User | None:
        return find_user(self.services, user_id=self.row.user_id)

    def get_client(self) -> Any:
        return self.client


def visit_of(row: Any, find: Callable[[UUID], User | None]) -> Visit | None:
    """The visit behind a provider session's row, if somebody open is signed in."""
    if row is None or row.user_id is None or row.authenticated_at is None:
        return None
    user = find(row.user_id)
    if user is None or not user.is_active:
        return None
    return Visit(user, row.id, row.authenticated_at.astimezone(UTC), row.methods)
