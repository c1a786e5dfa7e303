"""What there is around visits: what was asked for and held, and the hours of two clinicians."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from portal.models import CalendarFeed, CheckIn, Hold, Place, Screening, VisitRequest, VisitType, WorkingHours


def add_visits(clinic: Any) -> None:
    """A visit of the team's doctor, what was asked for and held, and the hours of two clinicians."""
    own, doctor = clinic.actors["patient"].account_id, clinic.actors["team_doctor"].practitioner_id
    other = clinic.actors["other_doctor"].practitioner_id
    for label, who in (("", doctor), (" of another", other)):
        clinic.rows["practitioner" + label] = who
    place = clinic._add(Place(name="Clinic", time_zone="America/New_York"))
    kind = clinic._add(VisitType(key="visit", name_en="Visit", name_es="Visita", minutes=30, forms=[]))
    clinic.rows |= {"place": place.id, "visit_type": kind.id}
    for label, who in (("", doctor), (" of another", other)):
        hours = WorkingHours(
            practitioner_id=who,
            place_id=place.id,
            weekday=0,
            opens=480,
            closes=960,
            starts_on=date(2026, 1, 1),
            types=[],
        )
        clinic.rows["working_hours" + label] = clinic._add(hours).id
    patient: dict[str, Any] = {"patient_id": clinic.patient.id, "account_id": own}
    visit = {"visit_type_id": kind.id, "practitioner_id": doctor, "place_id": place.id, "starts_at": clinic.now}
    held = {"minutes": 30, "made_at": clinic.now, "expires_at": clinic.now}
    clinic.rows["hold"] = clinic._add(Hold(**patient, **visit, **held)).id
    asked = VisitRequest(**patient, wants="book", words=b"", made_at=clinic.now, expires_at=clinic.now, once=uuid4())
    clinic.rows["visit_request"] = clinic._add(asked).id
    feed = CalendarFeed(**patient, token_hash=b"y" * 32, made_at=clinic.now)
    clinic.rows["calendar_feed"] = clinic._add(feed).id
    booked = clinic.rows["appointment"]
    clinic.rows["check_in"] = clinic._add(CheckIn(**patient, appointment_id=booked, answers=b"", made_at=clinic.now)).id
    clinic.rows["screening"] = clinic._add(
        Screening(**patient, instrument="phq2", answers=b"", made_at=clinic.now, once=uuid4())
    ).id
