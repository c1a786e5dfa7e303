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
    op.create_index(
        "ix_thread_of_patient",
        "thread",
        ["patient_id"],
        sqlite_where=sa.text("owner_is_patient = 1"),
        postgresql_where=sa.text("owner_is_patient"),
    )
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("corrects_id", sa.Uuid(), nullable=True))
        message.add_column(sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True))
        message.add_column(sa.Column("was_opened", sa.Boolean(), nullable=False, server_default=sa.false()))
        message.create_foreign_key("fk_message_corrects_id_message", "message", ["corrects_id"], ["id"])
    op.create_table(
        "folder",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_folder_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_folder_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
    )
    op.create_index(op.f("ix_folder_account_id_patient_id"), "folder", ["account_id", "patient_id"])
    op.create_table(
        "filing",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_filing_account_id_account")),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"], name=op.f("fk_filing_folder_id_folder")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_filing_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_filing_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
    )
    op.create_index(op.f("ix_filing_account_id_thread_id"), "filing", ["account_id", "thread_id"], unique=True)
    op.create_index(op.f("ix_filing_folder_id"), "filing", ["folder_id"])
    op.create_index(op.f("ix_filing_thread_id"), "filing", ["thread_id"])


def downgrade() -> None:
    op.drop_table("filing")
    op.drop_table("folder")
    with op.batch_alter_table("message") as message:
        message.drop_constraint("fk_message_corrects_id_message", type_="foreignkey")
        message.drop_column("was_opened")
        message.drop_column("retracted_at")
        message.drop_column("corrects_id")
    op.drop_index("ix_thread_of_patient", "thread")
    op.drop_index("ix_thread_parent_id", "thread")
    with op.batch_alter_table("thread") as thread:
        thread.drop_constraint("fk_thread_parent_id_thread", type_="foreignkey")
        thread.drop_column("parent_id")
