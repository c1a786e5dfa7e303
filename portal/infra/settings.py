"""Every knob of the portal, typed and frozen. Passed in, never imported as a global."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from portal.infra.errors import Misconfigured

PREFIX = "PORTAL_"


class Settings(BaseSettings):
    """Read from `PORTAL_*`. `PORTAL_X_FILE` reads the value of `X` from a file (for secrets).

    `Settings.load()` reads the environment; `Settings(...)` takes values as given (tests, rehearsals).
    Raises `Misconfigured` with one readable line a problem.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    environment: Literal["production", "development", "test"] = Field("development", description="How strict to be.")
    demo: bool = Field(False, description="Build the demo clinic and its accounts. Never with real people's data.")
    base_url: str = Field("http://127.0.0.1:8000", description="The address people type; links in mail use it.")
    data_dir: Path = Field(Path("var"), description="Where the database, keys and uploads live.")
    database_url: str = Field("", description="SQLAlchemy address. Empty: SQLite in the data folder.")
    key_file: Path | None = Field(None, description="Keys, readable by the owner only. Empty: in the data folder.")
    trusted_hosts: str = Field("", description="Other host names this portal answers to, comma separated.")
    proxy_hops: int = Field(0, ge=0, le=5, description="Reverse proxies in front whose headers are believed.")
    worker: Literal["inline", "separate"] = Field("inline", description="Where jobs run: in `portal serve`, or apart.")
    queue: Literal["table", "procrastinate"] = Field("table", description="Who keeps the jobs.")
    lease_seconds: int = Field(60, ge=2, le=3600, description="How long a job stays with a worker that may have died.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much to log.")

    backup_dir: Path | None = Field(None, description="Folder that `portal backup` writes to.")
    backup_key_file: Path | None = Field(None, description="Key of the backups; keep it apart from them.")
    postgres_bin: Path | None = Field(None, description="Folder of `pg_dump` and `pg_restore`. Empty: on the path.")

    clinic_name: str = Field("Riverside Family Practice", description="Shown on every page and in mail.")
    clinic_phone: str = Field("555-0100", description="The clinic's own number.")
    nurse_line: str = Field("555-0111", description="The nurse line.")
    nurse_hours: str = Field("8 am to 5 pm, Monday to Friday", description="When the nurse line is staffed.")
    emergency_number: str = Field("911", description="The local emergency number.")
    crisis_number: str = Field("988", description="The local crisis line.")
    time_zone: str = Field("America/New_York", description="IANA zone of the practice.")
    languages: str = Field("en,es", description="Languages offered, the first is the default.")

    hl7_own_facilities: str = Field("", description="Sending facilities of HL7 v2 (MSH-4) that are the clinic's own.")
    hl7_idle_seconds: int = Field(300, ge=1, le=86400, description="A silent HL7 v2 connection is closed after this.")
    hl7_tls_cert: Path | None = Field(None, description="Certificate of the HL7 v2 listener. Empty: no TLS.")
    hl7_tls_key: Path | None = Field(None, description="And its key.")
    hl7_tls_client_ca: Path | None = Field(None, description="Senders must show a certificate of this authority.")

    oidc_issuer: str = Field("", description="OpenID provider to sign in with. Empty: the built-in provider.")
    oidc_client_id: str = Field("portal", description="This portal's client id at that provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="And its secret.")
    oidc_scopes: str = Field("openid profile email", description="Scopes asked for at sign-in.")

    idle_minutes_staff: int = Field(15, ge=2, le=30, description="Idle limit of a staff session.")
    idle_minutes: int = Field(20, ge=2, le=30, description="Idle limit of a patient or caregiver session.")
    session_hours: int = Field(12, ge=1, le=24, description="Absolute limit of any session.")
    invitation_days: int = Field(14, ge=1, le=30, description="How long an invitation link works.")
    teen_age: int = Field(12, ge=10, le=17, description="From this birthday on parents see less of a child's record.")
    adult_age: int = Field(18, ge=18, le=21, description="On this birthday the access of parents ends.")
    argon2_memory_kib: int = Field(47104, ge=8, description="Argon2id memory. Production needs 19456 or more.")
    argon2_time: int = Field(1, ge=1, description="Argon2id passes.")

    mail: Literal["log", "smtp"] = Field("log", description="`smtp` sends; `log` only says that one was due.")
    mail_from: str = Field("portal@localhost", description="Sender address.")
    smtp_host: str = Field("127.0.0.1", description="Mail server.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="How the line is encrypted.")
    smtp_username: str = Field("", description="User at the mail server, if it asks.")
    smtp_password: SecretStr = Field(SecretStr(""), description="And the password.")

    sms_url: str = Field("", description="Carrier of text messages that speaks Twilio's API. Empty: no text messages.")
    sms_account: str = Field("", description="Account at the carrier.")
    sms_token: SecretStr = Field(SecretStr(""), description="And its token; the carrier signs what it reports with it.")
    sms_from: str = Field("", description="Number the texts come from, as +15551234567.")
    phone_region: str = Field("US", min_length=2, max_length=2, description="Country of numbers written without one.")

    clamav: str = Field("", description="ClamAV for attached files: `host:port` or `unix:/path`. Empty: no scanner.")

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            raise ValueError("must be an origin such as https://portal.example.org")
        return value.rstrip("/")

    @field_validator("sms_url")
    @classmethod
    def _carrier_is_encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        is_near = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and (parts.scheme not in ("https", "http") or (parts.scheme == "http" and not is_near)):
            raise ValueError("must be an https address such as https://api.twilio.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _texts_are_whole(self) -> Self:
        if self.sms_url and not (self.sms_account and self.sms_token.get_secret_value() and self.sms_from):
            raise ValueError("PORTAL_SMS_URL needs PORTAL_SMS_ACCOUNT, PORTAL_SMS_TOKEN and PORTAL_SMS_FROM")
        return self

    @model_validator(mode="after")
    def _queue_has_its_database(self) -> Self:
        if self.queue == "procrastinate" and not self.database.startswith("postgresql"):
            raise ValueError("PORTAL_QUEUE=procrastinate needs PostgreSQL (PORTAL_DATABASE_URL)")
        return self

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("must be an IANA zone such as America/New_York") from error
        return value

    @classmethod
    def load(cls) -> Self:
        """Settings from the environment. An unknown `PORTAL_…` name stops the start: it is a typing error."""
        known = {PREFIX + name.upper() for name in cls.model_fields}
        given = {name for name in os.environ if name.startswith(PREFIX)}
        unknown = sorted(n for n in given if n not in known and n.removesuffix("_FILE") not in known)
        if unknown:
            raise Misconfigured("\n".join(f"{name} is not a setting of this portal" for name in unknown))
        from_files = {}
        for name in given - known:
            try:
                content = Path(os.environ[name]).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise Misconfigured(f"{name}: can't read that file ({error.strerror})") from error
            from_files[name.removesuffix("_FILE").removeprefix(PREFIX).lower()] = content
        try:
            return cls(**from_files)  # type: ignore[arg-type]
        except ValidationError as error:
            lines = [
                f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" if e["loc"] else e["msg"] for e in error.errors()
            ]
            raise Misconfigured("\n".join(lines)) from None

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        """The SQLAlchemy address in use."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'portal.sqlite3'}"

    @property
    def keys_path(self) -> Path:
        return self.key_file or self.data_dir / "keys.json"

    @property
    def language_codes(self) -> list[str]:
        return [code.strip() for code in self.languages.split(",") if code.strip()]

    @property
    def hosts(self) -> list[str]:
        """Host names this portal answers to; anything else is refused."""
        own = urlsplit(self.base_url).hostname or "127.0.0.1"
        local = [] if self.is_production else ["127.0.0.1", "localhost", "[::1]"]
        return [own, *local, *(h.strip() for h in self.trusted_hosts.split(",") if h.strip())]

    @property
    def issuer(self) -> str:
        """The OpenID provider's issuer: an outside one, or our own under `/idp`."""
        return self.oidc_issuer.rstrip("/") or f"{self.base_url}/idp"

    @property
    def identity_issuer(self) -> str:
        """What accounts are keyed by. Our own provider is "self": the portal's address may change, its people stay."""
        return "self" if self.uses_own_provider else self.issuer

    @property
    def uses_own_provider(self) -> bool:
        return not self.oidc_issuer
