"""Messages of other systems as they came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_message",
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("control_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("place", sa.String(length=20), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_message")),
        sa.UniqueConstraint("sender", "control_id", name=op.f("uq_feed_message_sender_control_id")),
    )
    op.create_index("ix_feed_message_state_received_at", "feed_message", ["state", "received_at"])
    op.create_table(
        "feed_version",
        sa.Column("thing", sa.String(length=100), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("thing", name=op.f("pk_feed_version")),
    )


def downgrade() -> None:
    op.drop_table("feed_version")
    op.drop_table("feed_message")
