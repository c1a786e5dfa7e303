"""The liaison's desk: modes, questions that follow another, absence and hand-over, family updates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("follows_id", sa.Uuid(), nullable=True))
        thread.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        thread.create_foreign_key("fk_thread_follows_id_thread", "thread", ["follows_id"], ["id"])
    op.create_index("ix_thread_follows_id", "thread", ["follows_id"])
    with op.batch_alter_table("relationship") as relationship:
        relationship.add_column(
            sa.Column("is_away_by_patient", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        relationship.add_column(sa.Column("handover", sa.LargeBinary(), nullable=True))
    op.create_table(
        "liaison_mode",
        sa.Column("scope", sa.String(length=30), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_liaison_mode_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaison_mode")),
        sa.UniqueConstraint("patient_id", "scope", name=op.f("uq_liaison_mode_patient_id_scope")),
    )
    op.create_table(
        "family_update",
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("author_relation", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_family_update_author_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_family_update_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_update")),
        sa.UniqueConstraint("author_id", "once", name=op.f("uq_family_update_author_id_once")),
    )
    op.create_index(
        "ix_family_update_patient_id_published_at_id", "family_update", ["patient_id", "published_at", "id"]
    )
    op.create_table(
        "family_update_reader",
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("relationship_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_family_update_reader_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_family_update_reader_relationship_id_relationship"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["family_update.id"],
            name=op.f("fk_family_update_reader_update_id_family_update"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_update_reader")),
        sa.UniqueConstraint(
            "update_id", "relationship_id", name=op.f("uq_family_update_reader_update_id_relationship_id")
        ),
    )
    op.create_index("ix_family_update_reader_relationship_id", "family_update_reader", ["relationship_id"])


def downgrade() -> None:
    op.drop_table("family_update_reader")
    op.drop_table("family_update")
    op.drop_table("liaison_mode")
    with op.batch_alter_table("relationship") as relationship:
        relationship.drop_column("handover")
        relationship.drop_column("is_away_by_patient")
    op.drop_index("ix_thread_follows_id", "thread")
    with op.batch_alter_table("thread") as thread:
        thread.drop_constraint("fk_thread_follows_id_thread", type_="foreignkey")
        thread.drop_column("held_until")
        thread.drop_column("follows_id")
