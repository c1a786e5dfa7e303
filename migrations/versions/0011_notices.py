"""How people want to be told, and what became of each notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_setting",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=10), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_setting_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_setting")),
        sa.UniqueConstraint("account_id", name=op.f("uq_notice_setting_account_id")),
    )
    op.create_table(
        "notice_choice",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_choice_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint(
            "account_id", "role", "topic", "channel", name=op.f("uq_notice_choice_account_id_role_topic_channel")
        ),
    )
    op.add_column("delivery", sa.Column("role", sa.String(length=12), nullable=True))
    op.add_column("delivery", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("path", sa.String(length=200), nullable=True))
    op.add_column("delivery", sa.Column("why", sa.String(length=20), nullable=True))
    op.create_index("ix_delivery_account_id_state", "delivery", ["account_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_delivery_account_id_state", "delivery")
    op.execute("UPDATE delivery SET state = 'dropped' WHERE state NOT IN ('due', 'sent', 'failed', 'dropped')")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("why")
        table.drop_column("path")
        table.drop_column("held_until")
        table.drop_column("role")
    op.drop_table("notice_choice")
    op.drop_table("notice_setting")
