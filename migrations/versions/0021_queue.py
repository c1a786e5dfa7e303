"""The queue of several machines, and when backups were made.

The queue is for PostgreSQL alone: procrastinate's own schema, unchanged, in a schema `queue` of its own, and beside it what the portal
promises and the engine does not keep: keys that are never used twice, and the code of the last failure.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ENGINE = Path(__file__).resolve().parent.parent / "procrastinate" / "3.9.0.sql"

# Whoever calls, the engine's functions and triggers find their own tables.
AT_HOME = """
DO $$
DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'queue'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = queue, pg_temp', one);
    END LOOP;
END;
$$;
"""

BESIDE = """
CREATE TABLE queue.known_key (
    key varchar(160) PRIMARY KEY,
    job_id bigint REFERENCES queue.procrastinate_jobs ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_known_key_job_id ON queue.known_key (job_id);

CREATE TABLE queue.failure (
    job_id bigint PRIMARY KEY REFERENCES queue.procrastinate_jobs ON DELETE CASCADE,
    error varchar(80) NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX ix_procrastinate_jobs_given_up ON queue.procrastinate_jobs (id) WHERE status = 'failed';

CREATE FUNCTION queue.enqueue(_kind varchar, _subject varchar, _at timestamptz, _key varchar)
    RETURNS bigint LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE _id bigint;
BEGIN
    IF _key IS NOT NULL THEN
        INSERT INTO known_key (key) VALUES (_key) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    _id := (procrastinate_defer_jobs_v1(ARRAY[
        ROW('portal', _kind, 0, NULL, NULL, jsonb_build_object('subject', _subject), _at)
    ]::procrastinate_job_to_defer_v1[]))[1];
    IF _key IS NOT NULL THEN
        UPDATE known_key SET job_id = _id WHERE key = _key;
    END IF;
    RETURN _id;
END;
$$;
"""


def upgrade() -> None:
    op.create_table(
        "backup_run",
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("key_name", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_index(op.f("ix_backup_run_finished_at"), "backup_run", ["finished_at"])
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    driver = connection.connection.driver_connection  # several statements at once, with signs SQLAlchemy would read
    before = driver.execute("SELECT current_setting('search_path')").fetchone()[0]
    driver.execute("CREATE SCHEMA queue")
    driver.execute("SET LOCAL search_path TO queue")
    driver.execute(ENGINE.read_text(encoding="utf-8"))
    driver.execute("SELECT set_config('search_path', %s, true)", (before,))
    driver.execute(AT_HOME)
    driver.execute(BESIDE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA queue CASCADE")
    op.drop_table("backup_run")
