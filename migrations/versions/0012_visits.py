"""Reminders of visits, who confirmed and who moved one, and the steps the clinic set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WHO = ("confirmed_by_id", "moved_by_id")


def upgrade() -> None:
    op.create_table(
        "reminder_plan",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name=op.f("fk_reminder_plan_changed_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_plan")),
        sa.UniqueConstraint("key", name=op.f("uq_reminder_plan_key")),
    )
    op.create_table(
        "visit_reminder",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_visit_reminder_appointment_id_appointment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("appointment_id", "starts_at", "minutes", name=op.f("pk_visit_reminder")),
    )
    with op.batch_alter_table("appointment") as table:
        table.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        for name in WHO:
            table.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            table.create_foreign_key(op.f(f"fk_appointment_{name}_account"), "account", [name], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("appointment") as table:
        for name in WHO:
            table.drop_constraint(op.f(f"fk_appointment_{name}_account"), type_="foreignkey")
            table.drop_column(name)
        table.drop_column("moved_at")
    op.drop_table("visit_reminder")
    op.drop_table("reminder_plan")
