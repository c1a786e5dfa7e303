"""Messages by text, and what became of an address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_address",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("pending", sa.String(length=254), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_address_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_address")),
        sa.UniqueConstraint("account_id", "channel", name=op.f("uq_notice_address_account_id_channel")),
    )
    op.create_index("ix_notice_address_channel_value", "notice_address", ["channel", "value"])
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("carrier_id", sa.String(length=64), nullable=True))
        table.create_index("ix_delivery_carrier_id", ["carrier_id"])
        table.create_index("ix_delivery_state_created_at", ["state", "created_at"])
    with op.batch_alter_table("notice_setting") as table:
        table.add_column(sa.Column("is_passed_on", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("notice_setting") as table:
        table.drop_column("is_passed_on")
    with op.batch_alter_table("delivery") as table:
        table.drop_index("ix_delivery_state_created_at")
        table.drop_index("ix_delivery_carrier_id")
        table.drop_column("carrier_id")
    op.drop_table("notice_address")
