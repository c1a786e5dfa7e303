"""Places, rooms, kinds of visits, working hours, what is taken, and what patients and staff do with visits.

An `occupied` row is five minutes of a clinician, room or patient; its primary key refuses a second booking.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practitioner", sa.Column("languages", sa.String(length=60), nullable=True))
    op.create_table(
        "place",
        sa.Column("source_key", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("directions_en", sa.Text(), nullable=True),
        sa.Column("directions_es", sa.Text(), nullable=True),
        sa.Column("map_url", sa.String(length=300), nullable=True),
        sa.Column("video_url", sa.String(length=300), nullable=True),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("source_key", name=op.f("uq_place_source_key")),
    )
    op.create_table(
        "visit_type",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_es", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("is_video", sa.Boolean(), nullable=False),
        sa.Column("is_in_person", sa.Boolean(), nullable=False),
        sa.Column("needs_room", sa.Boolean(), nullable=False),
        sa.Column("before_en", sa.String(length=1000), nullable=True),
        sa.Column("before_es", sa.String(length=1000), nullable=True),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_type")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_type_key")),
    )
    op.create_table(
        "room",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_room_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(op.f("ix_room_place_id"), "room", ["place_id"], unique=False)
    with op.batch_alter_table("appointment") as visit:
        visit.add_column(sa.Column("visit_type_id", sa.Uuid(), nullable=True))
        visit.add_column(sa.Column("place_id", sa.Uuid(), nullable=True))
        visit.add_column(sa.Column("room_id", sa.Uuid(), nullable=True))
        visit.add_column(sa.Column("booked_by_id", sa.Uuid(), nullable=True))
        visit.add_column(sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        visit.add_column(sa.Column("video_key", sa.String(length=43), nullable=True))
        visit.add_column(sa.Column("needs", sa.LargeBinary(), nullable=True))
        visit.add_column(sa.Column("agenda", sa.LargeBinary(), nullable=True))
        visit.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("cancelled_by", sa.String(length=10), nullable=True))
        visit.add_column(sa.Column("cancelled_by_id", sa.Uuid(), nullable=True))
        visit.add_column(sa.Column("cancel_reason", sa.String(length=20), nullable=True))
        visit.add_column(sa.Column("is_overbooked", sa.Boolean(), nullable=False, server_default=sa.false()))
        visit.add_column(sa.Column("overbook_reason", sa.LargeBinary(), nullable=True))
        visit.add_column(sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("disrupted_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("summary", sa.LargeBinary(), nullable=True))
        visit.add_column(sa.Column("summary_at", sa.DateTime(timezone=True), nullable=True))
        visit.add_column(sa.Column("summary_by_id", sa.Uuid(), nullable=True))
        visit.create_foreign_key("fk_appointment_visit_type_id_visit_type", "visit_type", ["visit_type_id"], ["id"])
        visit.create_foreign_key("fk_appointment_place_id_place", "place", ["place_id"], ["id"])
        visit.create_foreign_key("fk_appointment_room_id_room", "room", ["room_id"], ["id"])
        visit.create_foreign_key("fk_appointment_booked_by_id_account", "account", ["booked_by_id"], ["id"])
        visit.create_foreign_key("fk_appointment_cancelled_by_id_account", "account", ["cancelled_by_id"], ["id"])
        visit.create_foreign_key("fk_appointment_summary_by_id_account", "account", ["summary_by_id"], ["id"])
    op.create_index("ix_appointment_place_id_starts_at", "appointment", ["place_id", "starts_at"])
    op.create_table(
        "occupied",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("resource_id", "seat", "cell", name=op.f("pk_occupied")),
    )
    op.create_index(op.f("ix_occupied_claim_id"), "occupied", ["claim_id"], unique=False)
    op.create_table(
        "working_hours",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_working_hours_place_id_place")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_working_hours_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
    )
    op.create_index(op.f("ix_working_hours_place_id"), "working_hours", ["place_id"], unique=False)
    op.create_index(op.f("ix_working_hours_practitioner_id"), "working_hours", ["practitioner_id"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_calendar_feed_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(
        op.f("ix_calendar_feed_patient_id_account_id"), "calendar_feed", ["patient_id", "account_id"], unique=False
    )
    op.create_table(
        "schedule_exception",
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("source_key", sa.String(length=255), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_schedule_exception_made_by_id_account")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_schedule_exception_place_id_place")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_schedule_exception_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_exception")),
        sa.UniqueConstraint("source_key", name=op.f("uq_schedule_exception_source_key")),
    )
    op.create_index(op.f("ix_schedule_exception_day"), "schedule_exception", ["day"], unique=False)
    op.create_index(
        op.f("ix_schedule_exception_practitioner_id_day"),
        "schedule_exception",
        ["practitioner_id", "day"],
        unique=False,
    )
    op.create_table(
        "check_in",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_check_in_account_id_account")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_check_in_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_check_in_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_check_in_appointment_id")),
    )
    op.create_table(
        "hold",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("is_video", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("moves_id", sa.Uuid(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_hold_account_id_account")),
        sa.ForeignKeyConstraint(["moves_id"], ["appointment.id"], name=op.f("fk_hold_moves_id_appointment")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_hold_patient_id_person")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_hold_place_id_place")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_hold_practitioner_id_practitioner")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_hold_room_id_room")),
        sa.ForeignKeyConstraint(["visit_type_id"], ["visit_type.id"], name=op.f("fk_hold_visit_type_id_visit_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_account_id_patient_id"), "hold", ["account_id", "patient_id"], unique=False)
    op.create_index(op.f("ix_hold_expires_at"), "hold", ["expires_at"], unique=False)
    op.create_table(
        "screening",
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(length=10), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_screening_account_id_account")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_screening_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_screening_patient_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_screening_account_id_once")),
    )
    op.create_index(op.f("ix_screening_appointment_id"), "screening", ["appointment_id"], unique=False)
    op.create_index(op.f("ix_screening_patient_id_made_at"), "screening", ["patient_id", "made_at"], unique=False)
    op.create_table(
        "visit_request",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("wants", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("visit_type_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("is_video", sa.Boolean(), nullable=False),
        sa.Column("times", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_visit_request_account_id_account")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_visit_request_answered_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_request_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_visit_request_patient_id_person")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_request_place_id_place")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_visit_request_practitioner_id_practitioner")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk_visit_request_visit_type_id_visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_request")),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_visit_request_account_id_once")),
    )
    op.create_index(
        op.f("ix_visit_request_patient_id_made_at"), "visit_request", ["patient_id", "made_at"], unique=False
    )
    op.create_index(op.f("ix_visit_request_state_made_at"), "visit_request", ["state", "made_at"], unique=False)
    op.create_table(
        "waitlist_entry",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_waitlist_entry_account_id_account")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_waitlist_entry_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_waitlist_entry_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_waitlist_entry_practitioner_id_practitioner")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk_waitlist_entry_visit_type_id_visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
        sa.UniqueConstraint("account_id", "once", name=op.f("uq_waitlist_entry_account_id_once")),
    )
    op.create_index(op.f("ix_waitlist_entry_patient_id"), "waitlist_entry", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_waitlist_entry_state_visit_type_id_made_at"),
        "waitlist_entry",
        ["state", "visit_type_id", "made_at"],
        unique=False,
    )
    op.create_table(
        "waitlist_offer",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_offer_entry_id_waitlist_entry")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_waitlist_offer_patient_id_person")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_waitlist_offer_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_offer")),
    )
    op.create_index(op.f("ix_waitlist_offer_entry_id"), "waitlist_offer", ["entry_id"], unique=False)
    op.create_index(op.f("ix_waitlist_offer_state_until"), "waitlist_offer", ["state", "until"], unique=False)


def downgrade() -> None:
    for table in (
        "waitlist_offer",
        "waitlist_entry",
        "visit_request",
        "screening",
        "hold",
        "check_in",
        "schedule_exception",
        "calendar_feed",
        "working_hours",
        "occupied",
    ):
        op.drop_table(table)
    op.drop_index("ix_appointment_place_id_starts_at", "appointment")
    with op.batch_alter_table("appointment") as visit:
        visit.drop_constraint("fk_appointment_visit_type_id_visit_type", type_="foreignkey")
        visit.drop_constraint("fk_appointment_place_id_place", type_="foreignkey")
        visit.drop_constraint("fk_appointment_room_id_room", type_="foreignkey")
        visit.drop_constraint("fk_appointment_booked_by_id_account", type_="foreignkey")
        visit.drop_constraint("fk_appointment_cancelled_by_id_account", type_="foreignkey")
        visit.drop_constraint("fk_appointment_summary_by_id_account", type_="foreignkey")
        visit.drop_column("summary_by_id")
        visit.drop_column("summary_at")
        visit.drop_column("summary")
        visit.drop_column("disrupted_at")
        visit.drop_column("ended_at")
        visit.drop_column("arrived_at")
        visit.drop_column("overbook_reason")
        visit.drop_column("is_overbooked")
        visit.drop_column("cancel_reason")
        visit.drop_column("cancelled_by_id")
        visit.drop_column("cancelled_by")
        visit.drop_column("cancelled_at")
        visit.drop_column("agenda")
        visit.drop_column("needs")
        visit.drop_column("video_key")
        visit.drop_column("sequence")
        visit.drop_column("booked_at")
        visit.drop_column("booked_by_id")
        visit.drop_column("room_id")
        visit.drop_column("place_id")
        visit.drop_column("visit_type_id")
    for table in ("room", "visit_type", "place"):
        op.drop_table(table)
    op.drop_column("practitioner", "languages")
