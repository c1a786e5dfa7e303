"""Keys the provider signs with: ES256, wrapped by the master key, two live during a rotation (RFC 7517, RFC 7518)."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey, KeySet
from sqlalchemy import insert, select, update

from portal.infra.crypto import KeyRing
from portal.infra.database import Database
from portal.models import SigningKey
from portal.work.services import Services

ALGORITHM = "ES256"
STILL_VERIFIES = timedelta(days=1)  # longer than any token lives, and than discovery is cached
RELOAD_AFTER = timedelta(minutes=5)
TABLE: Any = SigningKey.__table__


class SigningKeys:
    """The key in use and those that still verify, read from the database at most every five minutes a process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._keys: list[ECKey] = []
        self._read_at: datetime | None = None

    def current(self) -> ECKey:
        """The newest key: new tokens are signed with it. Makes the first one."""
        return self._all()[0]

    def all(self) -> KeySet:
        """Every key whose signatures are still believed."""
        return KeySet(self._all())  # type: ignore[arg-type]

    def public(self) -> dict[str, Any]:
        """The JSON Web Key Set for the world: public parts only."""
        return self.all().as_dict(private=False)

    def _all(self) -> list[ECKey]:
        now = self._services.clock.now()
        with self._lock:
            if not self._keys or self._read_at is None or now - self._read_at > RELOAD_AFTER:
                found = _read(self._services.database, self._services.ring, now)
                self._keys = found or [rotate_signing_key(self._services)]
                self._read_at = now
            return self._keys


def _read(database: Database, ring: KeyRing, now: datetime) -> list[ECKey]:
    statement = (
        select(TABLE)
        .where(TABLE.c.retired_at.is_(None) | (TABLE.c.retired_at > now - STILL_VERIFIES))
        .order_by(TABLE.c.retired_at.is_not(None), TABLE.c.created_at.desc(), TABLE.c.kid)
    )
    with database.connect() as connection:
        rows = connection.execute(statement).all()
    return [ECKey.import_key(json.loads(ring.unwrap(row.private_jwk, f"signing_key:{row.kid}"))) for row in rows]


def rotate_signing_key(services: Services) -> ECKey:
    """Make a new signing key. The one before verifies for another day, then it is forgotten."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    kid, now = str(key.kid), services.clock.now()
    wrapped = services.ring.wrap(json.dumps(key.as_dict(private=True)).encode(), f"signing_key:{kid}")
    with services.database.connect(write=True) as connection:
        connection.execute(update(TABLE).where(TABLE.c.retired_at.is_(None)).values(retired_at=now))
        row = SigningKey(kid=kid, private_jwk=wrapped, created_at=now)
        connection.execute(
            insert(TABLE).values(id=row.id, kid=kid, private_jwk=wrapped, created_at=now, retired_at=None)
        )
    return key


def rewrap_signing_keys(services: Services, ring: KeyRing) -> int:
    """Wrap the stored keys with the current master key of `ring`. Returns how many."""
    with services.database.connect(write=True) as connection:
        rows = connection.execute(select(TABLE.c.id, TABLE.c.kid, TABLE.c.private_jwk)).all()
        for row in rows:
            place = f"signing_key:{row.kid}"
            again = ring.wrap(ring.unwrap(row.private_jwk, place), place)
            connection.execute(update(TABLE).where(TABLE.c.id == row.id).values(private_jwk=again))
    return len(rows)
