"""The trail is append-only, sealed, and tells when somebody was at it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from portal.models import AuditEvent, AuditSeal
from portal.policy.actors import Actor
from portal.work import audit

KEY = b"k" * 32


def write(services, count):
    entries = [audit.Entry("people:person:read", None, object_id=str(n)) for n in range(count)]
    audit.write_apart(services.database, Actor.nobody(), entries, services.clock.now())


def verdict(services, key=KEY):
    with services.database.connect() as connection:
        return audit.verify(connection, key)


@pytest.mark.parametrize("statement", [update(AuditEvent).values(outcome="done"), delete(AuditEvent)])
def test_the_database_refuses_to_change_or_delete_an_event(services, statement):
    write(services, 1)
    with pytest.raises(DBAPIError, match="append-only"), services.database.engine.begin() as connection:
        connection.execute(statement)


def test_a_whole_trail_verifies_and_sealing_twice_adds_nothing(services):
    write(services, 7)
    assert audit.seal(services.database, KEY, services.clock.now()) == 7
    write(services, 2)
    assert audit.seal(services.database, KEY, services.clock.now()) == 2
    assert audit.seal(services.database, KEY, services.clock.now()) == 0
    assert verdict(services) == []


def tamper(services, *statements):
    """Change the trail as somebody with the database in their hands could."""
    with services.database.engine.begin() as connection:
        if services.database.is_sqlite:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("audit_event", "audit_seal"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(statement)
        if not services.database.is_sqlite:
            for table in ("audit_event", "audit_seal"):
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


FIRST = select(AuditEvent.id).order_by(AuditEvent.id).limit(1).scalar_subquery()
LAST = select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1).scalar_subquery()


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEvent).where(AuditEvent.id == FIRST).values(outcome="failed"),
        delete(AuditEvent).where(AuditEvent.id == FIRST),
        delete(AuditEvent).where(AuditEvent.id == LAST),
        delete(AuditSeal),
        update(AuditSeal).values(previous=b"x" * 32),
    ],
    ids=["changed", "first removed", "last removed", "seals removed", "chain cut"],
)
def test_a_trail_that_was_touched_does_not_verify(services, statement):
    write(services, 5)
    audit.seal(services.database, KEY, services.clock.now())
    write(services, 1)
    audit.seal(services.database, KEY, services.clock.now())
    tamper(services, statement)
    if "audit_seal" in str(statement) and statement.is_delete:
        write(services, 1)
        audit.seal(services.database, b"somebody else's key" + b"." * 13, services.clock.now())
    assert verdict(services) != []


def test_a_trail_sealed_with_another_key_does_not_verify(services):
    write(services, 3)
    audit.seal(services.database, KEY, services.clock.now())
    assert verdict(services, b"another" * 5) != []
