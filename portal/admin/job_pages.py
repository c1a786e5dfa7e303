"""What the page of work that was given up may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.work.dead_letters import DeadLetter


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


@dataclass(frozen=True, kw_only=True)
class DeadJobsPage:
    """A page of them, the newest first."""

    title: str
    rows: list[DeadJobRow]
    first_href: str | None
    older_href: str | None
    room: str = "jobs"
