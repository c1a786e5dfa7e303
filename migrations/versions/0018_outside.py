"""Papers from elsewhere, and what was decided line by line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

WAITS = sa.text("state IN ('checking', 'received', 'matched')")


def upgrade() -> None:
    op.create_table(
        "outside_paper",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("series_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("said_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_matched", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("binder_paper_id", sa.Uuid(), nullable=True),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_outside_paper_account_id_account")),
        sa.ForeignKeyConstraint(
            ["binder_paper_id"], ["binder_paper.id"], name=op.f("fk_outside_paper_binder_paper_id_binder_paper")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["account.id"], name=op.f("fk_outside_paper_confirmed_by_id_account")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_outside_paper_decided_by_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_outside_paper_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_paper")),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_outside_paper_account_id_once")),
        sa.UniqueConstraint("binder_paper_id", name=op.f("uq_outside_paper_binder_paper_id")),
    )
    op.create_index("ix_outside_paper_patient_id_made_at", "outside_paper", ["patient_id", "made_at"])
    op.create_index(
        "ix_outside_paper_waiting", "outside_paper", ["made_at"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_table(
        "outside_content",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["outside_paper.id"],
            name=op.f("fk_outside_content_paper_id_outside_paper"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_outside_content_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_content")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_outside_content_paper_id")),
    )
    op.create_table(
        "outside_line",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_outside_line_decided_by_id_account")),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["outside_paper.id"], name=op.f("fk_outside_line_paper_id_outside_paper"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_outside_line_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_line")),
        sa.UniqueConstraint("paper_id", "number", name=op.f("uq_outside_line_paper_id_number")),
    )
    op.create_index("ix_outside_line_patient_id_part", "outside_line", ["patient_id", "part"])
    op.create_index("ix_outside_line_patient_id_identity", "outside_line", ["patient_id", "identity"])


def downgrade() -> None:
    op.drop_table("outside_line")
    op.drop_table("outside_content")
    op.drop_table("outside_paper")
