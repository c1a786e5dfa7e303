"""What staff work with: tasks, offers to other teams, questions to colleagues, quick texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    _tasks()
    _offers()
    _questions()
    _quick_texts()


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("owner_practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_pool_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name=op.f("ck_task_one_owner")
        ),
        _key("task", "thread_id", "thread"),
        _key("task", "owner_practitioner_id", "practitioner"),
        _key("task", "owner_pool_id", "pool"),
        _key("task", "made_by_id", "account"),
        _key("task", "done_by_id", "account"),
        _key("task", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("made_by_id", "once", name=op.f("uq_task_made_by_id_once")),
    )
    op.create_index(op.f("ix_task_thread_id"), "task", ["thread_id"])
    for name, column in (("practitioner", "owner_practitioner_id"), ("pool", "owner_pool_id")):
        columns = [column, "due_on", "id"]
        op.create_index(f"ix_task_open_{name}", "task", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def _offers() -> None:
    op.create_table(
        "thread_offer",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _key("thread_offer", "thread_id", "thread"),
        _key("thread_offer", "pool_id", "pool"),
        _key("thread_offer", "by_id", "account"),
        _key("thread_offer", "answered_by_id", "account"),
        _key("thread_offer", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_offer")),
    )
    op.create_index(
        "uq_thread_offer_open", "thread_offer", ["thread_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_thread_offer_pool", "thread_offer", ["pool_id", "at"], sqlite_where=OPEN, postgresql_where=OPEN)


def _questions() -> None:
    op.create_table(
        "side_question",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("asked_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _key("side_question", "thread_id", "thread"),
        _key("side_question", "asked_id", "practitioner"),
        _key("side_question", "by_id", "account"),
        _key("side_question", "question_id", "message"),
        _key("side_question", "answer_id", "message"),
        _key("side_question", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_question")),
    )
    op.create_index(op.f("ix_side_question_thread_id"), "side_question", ["thread_id"])
    columns = ["asked_id", "at"]
    op.create_index("ix_side_question_open", "side_question", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def _quick_texts() -> None:
    op.create_table(
        "quick_text",
        sa.Column("owner_practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_pool_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("spanish", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name=op.f("ck_quick_text_one_owner")
        ),
        _key("quick_text", "owner_practitioner_id", "practitioner"),
        _key("quick_text", "owner_pool_id", "pool"),
        _key("quick_text", "changed_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_text")),
    )
    op.create_index(op.f("ix_quick_text_owner_practitioner_id"), "quick_text", ["owner_practitioner_id"])
    op.create_index(op.f("ix_quick_text_owner_pool_id"), "quick_text", ["owner_pool_id"])


def downgrade() -> None:
    for table in ("quick_text", "side_question", "thread_offer", "task"):
        op.drop_table(table)
