"""Invitations of caregivers, their signatures and evidence, and what a grant remembers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.add_column("relationship", _moment("narrows_at"))
    op.add_column("relationship", _moment("ended_at"))
    op.add_column("relationship", sa.Column("suspended_by", sa.String(length=10), nullable=True))
    op.add_column(
        "relationship_scope", sa.Column("is_lasting", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    table = "access_invitation"
    op.create_table(
        table,
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("mail_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        _moment("made_at", nullable=False),
        _moment("expires_at"),
        _moment("answered_at"),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _link(table, "made_by_id", "account"),
        _link(table, "account_id", "account"),
        _link(table, "relationship_id", "relationship"),
        _link(table, "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("code_hash", name=op.f(f"uq_{table}_code_hash")),
        sa.UniqueConstraint("mail_hash", name=op.f(f"uq_{table}_mail_hash")),
    )
    op.create_index(f"ix_{table}_patient_id_state", table, ["patient_id", "state"])
    asked = sa.text("kind = 'liaison' AND state = 'invited'")
    op.create_index(
        f"uq_{table}_asked_liaison", table, ["patient_id"], unique=True, sqlite_where=asked, postgresql_where=asked
    )
    table = "access_signature"
    op.create_table(
        table,
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=10), nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=False),
        _moment("signed_at", nullable=False),
        _moment("withdrawn_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _link(table, "invitation_id", "access_invitation"),
        _link(table, "relationship_id", "relationship"),
        _link(table, "signed_by_id", "account"),
        _link(table, "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    table = "access_evidence"
    op.create_table(
        table,
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("filed_by_id", sa.Uuid(), nullable=False),
        _moment("filed_at", nullable=False),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        _moment("checked_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        _link(table, "invitation_id", "access_invitation"),
        _link(table, "relationship_id", "relationship"),
        _link(table, "filed_by_id", "account"),
        _link(table, "checked_by_id", "account"),
        _link(table, "patient_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for name in ("access_signature", "access_evidence"):
        for column in ("relationship_id", "invitation_id"):
            op.create_index(f"ix_{name}_{column}", name, [column])


def downgrade() -> None:
    for table in ("access_evidence", "access_signature", "access_invitation"):
        op.drop_table(table)
    with op.batch_alter_table("relationship_scope") as scope:
        scope.drop_column("is_lasting")
    with op.batch_alter_table("relationship") as relationship:
        relationship.drop_column("suspended_by")
        relationship.drop_column("ended_at")
        relationship.drop_column("narrows_at")
