"""When a patient wants to be told, and results held back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, target: str, **options: Any) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), **options)


def upgrade() -> None:
    for table in ("report", "result"):
        op.add_column(table, _moment("held_until"))
        op.add_column(table, _moment("kept_until"))
    op.add_column("report", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.add_column("task", sa.Column("wording", sa.String(length=30), nullable=True))
    op.add_column("record_amendment", sa.Column("longer", sa.LargeBinary(), nullable=True))
    op.create_table(
        "result_wish",
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        _moment("set_at", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 7", name=op.f("ck_result_wish_days")),
        _to("result_wish", "set_by_id", "account"),
        _to("result_wish", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_wish")),
        sa.UniqueConstraint("patient_id", "category", name=op.f("uq_result_wish_patient_id_category")),
    )
    op.create_table(
        "result_hold",
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        _moment("until", nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        _moment("made_at", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        _moment("ended_at"),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(report_id IS NULL) <> (result_id IS NULL)", name=op.f("ck_result_hold_one_result")),
        _to("result_hold", "report_id", "report", ondelete="CASCADE"),
        _to("result_hold", "result_id", "result", ondelete="CASCADE"),
        _to("result_hold", "by_id", "practitioner"),
        _to("result_hold", "ended_by_id", "account"),
        _to("result_hold", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_hold")),
    )
    for column in ("report", "result"):
        op.create_index(
            f"uq_result_hold_{column}", "result_hold", [f"{column}_id", "kind"], unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        )  # fmt: skip
    op.create_index("ix_result_hold_patient_id_until", "result_hold", ["patient_id", "until"])
    op.create_index("ix_result_hold_until", "result_hold", ["until"])
    op.create_table(
        "ordered_test",
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("orderer_id", sa.Uuid(), nullable=True),
        _moment("ordered_at", nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        _moment("recorded_at"),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _to("ordered_test", "orderer_id", "practitioner"),
        _to("ordered_test", "source_id", "source_resource"),
        _to("ordered_test", "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ordered_test")),
        sa.UniqueConstraint("source_id", name=op.f("uq_ordered_test_source_id")),
    )
    op.create_index("ix_ordered_test_patient_id_ordered_at", "ordered_test", ["patient_id", "ordered_at"])


def downgrade() -> None:
    op.drop_table("ordered_test")
    op.drop_table("result_hold")
    op.drop_table("result_wish")
    for table, columns in {
        "record_amendment": ("longer",),
        "task": ("wording",),
        "report": ("order_id", "kept_until", "held_until"),
        "result": ("kept_until", "held_until"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
