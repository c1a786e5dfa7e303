"""The parts of the record that the first tables left out, and what readers do with a line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = "state IN ('asked', 'extended', 'disputed')"
AUTHORED = ("allergy", "care_plan", "condition", "goal", "immunization")
TABLES = (
    "record_amendment", "record_check", "record_seen", "imaging_study", "emergency_contact", "advance_directive",
    "coverage", "device", "family_history",
)  # fmt: skip


def upgrade() -> None:
    for table in AUTHORED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("author_id", sa.Uuid(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_author_id_practitioner"), "practitioner", ["author_id"], ["id"])
    op.add_column("document", sa.Column("encounter_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_document_encounter_id"), "document", ["encounter_id"])
    _tables()


def _tables() -> None:
    op.create_table(
        "advance_directive",
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("ended", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_advance_directive_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_advance_directive_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advance_directive")),
        sa.UniqueConstraint("source_id", name=op.f("uq_advance_directive_source_id")),
    )
    op.create_index(op.f("ix_advance_directive_patient_id"), "advance_directive", ["patient_id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("payer", sa.String(length=200), nullable=True),
        sa.Column("member_number", sa.String(length=80), nullable=True),
        sa.Column("group_number", sa.String(length=80), nullable=True),
        sa.Column("holder", sa.String(length=60), nullable=True),
        sa.Column("ended", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_coverage_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_coverage_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("source_id", name=op.f("uq_coverage_source_id")),
    )
    op.create_index(op.f("ix_coverage_patient_id"), "coverage", ["patient_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("identifier", sa.String(length=200), nullable=True),
        sa.Column("maker", sa.String(length=200), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("lot", sa.String(length=80), nullable=True),
        sa.Column("expires", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_device_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_device_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("source_id", name=op.f("uq_device_source_id")),
    )
    op.create_index(op.f("ix_device_patient_id"), "device", ["patient_id"], unique=False)
    op.create_table(
        "emergency_contact",
        sa.Column("relation", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("named_in_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["named_in_id"], ["source_resource.id"], name=op.f("fk_emergency_contact_named_in_id_source_resource")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_emergency_contact_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_emergency_contact_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_contact")),
        sa.UniqueConstraint("source_id", name=op.f("uq_emergency_contact_source_id")),
    )
    op.create_index(op.f("ix_emergency_contact_patient_id"), "emergency_contact", ["patient_id"], unique=False)
    op.create_table(
        "family_history",
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("deceased", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_family_history_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_family_history_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_history")),
        sa.UniqueConstraint("source_id", name=op.f("uq_family_history_source_id")),
    )
    op.create_index(op.f("ix_family_history_patient_id"), "family_history", ["patient_id"], unique=False)
    op.create_table(
        "imaging_study",
        sa.Column("modality", sa.String(length=120), nullable=True),
        sa.Column("body_site", sa.String(length=200), nullable=True),
        sa.Column("series", sa.Integer(), nullable=True),
        sa.Column("pictures", sa.Integer(), nullable=True),
        sa.Column("performer_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_system", sa.String(length=120), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.String(length=40), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_imaging_study_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["performer_id"], ["practitioner.id"], name=op.f("fk_imaging_study_performer_id_practitioner")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source_resource.id"], name=op.f("fk_imaging_study_source_id_source_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imaging_study")),
        sa.UniqueConstraint("source_id", name=op.f("uq_imaging_study_source_id")),
    )
    op.create_index(
        op.f("ix_imaging_study_patient_id_happened_on"), "imaging_study", ["patient_id", "happened_on"], unique=False
    )
    op.create_table(
        "record_amendment",
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("sensitivity", sa.String(length=12), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("wrong", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_pool_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name=op.f("ck_record_amendment_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_record_amendment_answered_by_id_account")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name=op.f("fk_record_amendment_asked_by_id_account")),
        sa.ForeignKeyConstraint(["owner_pool_id"], ["pool.id"], name=op.f("fk_record_amendment_owner_pool_id_pool")),
        sa.ForeignKeyConstraint(
            ["owner_practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_record_amendment_owner_practitioner_id_practitioner"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_record_amendment_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_amendment")),
    )
    op.create_index(
        "ix_record_amendment_open_pool",
        "record_amendment",
        ["owner_pool_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('asked', 'extended', 'disputed')"),
        postgresql_where=sa.text("state IN ('asked', 'extended', 'disputed')"),
    )
    op.create_index(
        "ix_record_amendment_open_practitioner",
        "record_amendment",
        ["owner_practitioner_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('asked', 'extended', 'disputed')"),
        postgresql_where=sa.text("state IN ('asked', 'extended', 'disputed')"),
    )
    op.create_index(
        op.f("ix_record_amendment_patient_id_asked_at"), "record_amendment", ["patient_id", "asked_at"], unique=False
    )
    op.create_table(
        "record_check",
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_record_check_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_record_check_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_check")),
    )
    op.create_index(
        op.f("ix_record_check_patient_id_part_checked_at"),
        "record_check",
        ["patient_id", "part", "checked_at"],
        unique=False,
    )
    op.create_table(
        "record_seen",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_record_seen_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_record_seen_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_seen")),
        sa.UniqueConstraint("account_id", "patient_id", "part", name=op.f("uq_record_seen_account_id_patient_id_part")),
    )
    op.create_index(op.f("ix_record_seen_patient_id"), "record_seen", ["patient_id"], unique=False)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index(op.f("ix_document_encounter_id"), table_name="document")
    with op.batch_alter_table("document") as batch:
        batch.drop_column("encounter_id")
    for table in AUTHORED:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_author_id_practitioner"), type_="foreignkey")
            batch.drop_column("author_id")
