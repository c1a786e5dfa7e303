"""The worker: runs what is due in the outbox, and winds the clockwork."""

from __future__ import annotations

import importlib
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import delete, or_
from sqlalchemy.exc import OperationalError

from portal.appointments import outside, reminding
from portal.identity.provider import throttle
from portal.identity.provider.service import purge_used
from portal.infra.ids import new_id
from portal.messaging import unopened
from portal.models import ProviderSession, WebSession
from portal.records.amendments_watch import watch_amendments
from portal.results.telling import watch_critical
from portal.work import audit, outbox
from portal.work.clockwork import Every, Tick, ticking, wind
from portal.work.moving import take_over
from portal.work.runners import runner
from portal.work.services import Services

log = structlog.get_logger("worker")

# Every module that handles jobs. Importing this module makes them known.
JOBS = (
    "portal.appointments.jobs",
    "portal.binder.jobs",
    "portal.caregivers.jobs",
    "portal.identity.jobs",
    "portal.medicines.jobs",
    "portal.messaging.file_jobs",
    "portal.messaging.jobs",
    "portal.messaging.replay",
    "portal.notifications.jobs",
    "portal.outside.jobs",
    "portal.results.jobs",
)
for _name in JOBS:
    importlib.import_module(_name)

IDLE = 1.0
AFTER_FAILURE = 5.0


def seal_trail(services: Services) -> None:
    """Seal what the trail has gathered."""
    audit.seal(services.database, services.ring.derive("audit", number=1), services.clock.now())


def watch_orphans(services: Services) -> None:
    """Have open conversations looked at; one look a quarter of an hour, however many workers there are."""
    now = services.clock.now()
    slot = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    with services.database.session(write=True) as session:
        outbox.add(session, "messaging.watch_orphans", new_id(), at=now, now=now, key=f"watch:{slot.isoformat()}")
        session.commit()


def keep_ages(services: Services) -> None:
    """Have parents' access kept in line with the ages of children: hourly, and at once when the clinic sets others."""
    now, settings = services.clock.now(), services.settings
    key = f"ages:{now.strftime('%Y-%m-%dT%H')}:{settings.teen_age}:{settings.adult_age}"
    with services.database.session(write=True) as session:
        outbox.add(session, "caregivers.keep_ages", new_id(), at=now, now=now, key=key)
        session.commit()


def drop_forgotten_files(services: Services) -> None:
    """Have files taken away that belong to no draft any more; once a day, however many workers there are."""
    now = services.clock.now()
    with services.database.session(write=True) as session:
        key = f"files:{now.date().isoformat()}"
        outbox.add(session, "messaging.drop_forgotten_files", new_id(), at=now, now=now, key=key)
        session.commit()


def purge_sessions(services: Services) -> None:
    """Forget sessions that have ended: too old, or too long unused for anybody's limit."""
    now, settings = services.clock.now(), services.settings
    born = now - timedelta(hours=settings.session_hours)
    idle = now - timedelta(minutes=max(settings.idle_minutes, settings.idle_minutes_staff))
    with services.database.connect(write=True) as connection:
        for table in (WebSession.__table__, ProviderSession.__table__):
            columns: Any = table.c
            connection.execute(delete(table).where(or_(columns.created_at < born, columns.seen_at < idle)))


def drop_done_jobs(services: Services) -> None:
    """Drop jobs done a week ago."""
    runner(services).tidy()


# What is done once a slot of time, however many workers are up: a job like any other, tried again when it fails.
SHARED: tuple[tuple[str, Tick, timedelta], ...] = (
    ("work.seal_trail", seal_trail, timedelta(minutes=5)),
    ("work.purge_sessions", purge_sessions, timedelta(hours=1)),
    ("work.tidy_throttle", throttle.tidy, timedelta(hours=6)),
    ("work.remind_of_visits", reminding.look, timedelta(minutes=5)),
    ("work.watch_amendments", watch_amendments, timedelta(hours=1)),
    ("work.watch_unopened", unopened.watch, timedelta(hours=1)),
    ("work.watch_critical_results", watch_critical, timedelta(minutes=5)),
    ("work.occupy_outside", outside.occupy, timedelta(minutes=15)),
    ("work.tidy_outside", outside.tidy, timedelta(hours=24)),
    ("work.purge_used", purge_used, timedelta(hours=24)),
    ("work.drop_done_jobs", drop_done_jobs, timedelta(hours=6)),
    ("work.take_over_jobs", take_over, timedelta(minutes=5)),
)


for _kind, _what, _ in SHARED:
    outbox.handles(_kind)(ticking(_what))


def timetable() -> list[Every]:
    """What is done without anybody asking."""
    return [
        Every(watch_orphans, timedelta(minutes=15)),
        Every(keep_ages, timedelta(hours=1)),
        Every(drop_forgotten_files, timedelta(hours=24)),
        *(Every(what, each, kind) for kind, what, each in SHARED),
    ]


def run_once(services: Services, clockwork: list[Every]) -> int:
    """What is due of the clockwork and the outbox. Returns how many jobs ran."""
    wind(services, clockwork)
    return runner(services).run_due()


def run_forever(services: Services, stop: threading.Event | None = None) -> None:
    """Run until told to stop. A database that does not answer is waited for; nothing is lost meanwhile."""
    stop = stop or threading.Event()
    clockwork = timetable()
    while not stop.is_set():
        try:
            runner(services).run_until(stop, partial(wind, services, clockwork), IDLE)
        except OperationalError as error:
            log.warning("database did not answer", error=type(error.orig).__name__)
        except Exception as error:  # noqa: BLE001  the worker outlives whatever goes wrong in one round
            log.error("worker round failed", error=type(error).__name__)
        stop.wait(AFTER_FAILURE)
