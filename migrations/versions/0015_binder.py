"""The binder: what is in it, what was added to it, and links to share it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def _owned(
    table: str, *columns: sa.Column, refer: tuple[tuple[str, str, str | None], ...] = ()
) -> list[sa.schema.SchemaItem]:
    """The columns of a patient's own table, with its keys."""
    keys = [("patient_id", "person", None), *refer]
    return [
        *columns,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
            )
            for column, other, ondelete in keys
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "binder_section",
        *_owned(
            "binder_section",
            sa.Column("section", sa.String(length=20), nullable=False),
            sa.Column("is_included", sa.Boolean(), nullable=False),
            sa.Column("is_none", sa.Boolean(), nullable=False),
            sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=True),
            sa.Column("confirmed_at", AT, nullable=True),
            sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
            refer=(("confirmed_by_id", "account", None),),
        ),
        sa.UniqueConstraint("patient_id", "section", name=op.f("uq_binder_section_patient_id_section")),
    )
    op.create_table(
        "binder_share",
        *_owned(
            "binder_share",
            sa.Column("kind", sa.String(length=10), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("label", sa.LargeBinary(), nullable=False),
            sa.Column("sections", sa.JSON(), nullable=False),
            sa.Column("is_sensitive", sa.Boolean(), nullable=False),
            sa.Column("is_live", sa.Boolean(), nullable=False),
            sa.Column("is_direct", sa.Boolean(), nullable=False),
            sa.Column("takes_replies", sa.Boolean(), nullable=False),
            sa.Column("held", sa.JSON(), nullable=False),
            sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
            sa.Column("token", sa.LargeBinary(), nullable=True),
            sa.Column("key", sa.LargeBinary(), nullable=True),
            sa.Column("passcode_hash", sa.String(length=200), nullable=True),
            sa.Column("tries_left", sa.Integer(), nullable=True),
            sa.Column("most_openings", sa.Integer(), nullable=True),
            sa.Column("openings", sa.Integer(), nullable=False),
            sa.Column("appointment_id", sa.Uuid(), nullable=True),
            sa.Column("once", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            sa.Column("expires_at", AT, nullable=False),
            sa.Column("revoked_at", AT, nullable=True),
            refer=(("account_id", "account", None), ("appointment_id", "appointment", None)),
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_binder_share_account_id_once")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_binder_share_token_hash")),
    )
    op.create_index("ix_binder_share_patient_id_made_at", "binder_share", ["patient_id", "made_at"])
    op.create_table(
        "binder_share_file",
        *_owned(
            "binder_share_file",
            sa.Column("share_id", sa.Uuid(), nullable=False),
            sa.Column("jwe", sa.LargeBinary(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            refer=(("share_id", "binder_share", "CASCADE"),),
        ),
        sa.UniqueConstraint("share_id", name=op.f("uq_binder_share_file_share_id")),
    )
    op.create_table(
        "binder_opening",
        *_owned(
            "binder_opening",
            sa.Column("share_id", sa.Uuid(), nullable=False),
            sa.Column("outcome", sa.String(length=12), nullable=False),
            sa.Column("who", sa.LargeBinary(), nullable=True),
            sa.Column("at", AT, nullable=False),
            refer=(("share_id", "binder_share", "CASCADE"),),
        ),
    )
    op.create_index("ix_binder_opening_share_id_at", "binder_opening", ["share_id", "at"])
    op.create_index("ix_binder_opening_patient_id_at", "binder_opening", ["patient_id", "at"])
    op.create_table(
        "binder_note",
        *_owned(
            "binder_note",
            sa.Column("section", sa.String(length=20), nullable=False),
            sa.Column("text", sa.LargeBinary(), nullable=False),
            sa.Column("who", sa.LargeBinary(), nullable=True),
            sa.Column("origin", sa.String(length=10), nullable=False),
            sa.Column("is_private", sa.Boolean(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=True),
            sa.Column("share_id", sa.Uuid(), nullable=True),
            sa.Column("once", sa.Uuid(), nullable=False),
            sa.Column("made_at", AT, nullable=False),
            sa.Column("accepted_at", AT, nullable=True),
            sa.Column("done_at", AT, nullable=True),
            sa.Column("removed_at", AT, nullable=True),
            refer=(("account_id", "account", None), ("share_id", "binder_share", None)),
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_binder_note_account_id_once")),
    )
    op.create_index("ix_binder_note_patient_id_made_at", "binder_note", ["patient_id", "made_at"])
    op.create_table(
        "binder_paper",
        *_owned(
            "binder_paper",
            sa.Column("name", sa.LargeBinary(), nullable=False),
            sa.Column("who", sa.LargeBinary(), nullable=True),
            sa.Column("media_type", sa.String(length=100), nullable=False),
            sa.Column("size", sa.Integer(), nullable=False),
            sa.Column("digest", sa.LargeBinary(), nullable=False),
            sa.Column("state", sa.String(length=10), nullable=False),
            sa.Column("origin", sa.String(length=10), nullable=False),
            sa.Column("is_private", sa.Boolean(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=True),
            sa.Column("share_id", sa.Uuid(), nullable=True),
            sa.Column("made_at", AT, nullable=False),
            sa.Column("accepted_at", AT, nullable=True),
            sa.Column("removed_at", AT, nullable=True),
            refer=(("account_id", "account", None), ("share_id", "binder_share", None)),
        ),
    )
    op.create_index("ix_binder_paper_patient_id_made_at", "binder_paper", ["patient_id", "made_at"])
    op.create_index("ix_binder_paper_share_id", "binder_paper", ["share_id"])
    op.create_table(
        "binder_paper_content",
        *_owned(
            "binder_paper_content",
            sa.Column("paper_id", sa.Uuid(), nullable=False),
            sa.Column("content", sa.LargeBinary(), nullable=False),
            refer=(("paper_id", "binder_paper", "CASCADE"),),
        ),
        sa.UniqueConstraint("paper_id", name=op.f("uq_binder_paper_content_paper_id")),
    )
    op.create_table(
        "binder_packet",
        *_owned(
            "binder_packet",
            sa.Column("appointment_id", sa.Uuid(), nullable=False),
            sa.Column("practitioner_id", sa.Uuid(), nullable=True),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("content", sa.LargeBinary(), nullable=False),
            sa.Column("sections", sa.JSON(), nullable=False),
            sa.Column("once", sa.Uuid(), nullable=False),
            sa.Column("sent_at", AT, nullable=False),
            sa.Column("withdrawn_at", AT, nullable=True),
            sa.Column("opened_at", AT, nullable=True),
            sa.Column("opened_by_id", sa.Uuid(), nullable=True),
            sa.Column("task_id", sa.Uuid(), nullable=True),
            refer=(
                ("appointment_id", "appointment", None),
                ("practitioner_id", "practitioner", None),
                ("account_id", "account", None),
                ("opened_by_id", "account", None),
                ("task_id", "task", None),
            ),
        ),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_binder_packet_account_id_once")),
    )
    op.create_index("ix_binder_packet_patient_id", "binder_packet", ["patient_id"])
    op.create_index("ix_binder_packet_appointment_id", "binder_packet", ["appointment_id"])


def downgrade() -> None:
    for table in (
        "binder_packet",
        "binder_paper_content",
        "binder_paper",
        "binder_note",
        "binder_opening",
        "binder_share_file",
        "binder_share",
        "binder_section",
    ):
        op.drop_table(table)
