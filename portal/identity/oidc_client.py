"""The portal as OpenID Connect client: code flow with PKCE, against any issuer, by discovery.

OpenID Connect Core 1.0, RFC 7636 (S256), RFC 9207 (`iss` in the answer), RFC 9700. The built-in provider is a stranger
to this module, as any other issuer is.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, request, session
from joserfc.errors import JoseError
from requests import RequestException
from requests.adapters import BaseAdapter

from portal.infra.clock import Clock
from portal.infra.crypto import KeyRing
from portal.infra.errors import PortalError, Unavailable
from portal.infra.settings import Settings

CALLBACK = "/sign-in/callback"
SIGNED_OUT = "/signed-out"
TIMEOUT = 5
DISCOVERY_LASTS = timedelta(hours=1)
MOST_ATTEMPTS = 4  # pages of sign-in one browser may have open at once
ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})


class SignInFailed(PortalError):
    """The provider's answer can't be used. `code` says why: stale, denied, refused or not-fresh."""

    status, code = 400, "refused"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a checked answer of the provider proves."""

    issuer: str
    subject: str
    methods: str
    authenticated_at: datetime | None
    session_id: str | None
    id_token: str
    next_path: str | None
    is_step_up: bool


class _Session(OAuth2Session):
    """A connection to the provider; `transport` answers for the provider's own address, if given."""

    def __init__(self, *args: Any, transport: tuple[str, BaseAdapter] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if transport:
            self.mount(*transport)


class _PinnedApp(FlaskOAuth2App):
    """Authlib's client with what it leaves open closed: unsigned tokens, other issuers, discovery kept for ever."""

    client_cls = _Session
    clock: Clock
    read_at: datetime | None = None

    def load_server_metadata(self) -> dict[str, Any]:
        """The provider's discovery document, at most an hour old. Raises `OAuthError` for another issuer's."""
        known, now = self.server_metadata, self.clock.now()
        if self.read_at is None or now - self.read_at > DISCOVERY_LASTS:
            known.pop("_loaded_at", None)
            known.pop("jwks", None)
            self.read_at = now
        metadata: dict[str, Any] = super().load_server_metadata()
        if metadata.get("issuer") != metadata["expected_issuer"]:
            self.read_at = None
            raise OAuthError("issuer_mismatch")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in ALGORITHMS]
        return metadata


class _PinnedOAuth(OAuth):
    oauth2_client_cls = _PinnedApp


def own_client_secret(ring: KeyRing) -> str:
    """The secret this portal shares with its built-in provider; both derive it from the key ring."""
    return base64.urlsafe_b64encode(ring.derive("oidc-client")).rstrip(b"=").decode()


class SignInClient:
    """Starts sign-ins, checks what comes back, and says where to sign out."""

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        ring: KeyRing,
        clock: Clock,
        transport: BaseAdapter | None = None,
    ) -> None:
        """`transport` carries the calls to the issuer in place of the network."""
        self.settings = settings
        secret = (
            own_client_secret(ring) if settings.uses_own_provider else settings.oidc_client_secret.get_secret_value()
        )
        kwargs: dict[str, Any] = {
            "scope": settings.oidc_scopes,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        }
        if transport:
            kwargs["transport"] = (settings.issuer + "/", transport)
        oauth: Any = _PinnedOAuth(app)
        self._remote: Any = oauth.register(
            "portal",
            client_id=settings.oidc_client_id,
            client_secret=secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            expected_issuer=settings.issuer,
            client_kwargs=kwargs,
        )
        self._remote.clock = clock

    def begin(self, *, next_path: str | None, again: bool, language: str, max_age: int, **more: str) -> str:
        """The provider's address to send the browser to. State, nonce and PKCE are fresh and stay in its session.

        `again` asks for a new proof even if the person is signed in there. Raises `Unavailable`, `SignInFailed`.
        """
        self._drop_old_attempts()
        if again:
            more["prompt"] = "login"
        redirect_uri = self.settings.base_url + CALLBACK
        made = self._ask(
            lambda: self._remote.create_authorization_url(redirect_uri, max_age=max_age, ui_locales=language, **more)
        )
        self._remote.save_authorize_data(redirect_uri=redirect_uri, next_path=next_path, again=again, **made)
        return str(made["url"])

    def finish(self) -> Proof:
        """Check the answer in the current request, once. Raises `SignInFailed`, `Unavailable`."""
        state = request.args.get("state", "")
        attempt = self._remote.framework.get_state_data(session, state) if state else None
        if attempt is None:
            raise SignInFailed("stale")
        metadata = self._ask(self._remote.load_server_metadata)
        self._check_sender(metadata)
        if error := request.args.get("error"):
            self._remote.framework.clear_state_data(session, state)
            raise SignInFailed("denied" if error == "access_denied" else "refused")
        token = self._ask(lambda: self._remote.authorize_access_token(claims_options=self._claims()))
        claims = token.get("userinfo")
        if not claims or not claims.get("sub"):
            raise SignInFailed("refused")
        return Proof(
            issuer=self.settings.identity_issuer,
            subject=str(claims["sub"]),
            methods=" ".join(str(m) for m in claims.get("amr") or [])[:60],
            authenticated_at=_instant(claims.get("auth_time")),
            session_id=claims.get("sid"),
            id_token=token["id_token"],
            next_path=attempt.get("next_path"),
            is_step_up=bool(attempt.get("again")),
        )

    def sign_out_url(self, id_token: str | None) -> str | None:
        """Where the provider ends its own session (RP-Initiated Logout 1.0); None if it has no such place."""
        try:
            if not id_token or not self._ask(self._remote.load_server_metadata).get("end_session_endpoint"):
                return None
            back = self.settings.base_url + SIGNED_OUT
            return str(self._remote.create_logout_url(back, id_token_hint=id_token)["url"])
        except (Unavailable, SignInFailed):
            return None

    def _claims(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.oidc_client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }

    def _check_sender(self, metadata: dict[str, Any]) -> None:
        """RFC 9207: an answer that names another issuer, or should name one and does not, is a mix-up."""
        named = request.args.get("iss")
        if named != self.settings.issuer and (named or metadata.get("authorization_response_iss_parameter_supported")):
            raise SignInFailed("refused")

    def _ask(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except RequestException as error:
            raise Unavailable("provider", kind=type(error).__name__) from error
        except (OAuthError, JoseError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise SignInFailed("refused", kind=type(error).__name__) from error

    def _drop_old_attempts(self) -> None:
        mark = "_state_portal_"
        attempts = sorted((key for key in session if key.startswith(mark)), key=lambda key: session[key].get("exp", 0))
        for key in attempts[: max(0, len(attempts) - MOST_ATTEMPTS + 1)]:
            session.pop(key)


def _instant(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
