"""Writes a dataset into the portal's own tables, in bulk, sealed with real keys of patients."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from benchmarks.dataset import ANCHOR, PASSWORD, Dataset, Doctor, Person, Report, Thread
from portal.infra.crypto import new_key, seal
from portal.infra.ids import digest
from portal.models import (
    Account,
    Allergy,
    Appointment,
    CareTeamMember,
    Condition,
    Identity,
    Medication,
    Message,
    Pool,
    PoolMember,
    Practitioner,
    ProviderUser,
    ReportUnread,
    RouteStep,
    ThreadUnread,
    WebSession,
)
from portal.models import Person as PersonRow
from portal.models import Report as ReportRow
from portal.models import Result as ResultRow
from portal.models import Thread as ThreadRow
from portal.models.outbox import PatientKey
from portal.work.services import Services

BATCH = 4000
EARLIER = ANCHOR - timedelta(days=4000)
Rows = Iterable[dict[str, Any]]


class Seeder:
    """Puts people, teams, conversations and results into an empty, migrated database."""

    def __init__(self, services: Services, data: Dataset) -> None:
        self.services, self.data = services, data
        self._keys: dict[UUID, bytes] = {}
        self._random = random.Random(f"throughline {data.seed} rows")

    def run(self) -> None:
        with self.services.database.connect(write=True) as connection:
            self._staff(connection)
            self._people(connection)
            self._conversations(connection)
            self._results(connection)
            self._record(connection)
        if not self.services.database.is_sqlite:
            with self.services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with self.services.database.connect(write=True) as connection:
                connection.exec_driver_sql("ANALYZE")

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _seal(self, patient: Person, place: str, row_id: UUID, text: str) -> bytes:
        return seal(self._keys[patient.id], text.encode(), f"{place}:{row_id}:{patient.id}")

    # People

    def _staff(self, connection: Connection) -> None:
        doctors = self.data.doctors
        pool = self.data.pool
        keys = ("nurse_triage", "scheduling", "billing", "records", "portal_support")
        ids = [pool, *(self._id() for _ in keys[1:])]
        put(connection, Pool, ({"id": i, "key": k, "name": k.replace("_", " ").capitalize(), "is_clinical": i == pool}
                               for i, k in zip(ids, keys, strict=True)))  # fmt: skip
        put(connection, Practitioner, ({"id": d.id, "name": d.name, "sort_name": d.name[4:], "role": d.role,
                                        "pool_id": pool, "is_active": True, "specialty": None} for d in doctors))  # fmt: skip
        put(connection, PoolMember, ({"id": self._id(), "pool_id": pool, "practitioner_id": d.id, "is_lead": False}
                                     for d in doctors if d.role == "nurse"))  # fmt: skip
        put(connection, Account, (self._account(d.account_id, d.name, practitioner=d) for d in doctors))

    def _account(
        self, account_id: UUID, name: str, person: Person | None = None, practitioner: Doctor | None = None
    ) -> dict[str, Any]:
        return {
            "id": account_id, "display_name": name, "email": f"{account_id.hex}@example.org", "language": "en",
            "time_zone": None, "person_id": person.id if person else None,
            "practitioner_id": practitioner.id if practitioner else None,
            "is_admin": False, "is_active": True, "created_at": EARLIER, "version": 1,
        }  # fmt: skip

    def _people(self, connection: Connection) -> None:
        data, ring = self.data, self.services.ring
        people = data.everybody
        for person in people:
            self._keys[person.id] = new_key()
        put(connection, PersonRow, ({
            "id": p.id, "is_patient": True, "mrn": f"{p.number:07d}", "source_key": f"Patient/{p.number}",
            "given_name": p.given, "family_name": p.family, "sort_name": f"{p.family} {p.given}".lower(),
            "birth_on": p.born, "sex": "female", "language": "en", "is_deceased": False, "version": 1,
            "pcp_id": data.doctors[p.number % 8].id,
        } for p in people))  # fmt: skip
        put(connection, PatientKey, ({
            "patient_id": p.id, "created_at": EARLIER,
            "wrapped": ring.wrap(self._keys[p.id], f"patient_key:{p.id}"),
        } for p in people))  # fmt: skip
        put(connection, Account, (self._account(p.account_id, p.name, person=p) for p in people))
        put(connection, CareTeamMember, ({
            "id": self._id(), "patient_id": p.id, "practitioner_id": data.doctors[p.number % 8].id,
            "role": "Primary care provider", "starts_at": EARLIER, "ends_at": None, "source_id": None,
        } for p in people))  # fmt: skip
        # One who signs in with a password at the built-in provider.
        hashed = self.services.passwords.hash(PASSWORD)
        user = self._id()
        put(connection, ProviderUser, [{
            "id": user, "email_key": "signs-in@example.org", "name": data.main.name, "password_hash": hashed,
            "needs_second_factor": False, "is_active": True, "created_at": EARLIER, "factor_offered_at": EARLIER,
            "password_changed_at": EARLIER,
        }])  # fmt: skip
        put(connection, Identity, [{
            "id": self._id(), "account_id": data.main.account_id, "issuer": self.services.settings.identity_issuer,
            "subject": str(user), "created_at": EARLIER,
        }])  # fmt: skip

    # Conversations

    def _conversations(self, connection: Connection) -> None:
        for threads in batched(self.data.threads(), 1000):
            put(connection, ThreadRow, map(self._thread, threads))
            put(connection, Message, (row for thread in threads for row in self._messages(thread)))
            put(connection, RouteStep, (row for thread in threads for row in self._steps(thread)))
            put(connection, ThreadUnread, ({
                "id": self._id(), "patient_id": t.person.id, "account_id": t.person.account_id, "thread_id": t.id,
                "since": t.last_at,
            } for t in threads if t.is_unread))  # fmt: skip

    def _thread(self, t: Thread) -> dict[str, Any]:
        is_open = t.state == "open"
        return {
            "id": t.id, "patient_id": t.person.id,
            "subject": self._seal(t.person, "thread.subject", t.id, t.subject),
            "preview": self._seal(t.person, "thread.preview", t.id, t.preview),
            "topic": t.topic, "urgency": "routine", "destination": f"practitioner:{t.doctor.id}", "state": t.state,
            "owner_practitioner_id": t.doctor.id, "owner_is_patient": False, "author_id": t.person.account_id,
            "author_role": "patient", "once": t.once, "scope": None, "is_hidden_from_liaison": False,
            "is_liaison_readable": True, "is_restricted_reply": False, "created_at": t.created_at,
            "last_at": t.last_at, "due_at": t.last_at + timedelta(days=3) if is_open else None,
            "answered_at": None if is_open else t.last_at, "first_answer_at": None if is_open else t.last_at,
            "message_count": len(t.messages), "version": 1,
        }  # fmt: skip

    def _messages(self, t: Thread) -> Iterator[dict[str, Any]]:
        for m in t.messages:
            author = (t.doctor.account_id, t.doctor.name) if m.is_answer else (t.person.account_id, t.person.name)
            yield {
                "id": m.id, "patient_id": t.person.id, "thread_id": t.id, "kind": "message", "author_id": author[0],
                "author_name": author[1], "author_role": "provider" if m.is_answer else "patient",
                "author_relation": None, "body": self._seal(t.person, "message.body", m.id, m.text),
                "sent_at": m.sent_at, "once": m.once,
            }  # fmt: skip

    def _steps(self, t: Thread) -> Iterator[dict[str, Any]]:
        facts = {"topic": t.topic, "destination": f"practitioner:{t.doctor.id}"}
        base = {"patient_id": t.person.id, "thread_id": t.id, "by_id": t.person.account_id, "note": None}
        none = {"to_practitioner_id": None, "reason": None, "facts": {}}
        yield {"id": self._id(), "at": t.created_at, "kind": "received", **none, **base}
        yield {
            "id": self._id(), "at": t.created_at + timedelta(microseconds=1), "kind": "routed", **base,
            "to_practitioner_id": t.doctor.id, "reason": "prescriber", "facts": facts,
        }  # fmt: skip
        if t.state == "answered":
            yield {"id": self._id(), "at": t.last_at, "kind": "answered", **none, **base}

    # The record

    def _results(self, connection: Connection) -> None:
        for reports in batched(self.data.reports(), 500):
            put(connection, ReportRow, ({
                "id": r.id, "patient_id": r.person.id, "code": r.code, "name": r.name, "category": "laboratory",
                "status": "final", "orderer_id": r.doctor.id, "effective_at": r.effective_at,
                "issued_at": r.effective_at, "released_at": r.effective_at,
                "outside_count": sum(x.flag is not None for x in r.results),
            } for r in reports))  # fmt: skip
            put(connection, ResultRow, (row for r in reports for row in self._values(r)))
            put(connection, ReportUnread, ({
                "id": self._id(), "patient_id": r.person.id, "account_id": r.person.account_id, "report_id": r.id,
                "created_at": r.effective_at,
            } for r in reports if r.is_unread))  # fmt: skip

    def _values(self, r: Report) -> Iterator[dict[str, Any]]:
        for x in r.results:
            yield {
                "id": x.id, "patient_id": r.person.id, "report_id": r.id, "code": x.code,
                "code_system": "http://loinc.org", "name": x.name, "category": "laboratory", "status": "final",
                "value": x.value, "decimals": 1, "unit": x.unit, "components": [], "low": x.low, "high": x.high,
                "flag": x.flag, "orderer_id": r.doctor.id, "effective_at": r.effective_at,
                "issued_at": r.effective_at, "released_at": r.effective_at,
            }  # fmt: skip

    def _record(self, connection: Connection) -> None:
        """What home and the desk show beside the conversations of the people with the long lists."""
        data = self.data
        for person in (*data.busy.values(), data.talker):
            common = {"patient_id": person.id, "code_system": None, "recorded_at": EARLIER, "happened_on": None}
            put(connection, Medication, ({
                "id": self._id(), **common, "code": str(n), "name": name, "status": "active", "kind": "prescribed",
                "setting": "outpatient", "sig": "1 tablet daily", "prescriber_id": data.doctors[person.number % 8].id,
                "happened": "2025-03-01",
            } for n, name in enumerate(("Lisinopril 10 MG", "Metformin 500 MG", "Atorvastatin 20 MG", "Aspirin 81 MG"))))  # fmt: skip
            put(connection, Allergy, [{
                "id": self._id(), **common, "code": "7980", "name": "Penicillin", "status": "active", "happened": "2011",
                "reaction": "Hives", "severity": "moderate",
            }])  # fmt: skip
            put(connection, Condition, ({
                "id": self._id(), **common, "code": str(n), "name": name, "status": "active", "happened": "2019-04",
                "category": "problem-list-item",
            } for n, name in enumerate(("Hypertension", "Diabetes mellitus type 2", "Hyperlipidemia"))))  # fmt: skip
            put(connection, Appointment, (self._visit(person, days) for days in (-30, 9, 40)))

    def _visit(self, person: Person, days: int) -> dict[str, Any]:
        """Visits lie around today: a home page with no visit ahead would be another page."""
        today = self.services.clock.now().replace(hour=14, minute=0, second=0, microsecond=0)
        at: datetime = today + timedelta(days=days)
        wall = at.astimezone(self.services.settings.zone).replace(tzinfo=None)
        return {
            "id": self._id(), "patient_id": person.id, "kind": "Follow-up visit", "place": "Room 4",
            "practitioner_id": self.data.doctors[person.number % 8].id, "is_video": False,
            "status": "booked" if days > 0 else "fulfilled", "local_start": wall,
            "time_zone": self.services.settings.time_zone, "starts_at": at, "minutes": 30, "version": 1,
        }  # fmt: skip


def open_sessions(services: Services, tokens: Mapping[str, UUID]) -> None:
    """Give each account a session opened now: the cookie's token, and the row with its hash, as a sign-in would."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        put(connection, WebSession, ({
            "id": UUID(bytes=digest(token)[:16], version=4), "token_hash": digest(token), "account_id": account_id,
            "data": {}, "created_at": now, "seen_at": now, "signed_in_at": now, "factor_at": now,
            "methods": "pwd otp", "browser": "", "address": "127.0.0.1", "provider_sid": None,
        } for token, account_id in tokens.items()))  # fmt: skip


def put(connection: Connection, model: Any, rows: Rows) -> None:
    """Insert rows in bulk."""
    for some in batched(rows, BATCH):
        connection.execute(insert(model.__table__), some)


def batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while some := list(islice(iterator, size)):
        yield some
