"""Whether this process can do its work: database, migrations, keys. No values, no names of hosts or files."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from portal.infra import schema
from portal.infra.crypto import KeyRing, Unreadable
from portal.work.services import Services


def checks(services: Services) -> dict[str, bool]:
    """What was looked at, and whether it is in order."""
    database = migrated = False
    try:
        migrated = schema.current(services.database) == schema.head()
        database = True
    except SQLAlchemyError:
        pass  # the answer is the "false" itself
    return {"database": database, "migrations": migrated, "keys": _keys_work(services.ring)}


def _keys_work(ring: KeyRing) -> bool:
    try:
        return ring.unwrap(ring.wrap(b"ready", "readyz"), "readyz") == b"ready"
    except (Unreadable, KeyError):
        return False
