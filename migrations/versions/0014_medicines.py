"""The list of medicines: what people say they take, confirmations, renewals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
UNANSWERED = sa.text("state IN ('asked', 'looking', 'approved')")


def _owned(table: str, *columns: sa.Column, refer: dict[str, str]) -> list[sa.schema.SchemaItem]:
    """The columns of a patient's own table, with its keys."""
    return [
        *columns,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
            for column, other in {**refer, "patient_id": "person"}.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "medicine_report",
        *_owned(
            "medicine_report",
            sa.Column("kind", sa.String(length=20), nullable=False),
            sa.Column("sort", sa.String(length=20), nullable=False),
            sa.Column("medication_id", sa.Uuid(), nullable=True),
            sa.Column("words", sa.LargeBinary(), nullable=False),
            sa.Column("sensitivity", sa.String(length=12), nullable=True),
            sa.Column("is_private", sa.Boolean(), nullable=False),
            sa.Column("state", sa.String(length=12), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            sa.Column("once", sa.Uuid(), nullable=False),
            sa.Column("decided_by_id", sa.Uuid(), nullable=True),
            sa.Column("decided_at", AT, nullable=True),
            sa.Column("answer", sa.LargeBinary(), nullable=True),
            sa.Column("line_id", sa.Uuid(), nullable=True),
            refer={
                "medication_id": "medication",
                "account_id": "account",
                "decided_by_id": "account",
                "line_id": "medication",
            },
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_medicine_report_account_id_once")),
    )
    op.create_index("ix_medicine_report_patient_id_state", "medicine_report", ["patient_id", "state"])
    op.create_table(
        "medicine_stamp",
        *_owned(
            "medicine_stamp",
            sa.Column("kind", sa.String(length=12), nullable=False),
            sa.Column("sources", sa.JSON(), nullable=False),
            sa.Column("is_otc_asked", sa.Boolean(), nullable=False),
            sa.Column("is_none", sa.Boolean(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            sa.Column("once", sa.Uuid(), nullable=False),
            refer={"account_id": "account"},
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_medicine_stamp_account_id_once")),
    )
    op.create_index("ix_medicine_stamp_patient_id_made_at", "medicine_stamp", ["patient_id", "made_at"])
    op.create_table(
        "medicine_renewal",
        *_owned(
            "medicine_renewal",
            sa.Column("medication_id", sa.Uuid(), nullable=False),
            sa.Column("sensitivity", sa.String(length=12), nullable=True),
            sa.Column("thread_id", sa.Uuid(), nullable=False),
            sa.Column("state", sa.String(length=12), nullable=False),
            sa.Column("words", sa.LargeBinary(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("asked_at", AT, nullable=False),
            sa.Column("due_at", AT, nullable=True),
            sa.Column("expires_at", AT, nullable=False),
            sa.Column("once", sa.Uuid(), nullable=False),
            sa.Column("decided_by_id", sa.Uuid(), nullable=True),
            sa.Column("changed_at", AT, nullable=False),
            sa.Column("reason", sa.String(length=20), nullable=True),
            sa.Column("answer", sa.LargeBinary(), nullable=True),
            refer={
                "medication_id": "medication",
                "thread_id": "thread",
                "account_id": "account",
                "decided_by_id": "account",
            },
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_medicine_renewal_account_id_once")),
    )
    op.create_index("ix_medicine_renewal_patient_id_asked_at", "medicine_renewal", ["patient_id", "asked_at"])
    op.create_index(
        "uq_medicine_renewal_open",
        "medicine_renewal",
        ["medication_id"],
        unique=True,
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )
    op.create_table(
        "medicine_check_in",
        *_owned(
            "medicine_check_in",
            sa.Column("line_key", sa.Uuid(), nullable=False),
            sa.Column("sensitivity", sa.String(length=12), nullable=True),
            sa.Column("is_private", sa.Boolean(), nullable=False),
            sa.Column("taken_on", sa.Date(), nullable=False),
            sa.Column("slot", sa.String(length=12), nullable=False),
            sa.Column("state", sa.String(length=12), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            refer={"account_id": "account"},
        ),
        sa.UniqueConstraint(
            "patient_id",
            "line_key",
            "taken_on",
            "slot",
            name=op.f("uq_medicine_check_in_patient_id_line_key_taken_on_slot"),
        ),
    )
    op.create_table(
        "medicine_flag_answer",
        *_owned(
            "medicine_flag_answer",
            sa.Column("flag", sa.LargeBinary(length=32), nullable=False),
            sa.Column("how", sa.String(length=12), nullable=False),
            sa.Column("reason", sa.String(length=20), nullable=True),
            sa.Column("words", sa.LargeBinary(), nullable=True),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            refer={"account_id": "account"},
        ),
        sa.UniqueConstraint("patient_id", "flag", name=op.f("uq_medicine_flag_answer_patient_id_flag")),
    )


def downgrade() -> None:
    for table in (
        "medicine_flag_answer",
        "medicine_check_in",
        "medicine_renewal",
        "medicine_stamp",
        "medicine_report",
    ):
        op.drop_table(table)
