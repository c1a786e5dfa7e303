"""`python -m benchmarks.visits`: a month of times of 50 clinicians, worked out, shown and booked, over floors.

Each floor is the same data in the same process without the portal: hand-written SQL and plain loops, and an insert of
the same rows. Both sides run in turn in one run, so that only their ratio counts.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import g

from portal.appointments import booking, schedule
from portal.appointments.booking_pages import Wish
from portal.appointments.routes_booking import _times_page
from portal.infra.clock import FrozenClock
from portal.infra.settings import Settings
from portal.models import Base
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, actor_for, made, make_patient, make_staff
from tests.factories.schedule import make_hours, make_place, make_visit_type

CLINICIANS = 50
ROUNDS = 5
BOOKED = 40
FIRST = date(2026, 4, 1)
LAST = FIRST + timedelta(days=29)
NOW = datetime(2026, 3, 30, 15, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")


class Clinic:
    """Fifty clinicians who work every weekday from nine to five, and one patient for each booking."""

    def __init__(self, folder: Path) -> None:
        from portal.app import create_app

        self.services = Services.build(Settings(data_dir=folder, log_level="warning"), FrozenClock(NOW))
        Base.metadata.create_all(self.services.database.engine)
        self.app = create_app(self.services.settings, services=self.services)
        with made(self.services) as session:
            place, kind = make_place(session), make_visit_type(session)
            self.doctors = [make_staff(session, f"Dr. Number {n}", "pcp").id for n in range(CLINICIANS)]
            for who in self.doctors:
                make_hours(session, type("Who", (), {"id": who})(), place, opens=540, closes=1020)
            people = [make_patient(session, f"Person {n}", "Measured") for n in range(BOOKED * ROUNDS + 1)]
            self.actors: list[tuple[Actor, UUID]] = [(actor_for(session, account_of(session, p)), p.id) for p in people]
            self.place_id, self.kind_id = place.id, kind.id

    def month(self) -> list[schedule.OpenTime]:
        actor, person_id = self.actors[-1]  # who books nothing here
        with UnitOfWork.open(self.services, actor, write=False) as uow:
            kind = schedule.visit_type(uow, self.kind_id)
            assert kind is not None
            return schedule.open_times(uow, schedule.Search(kind, patient_id=person_id), FIRST, LAST)

    def pages(self) -> int:
        """The month as five pages of a week each, with the shell around them; returns how many bytes."""
        actor, person_id = self.actors[-1]
        size = 0
        for week in range(5):
            with self.app.test_request_context("/"):
                g.actor = actor
                wish = Wish(str(self.kind_id), how="in_person", start=(FIRST + timedelta(days=7 * week)).isoformat())
                with UnitOfWork.open(self.services, actor, write=False) as uow:
                    g.uow = uow
                    size += len(_times_page(uow, person_id, wish).get_data())
        return size

    def book(self, number: int, at: datetime) -> None:
        actor, person_id = self.actors[number]
        who = self.doctors[number % CLINICIANS]
        choice = booking.Choice(person_id, self.kind_id, who, self.place_id, at)
        with UnitOfWork.open(self.services, actor, write=True) as uow:
            kept = booking.hold(uow, choice).id
        with UnitOfWork.open(self.services, actor, write=True) as uow:
            booking.confirm(uow, person_id, kept, booking.Needs(), "")


def floor_month(file: Path) -> list[tuple[float, str]]:
    """The same list by hand: hours and what is taken in two statements, then loops over half hours."""
    with sqlite3.connect(file) as connection:
        hours = connection.execute("SELECT practitioner_id, weekday, opens, closes FROM working_hours").fetchall()
        taken = {tuple(row) for row in connection.execute("SELECT resource_id, cell FROM occupied")}
    found = []
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()
        for who, weekday, opens, closes in hours:
            if weekday != day.weekday():
                continue
            for minute in range(opens, closes, 30):
                at = midnight + minute * 60
                if not any((who, int(at) // 300 + step) in taken for step in range(6)):
                    found.append((at, who))
    return sorted(found)


def floor_pages(file: Path) -> int:
    """The month by hand, each time as a button in a plain page."""
    rows = (f'<button name="slot" value="{who}.{at}">{time.ctime(at)}</button>' for at, who in floor_month(file))
    return len("<!doctype html><title>Times</title>" + "".join(rows))


def floor_book(file: Path, at: datetime) -> None:
    """A hold and a visit by hand: twelve rows taken in one transaction, kept in another, one visit."""
    claim, who, patient = (uuid4().hex for _ in range(3))
    connection = sqlite3.connect(file, isolation_level=None)
    cells = [(one, 0, int(at.timestamp()) // 300 + step, claim) for one in (who, patient) for step in range(6)]
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO occupied (resource_id, seat, cell, claim_id) VALUES (?,?,?,?)", cells)
    connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE occupied SET until=NULL WHERE claim_id=?", (claim,))
    connection.execute("CREATE TABLE IF NOT EXISTS floor_visit (id TEXT PRIMARY KEY, at TEXT, who TEXT)")
    connection.execute("INSERT INTO floor_visit VALUES (?,?,?)", (claim, at.isoformat(), who))
    connection.execute("COMMIT")
    connection.close()


def spent(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def compare(rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """For each kind of work the CPU of the portal over that of its floor; at most `ROUNDS` rounds, which have people."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clinic = Clinic(folder)
        file = Path(str(clinic.services.database.engine.url.database))
        worked, shown, booked = [], [], []
        start = datetime(2026, 4, 1, 13, tzinfo=UTC)
        clinic.month(), clinic.pages(), floor_month(file)  # what is built once is built
        for turn in range(min(rounds, ROUNDS)):
            times: list[Any] = []
            mine = spent(lambda into=times: into.extend(clinic.month()))  # type: ignore[misc]
            theirs: list[Any] = []
            floor = spent(lambda into=theirs: into.extend(floor_month(file)))  # type: ignore[misc]
            assert len(times) == len(theirs), (len(times), len(theirs))
            worked.append((mine, floor, len(times)))
            shown.append((spent(clinic.pages), spent(lambda: floor_pages(file)), 5))
            numbers = range(turn * BOOKED, (turn + 1) * BOOKED)
            at = start + timedelta(days=turn // 5, minutes=30 * turn)
            mine = spent(lambda n=numbers, a=at: [clinic.book(one, a) for one in n])  # type: ignore[misc]
            floor = spent(lambda a=at: [floor_book(file, a) for _ in range(BOOKED)])  # type: ignore[misc]
            booked.append((mine, floor, BOOKED))
        report = {
            "month of times of 50 clinicians, worked out": worked,
            "the same as five pages": shown,
            "times held and booked": booked,
        }
        found = []
        for what, rows in report.items():
            ratios = [mine / floor for mine, floor, _ in rows]
            each = statistics.median(mine for mine, _, _ in rows) * 1000
            told: dict[str, Any] = {
                "what": what, "ratio": round(statistics.median(ratios), 2), "lowest": round(min(ratios), 2),
                "highest": round(max(ratios), 2), "portal_ms": round(each, 1), "of": rows[0][2],
            }  # fmt: skip
            found.append(told)
        clinic.services.database.dispose()
        return found


def main() -> None:
    """Print the ratios as JSON."""
    for told in compare():
        print(json.dumps(told))


if __name__ == "__main__":
    main()
