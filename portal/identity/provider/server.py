"""The OpenID provider itself, on Authlib: code flow only, PKCE by S256 from everybody, codes of one use.

OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; RFC 6749 with RFC 9700, RFC 7636, RFC 7009, RFC 9207.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode, UserInfo, UserInfoEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask
from joserfc.jwk import KeySet
from sqlalchemy import insert, select, update

from portal.identity.provider.keys import ALGORITHM, SigningKeys
from portal.identity.provider.parties import TOKEN_LASTS, WITH_FACTOR, WITHOUT_FACTOR, Client, Code, Token, Visit
from portal.identity.provider.service import TOKENS, User, find_user
from portal.infra.ids import digest, new_id
from portal.models import AuthorizationCode, OAuthClient
from portal.work.services import Services

CODES: Any = AuthorizationCode.__table__
CODE_LASTS = timedelta(seconds=60)
ID_TOKEN_LASTS = 600
LONGEST_NONCE = 255
PORTAL_SCOPES = "openid profile email"


class Provider:
    """The provider of one application."""

    def __init__(self, app: Flask, services: Services, portal_secret: str) -> None:
        settings = services.settings
        self.services = services
        self.issuer = f"{settings.base_url}/idp"
        self.keys = SigningKeys(services)
        self._portal = Client(
            client_id="portal" if not settings.uses_own_provider else settings.oidc_client_id,
            secret_hash=digest(portal_secret),
            redirect_uris=(f"{settings.base_url}/sign-in/callback",),
            post_logout_redirect_uris=(f"{settings.base_url}/signed-out",),
            scope=PORTAL_SCOPES,
        )
        app.config.update(
            OAUTH2_SCOPES_SUPPORTED=PORTAL_SCOPES.split(), OAUTH2_TOKEN_EXPIRES_IN={"authorization_code": TOKEN_LASTS}
        )
        self.server = AuthorizationServer(app, query_client=self.client, save_token=self._save_token)
        self.server.register_grant(_code_grant(self), [_S256Only(required=True), _openid(self)(require_nonce=True)])
        self.server.register_extension(_issuer(self.issuer)())
        protector = ResourceProtector()
        protector.register_token_validator(_validator(self)())
        self.server.register_endpoint(_user_info(self)(resource_protector=protector))
        self.server.register_endpoint(_revocation(self))
        self.server.register_endpoint(_end_session(self)())

    def client(self, client_id: str) -> Client | None:
        """A registered client, or None."""
        if not client_id or not client_id.isprintable():
            return None
        if client_id == self._portal.client_id:
            return self._portal
        with self.services.database.connect() as connection:
            row = connection.execute(select(OAuthClient.__table__).where(OAuthClient.client_id == client_id)).first()
        if row is None or row.secret_hash is None:
            return None
        return Client(
            row.client_id, row.secret_hash, tuple(row.redirect_uris), tuple(row.post_logout_redirect_uris), row.scope
        )

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": PORTAL_SCOPES.split(),
            "claims_supported": [
                "sub",
                "iss",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "amr",
                "acr",
                "sid",
                "name",
                "email",
            ],
            "prompt_values_supported": ["none", "login", "create"],
            "ui_locales_supported": self.services.settings.language_codes,
            "acr_values_supported": [WITH_FACTOR, WITHOUT_FACTOR],
            "authorization_response_iss_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    # Codes and tokens --------------------------------------------------------------------------------------------

    def save_code(self, code: str, request: Any) -> None:
        """Keep a new code's hash, bound to client, address, challenge and person, for a minute."""
        visit: Visit = request.user
        data, now = request.payload.data, self.services.clock.now()
        with self.services.database.connect(write=True) as connection:
            connection.execute(
                insert(CODES).values(
                    id=new_id(),
                    code_hash=digest(code),
                    client_id=request.client.client_id,
                    user_id=visit.id,
                    session_id=visit.session_id,
                    redirect_uri=request.payload.redirect_uri,
                    scope=request.client.get_allowed_scope(request.payload.scope),
                    nonce=data.get("nonce"),
                    code_challenge=data["code_challenge"],
                    methods=visit.methods,
                    authenticated_at=visit.authenticated_at,
                    expires_at=now + CODE_LASTS,
                )
            )

    def redeem_code(self, code: str, client: Client) -> Code | None:
        """The code, if it is this client's and fresh; one statement marks it used, so that it works once.

        A second use means that two hold it: every token it gave is revoked (RFC 6749, 4.1.2).
        """
        now = self.services.clock.now()
        mine = (CODES.c.code_hash == digest(code)) & (CODES.c.client_id == client.client_id)
        with self.services.database.connect(write=True) as connection:
            row = connection.execute(
                update(CODES)
                .where(mine, CODES.c.used_at.is_(None), CODES.c.expires_at > now)
                .values(used_at=now)
                .returning(*CODES.c)
            ).first()
            if row is None:
                used = connection.execute(select(CODES.c.id).where(mine, CODES.c.used_at.is_not(None))).first()
                if used is not None:
                    connection.execute(
                        update(TOKENS)
                        .where(TOKENS.c.family_id == used.id, TOKENS.c.revoked_at.is_(None))
                        .values(revoked_at=now)
                    )
        return Code(row) if row is not None else None

    def has_nonce(self, nonce: str, client_id: str) -> bool:
        """Whether the nonce was used with a code that still counts."""
        if not nonce.isprintable() or not (client_id or "").isprintable():
            return False  # never stored: such a request is refused
        with self.services.database.connect() as connection:
            found = connection.execute(
                select(CODES.c.id).where(
                    CODES.c.nonce == nonce,
                    CODES.c.client_id == client_id,
                    CODES.c.expires_at > self.services.clock.now(),
                )
            ).first()
        return found is not None

    def _save_token(self, token: dict[str, Any], request: Any) -> None:
        row, now = request.authorization_code.row, self.services.clock.now()
        with self.services.database.connect(write=True) as connection:
            connection.execute(
                insert(TOKENS).values(
                    id=new_id(),
                    access_hash=digest(token["access_token"]),
                    family_id=row.id,
                    client_id=row.client_id,
                    user_id=row.user_id,
                    code_id=row.id,
                    scope=row.scope,
                    issued_at=now,
                    expires_at=now + timedelta(seconds=TOKEN_LASTS),
                )
            )

    def token(self, text: str) -> Token | None:
        """The access token with that text."""
        with self.services.database.connect() as connection:
            row = connection.execute(select(TOKENS).where(TOKENS.c.access_hash == digest(text))).first()
        return Token(self.services, row, self.client(row.client_id)) if row is not None else None

    def revoke(self, token: Token) -> None:
        """The token and its family end."""
        with self.services.database.connect(write=True) as connection:
            connection.execute(
                update(TOKENS)
                .where(TOKENS.c.family_id == token.row.family_id, TOKENS.c.revoked_at.is_(None))
                .values(revoked_at=self.services.clock.now())
            )


class _S256Only(CodeChallenge):
    """PKCE is required from every client and only as S256; Authlib lets confidential clients go without."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required", redirect_uri=redirect_uri)
        if len(data.get("nonce") or "") > LONGEST_NONCE or not (data.get("nonce") or "").isprintable():
            raise InvalidRequestError("The nonce is no short text", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


def _code_grant(provider: Provider) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code: str, request: Any) -> None:
            provider.save_code(code, request)

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return provider.redeem_code(code, client)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            """It was marked used when it was read; it stays, so that a second use is noticed."""

        def authenticate_user(self, authorization_code: Code) -> User | None:
            user = find_user(provider.services, user_id=authorization_code.row.user_id)
            return user if user and user.is_active else None

    return CodeGrant


def _openid(provider: Provider) -> type:
    class OpenID(OpenIDCode):
        DEFAULT_EXPIRES_IN = ID_TOKEN_LASTS

        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return provider.has_nonce(nonce, request.payload.client_id)

        def resolve_client_private_key(self, client: Client) -> Any:
            return provider.keys.current()

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": provider.issuer, "aud": client.client_id}

        def get_encode_header(self, client: Client) -> dict[str, Any]:
            return {"alg": ALGORITHM, "kid": provider.keys.current().kid, "typ": "JWT"}

        def get_authorization_code_claims(self, authorization_code: Any) -> dict[str, Any]:
            claims: dict[str, Any] = super().get_authorization_code_claims(authorization_code)
            return {**claims, "sid": str(authorization_code.row.session_id)}

        def generate_user_info(self, user: User, scope: str) -> UserInfo:
            """Only the subject: ID tokens travel in addresses at sign-out, and names do not belong there."""
            return UserInfo(sub=str(user.id))

    return OpenID


def _issuer(issuer: str) -> type:
    class Issuer(IssuerParameter):
        def get_issuer(self) -> str:
            return issuer

    return Issuer


def _validator(provider: Provider) -> type:
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string: str) -> Token | None:
            return provider.token(token_string)

    return Validator


def _user_info(provider: Provider) -> type:
    class UserInfoPage(UserInfoEndpoint):
        def get_issuer(self) -> str:
            return provider.issuer

        def generate_user_info(self, user: User, scope: str) -> UserInfo:
            return UserInfo(sub=str(user.id), name=user.name, email=user.email).filter(scope)

    return UserInfoPage


def _revocation(provider: Provider) -> type:
    class Revocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = ["client_secret_basic"]

        def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
            return provider.token(token_string)

        def revoke_token(self, token: Token, request: Any) -> None:
            provider.revoke(token)

    return Revocation


def _end_session(provider: Provider) -> type:
    class EndSession(EndSessionEndpoint):
        def get_server_jwks(self) -> KeySet:
            return provider.keys.all()

        def get_algorithms(self) -> list[str]:
            return [ALGORITHM]

        def end_session(self, end_session_request: Any) -> None:
            """The view ends the browser's session; nothing else hangs on it."""

    return EndSession
