"""Reports that a clinician has looked at, and what follows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_review",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("report_status", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("was_read_back", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["practitioner.id"], name=op.f("fk_report_review_by_id_practitioner")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_report_review_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_review_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_review")),
        sa.UniqueConstraint("report_id", "report_status", name=op.f("uq_report_review_report_id_report_status")),
    )
    op.create_index("ix_report_review_patient_id", "report_review", ["patient_id"])
    op.create_index("ix_report_issued_at", "report", ["issued_at"])


def downgrade() -> None:
    op.drop_index("ix_report_issued_at", "report")
    op.drop_table("report_review")
