"""What a unit of work stands on; made once a process and passed in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from portal.infra.clock import Clock, SystemClock
from portal.infra.crypto import KeyRing, new_key
from portal.infra.database import Database
from portal.infra.passwords import Passwords
from portal.infra.settings import Settings
from portal.models import PatientKey
from portal.work import guards


class PatientKeys:
    """Data keys of patients, unwrapped once and kept for the busiest few thousand."""

    def __init__(self, ring: KeyRing, *, most: int = 4096) -> None:
        self._ring = ring
        self._known: OrderedDict[UUID, bytes] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def known(self, patient_id: UUID) -> bytes | None:
        """The key, if it was unwrapped before; the database is not asked."""
        with self._lock:
            found = self._known.get(patient_id)
            if found is not None:
                self._known.move_to_end(patient_id)
            return found

    def get(self, session: Session, patient_id: UUID, *, create: bool = False) -> bytes:
        """The patient's key; made at the first sealed word. Raises KeyError when there is none and not `create`."""
        with self._lock:
            if patient_id in self._known:
                self._known.move_to_end(patient_id)
                return self._known[patient_id]
        table: Table = PatientKey.__table__
        wrapped = session.execute(select(table.c.wrapped).where(table.c.patient_id == patient_id)).scalar()
        if wrapped is None:
            if not create:
                raise KeyError("patient-key")
            key = new_key()
            wrapped = self._ring.wrap(key, f"patient_key:{patient_id}")
            # Not remembered until somebody reads it back: this transaction may still be rolled back.
            session.execute(
                insert(table),
                {"patient_id": patient_id, "wrapped": wrapped, "created_at": session.info["now"]},
            )
            session.info.setdefault("new_keys", {})[patient_id] = key
            return key
        key = self._ring.unwrap(wrapped, f"patient_key:{patient_id}")
        with self._lock:
            self._known[patient_id] = key
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return key

    def warm(self, session: Session, patient_ids: Iterable[UUID]) -> None:
        """Read the keys of many patients at once, for a list that opens a word of each."""
        with self._lock:
            missing = {patient_id for patient_id in patient_ids if patient_id not in self._known}
        if not missing:
            return
        table: Table = PatientKey.__table__
        found = session.execute(select(table).where(table.c.patient_id.in_(missing))).all()
        opened = {row.patient_id: self._ring.unwrap(row.wrapped, f"patient_key:{row.patient_id}") for row in found}
        with self._lock:
            self._known.update(opened)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


@dataclass
class Services:
    """Settings, database, clock, keys and hashing: the ground a unit of work stands on."""

    settings: Settings
    database: Database
    ring: KeyRing
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.patient_keys = PatientKeys(self.ring)
        self.passwords = Passwords(self.settings.argon2_memory_kib, self.settings.argon2_time)
        guards.watch(self.database)

    def rewrap_keys(self) -> int:
        """Wrap every patient's key with the current master key. Returns how many there are."""
        table: Table = PatientKey.__table__
        with self.database.connect(write=True) as connection:
            found = connection.execute(select(table.c.patient_id, table.c.wrapped)).all()
            for patient_id, wrapped in found:
                bound_to = f"patient_key:{patient_id}"
                again = self.ring.wrap(self.ring.unwrap(wrapped, bound_to), bound_to)
                connection.execute(update(table).where(table.c.patient_id == patient_id).values(wrapped=again))
        return len(found)

    @classmethod
    def build(cls, settings: Settings, clock: Clock | None = None) -> Services:
        """Open the database and the keys. Raises `Misconfigured`."""
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring = KeyRing.open(settings.keys_path, create=not settings.is_production)
        return cls(settings, Database(settings.database, queue=settings.queue), ring, clock or SystemClock())
