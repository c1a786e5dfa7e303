"""The tables of the queue of several machines (procrastinate's, in a schema of their own), for statements to name.

Migration 0021 makes them, on PostgreSQL alone. They belong to no model: what the engine keeps in them is its own
affair, and is changed by its own functions.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table
from sqlalchemy.dialects.postgresql import ENUM, JSONB

from portal.infra.columns import UTCDateTime

SCHEMA = "queue"
_metadata = MetaData(schema=SCHEMA)

STATUS = ENUM(
    "todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted",
    name="procrastinate_job_status", schema=SCHEMA, create_type=False,
)  # fmt: skip

QUEUED = Table(
    "procrastinate_jobs",
    _metadata,
    Column("id", BigInteger, primary_key=True),
    Column("task_name", String(128)),
    Column("args", JSONB),
    Column("status", STATUS),
    Column("scheduled_at", UTCDateTime()),
    Column("attempts", Integer),
    Column("worker_id", BigInteger),
)
QUEUE_EVENT = Table(
    "procrastinate_events",
    _metadata,
    Column("id", BigInteger, primary_key=True),
    Column("job_id", BigInteger),
    Column("at", UTCDateTime()),
)
QUEUE_WORKER = Table(
    "procrastinate_workers",
    _metadata,
    Column("id", BigInteger, primary_key=True),
    Column("last_heartbeat", UTCDateTime()),
)
QUEUE_KEY = Table(
    "known_key",
    _metadata,
    Column("key", String(160), primary_key=True),
    Column("job_id", BigInteger),
    Column("created_at", UTCDateTime()),
)
QUEUE_FAILURE = Table(
    "failure",
    _metadata,
    Column("job_id", BigInteger, primary_key=True),
    Column("error", String(80)),
    Column("at", UTCDateTime()),
)
