"""Files that go with messages; several drafts in one place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("has_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_attachment_account_id_account")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id_message")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_attachment_patient_id_person")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_attachment_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_account_id_once"), "attachment", ["account_id", "once"])
    op.create_index(op.f("ix_attachment_message_id"), "attachment", ["message_id"])
    op.create_index(op.f("ix_attachment_patient_id"), "attachment", ["patient_id"])
    op.create_index(op.f("ix_attachment_thread_id"), "attachment", ["thread_id"])
    op.create_table(
        "attachment_content",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_attachment_content_attachment_id_attachment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_attachment_content_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_content")),
    )
    op.create_index(
        op.f("ix_attachment_content_attachment_id_part"), "attachment_content", ["attachment_id", "part"], unique=True
    )
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("files", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("draft") as draft:
        draft.drop_constraint("uq_draft_account_id_place", type_="unique")
        draft.create_unique_constraint("uq_draft_account_id_once", ["account_id", "once"])
    op.create_index(op.f("ix_draft_account_id_place"), "draft", ["account_id", "place"])


def downgrade() -> None:
    """One draft a place is kept: the one written last."""
    op.drop_index(op.f("ix_draft_account_id_place"), "draft")
    op.execute(
        "DELETE FROM draft WHERE EXISTS (SELECT 1 FROM draft AS newer WHERE newer.account_id = draft.account_id "
        "AND newer.place = draft.place AND (newer.updated_at > draft.updated_at "
        "OR (newer.updated_at = draft.updated_at AND newer.id > draft.id)))"
    )
    with op.batch_alter_table("draft") as draft:
        draft.drop_constraint("uq_draft_account_id_once", type_="unique")
        draft.create_unique_constraint("uq_draft_account_id_place", ["account_id", "place"])
    with op.batch_alter_table("message") as message:
        message.drop_column("files")
    op.drop_table("attachment_content")
    op.drop_table("attachment")
