"""Server-side sessions (OWASP ASVS 5.0 7.2): the cookie holds a random token, the database its SHA-256.

There are two jars: the portal's own, and the built-in OpenID provider's under `/idp`, which know nothing of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import LargeBinary, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection
from werkzeug.datastructures import CallbackDict

from portal.infra.ids import digest, new_id, new_token
from portal.models import Account, Practitioner, ProviderSession, WebSession
from portal.policy.actors import Actor
from portal.work.compiled import Compiled
from portal.work.services import Services

TOUCH_EVERY = timedelta(minutes=1)
BACKGROUND = "X-Portal-Background"  # autosave and polls say so, and do not keep a session alive (security.md C2)


class PortalSession(CallbackDict[str, Any], SessionMixin):
    """Flask's session with its row: who is signed in, since when, by what."""

    def __init__(self, row: Any = None, token: str | None = None) -> None:
        def changed(session: Any) -> None:
            session.modified = True

        super().__init__(dict(row.data) if row else None, changed)
        self.row = row
        self.token = token
        self.new = row is None
        self.modified = False
        self.accessed = True
        self.has_expired = False
        self.must_rotate = False
        self.is_over = False
        self.columns: dict[str, Any] = {}

    def rotate(self, **columns: Any) -> None:
        """Give the session a new token and set `columns` of its row: at sign-in, step-up and role change."""
        self.must_rotate = self.modified = True
        self.columns.update(columns)

    def end(self) -> None:
        """Forget the session here and in the database."""
        self.clear()
        self.is_over = True


@dataclass(frozen=True)
class Jar:
    """One cookie and the table behind it."""

    name: str
    path: str
    table: Any
    select: Any


_web = WebSession.__table__
_provider = ProviderSession.__table__
PORTAL = Jar(
    "session",
    "/",
    _web,
    select(
        _web,
        Account.display_name,
        Account.language,
        Account.time_zone,
        Account.person_id,
        Account.practitioner_id,
        Account.is_admin,
        Account.is_active,
        Practitioner.role,
    ).select_from(_web.outerjoin(Account.__table__).outerjoin(Practitioner.__table__)),
)
PROVIDER = Jar("idp", "/idp", _provider, select(_provider))


class DatabaseSessions(SessionInterface):
    """Opens, checks, touches, rotates and ends sessions."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._lookups: dict[str, Compiled] = {}

    def jar(self, path: str) -> Jar:
        return PROVIDER if path.startswith("/idp/") else PORTAL

    def cookie(self, jar: Jar) -> str:
        """`__Host-` pins the cookie to this host over https (RFC 6265bis); it can't be used with a path or http."""
        return f"__Host-{jar.name}" if self.services.settings.is_https else jar.name

    def open_session(self, app: Flask, request: Request) -> PortalSession:
        jar = self.jar(request.path)
        token = request.cookies.get(self.cookie(jar))
        if not token or len(token) > 64:
            return PortalSession()
        with self.services.database.connect() as connection:
            row = self._lookup(jar, connection).run(connection, {"wanted": digest(token)}).first()
        if row is None:  # it was ended elsewhere, or purged after its time
            gone = PortalSession()
            gone.has_expired = True
            return gone
        session = PortalSession(row, token)
        if self._has_ended(row):
            expired = PortalSession()
            expired.has_expired = True
            with self.services.database.connect(write=True) as connection:
                connection.execute(delete(jar.table).where(jar.table.c.id == row.id))
            return expired
        return session

    def _lookup(self, jar: Jar, connection: Connection) -> Compiled:
        """The statement that finds a session by its token, put together once: every request asks it."""
        found = self._lookups.get(jar.name)
        if found is None:
            statement = jar.select.where(
                jar.table.c.token_hash == bindparam("wanted", type_=LargeBinary(), required=False)
            )
            found = self._lookups[jar.name] = Compiled(statement, connection.dialect, frozenset({"wanted"}))
        return found

    def idle_limit(self, row: Any) -> timedelta:
        settings = self.services.settings
        is_staff = getattr(row, "practitioner_id", None) is not None or getattr(row, "is_admin", False)
        return timedelta(minutes=settings.idle_minutes_staff if is_staff else settings.idle_minutes)

    def _has_ended(self, row: Any) -> bool:
        now = self.services.clock.now()
        too_old = now - row.created_at >= timedelta(hours=self.services.settings.session_hours)
        closed = getattr(row, "account_id", None) is not None and not row.is_active
        return too_old or closed or now - row.seen_at >= self.idle_limit(row)

    def save_session(self, app: Flask, session: PortalSession, response: Response) -> None:  # type: ignore[override]
        from flask import request

        jar = self.jar(request.path)
        if session.is_over:
            self._end(jar, session, response)
            return
        if session.modified and (session.row is not None or len(session) or session.must_rotate):
            self._store(jar, session, request, response)
        elif session.row is not None and BACKGROUND not in request.headers:
            now = self.services.clock.now()
            if now - session.row.seen_at > TOUCH_EVERY:
                with self.services.database.connect(write=True) as connection:
                    connection.execute(update(jar.table).where(jar.table.c.id == session.row.id).values(seen_at=now))

    def _store(self, jar: Jar, session: PortalSession, request: Request, response: Response) -> None:
        now = self.services.clock.now()
        values: dict[str, Any] = {"data": dict(session), "seen_at": now, **session.columns}
        if session.row is not None and BACKGROUND in request.headers:
            values.pop("seen_at")
        with self.services.database.connect(write=True) as connection:
            if session.row is None or session.must_rotate:
                session.token = new_token()
                values["token_hash"] = digest(session.token)
            if session.row is None:
                extra = {"browser": browser_of(request), "address": address_of(request)} if jar is PORTAL else {}
                values = {"id": new_id(), "created_at": now, "methods": "", **extra, **values}
                connection.execute(insert(jar.table).values(**values))
            else:
                if session.must_rotate:
                    values["created_at"] = now
                connection.execute(update(jar.table).where(jar.table.c.id == session.row.id).values(**values))
        if session.row is None or session.must_rotate:
            response.set_cookie(
                self.cookie(jar),
                session.token or "",
                httponly=True,
                secure=self.services.settings.is_https,
                samesite="Lax",
                path="/",
            )

    def _end(self, jar: Jar, session: PortalSession, response: Response) -> None:
        if session.row is not None:
            with self.services.database.connect(write=True) as connection:
                connection.execute(delete(jar.table).where(jar.table.c.id == session.row.id))
        response.delete_cookie(
            self.cookie(jar), path="/", secure=self.services.settings.is_https, httponly=True, samesite="Lax"
        )


def browser_of(request: Request) -> str:
    """Browser and system in two words, for "your sessions"; the full user agent is not kept."""
    agent = request.user_agent.string
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "Safari" if "Safari/" in agent else "")
    system = next((name for mark, name in systems if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


def address_of(request: Request) -> str:
    return (request.remote_addr or "")[:64]


def actor_of(session: PortalSession, request_id: str, address: str) -> Actor:
    """The actor of a browser request."""
    row = session.row
    if row is None or getattr(row, "account_id", None) is None:
        return Actor.nobody(request_id=request_id, address=address)
    kind = "staff" if row.practitioner_id else "admin" if row.is_admin else "patient" if row.person_id else "caregiver"
    return Actor(
        kind=kind,
        account_id=row.account_id,
        person_id=row.person_id,
        practitioner_id=row.practitioner_id,
        role=row.role,
        is_admin=row.is_admin,
        name=row.display_name,
        language=row.language,
        time_zone=row.time_zone,
        session_id=row.id,
        session_mark=row.token_hash[:8].hex(),
        signed_in_at=row.signed_in_at,
        factor_at=row.factor_at,
        request_id=request_id,
        address=address,
    )


def signed_in_columns(account_id: UUID, now: datetime, methods: str, provider_sid: str | None = None) -> dict[str, Any]:
    """What `PortalSession.rotate` sets when somebody has signed in."""
    strong = any(method in methods.split() for method in ("otp", "hwk", "swk", "mfa"))
    return {
        "account_id": account_id,
        "signed_in_at": now,
        "factor_at": now if strong else None,
        "methods": methods,
        "provider_sid": provider_sid,
    }
