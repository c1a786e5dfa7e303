"""Own folders, corrections and receipts of conversations; several asks in one message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("parent_id", sa.Uuid(), nullable=True))
        thread.create_foreign_key("fk_thread_parent_id_thread", "thread", ["parent_id"], ["id"])
    op.create_index("ix_thread_parent_id", "thread", ["parent_id"])


def downgrade() -> None:
    op.drop_index("ix_thread_parent_id", "thread")
    with op.batch_alter_table("thread") as thread:
        thread.drop_constraint("fk_thread_parent_id_thread", type_="foreignkey")
        thread.drop_column("parent_id")
