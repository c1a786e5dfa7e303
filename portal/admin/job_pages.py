"""What the page of work that was given up may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from portal.work.dead_letters import DeadLetter

OLD = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class DeadJobRow:
    """One job: its kind and the code of what went wrong, as the log has them."""

    kind: str
    error: str
    attempts: int
    at: datetime
    retry_href: str
    drop_href: str

    @classmethod
    def of(cls, one: DeadLetter) -> DeadJobRow:
        return cls(
            one.kind,
            one.error,
            one.attempts,
            one.finished_at,
            url_for("admin_jobs.retry_job", job_id=one.id),
            url_for("admin_jobs.drop_job", job_id=one.id),
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """When the last backup was made. `is_old` asks somebody to look why there is none of the last day."""

    made_at: datetime | None
    is_old: bool

    @classmethod
    def of(cls, last: Any, now: datetime) -> Backup:
        """`last` is the row of the last backup, or None."""
        made_at = last.started_at if last is not None else None
        return cls(made_at, made_at is None or now - made_at > OLD)


@dataclass(frozen=True, kw_only=True)
class DeadJobsPage:
    """A page of them, the newest first."""

    title: str
    backup: Backup
    rows: list[DeadJobRow]
    first_href: str | None
    older_href: str | None
    room: str = "jobs"
