"""A practice whose times can be booked: two clinicians, a place, a kind of visit, one patient and those around."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.appointments import booking
from portal.models import Appointment, Occupied
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import (
    account_of,
    actor_for,
    made,
    make_account,
    make_caregiver,
    make_patient,
    make_pool,
    make_staff,
)
from tests.factories.schedule import make_hours, make_place, make_visit_type

NINE = datetime(2026, 3, 12, 13, tzinfo=UTC)  # Thursday, 9:00 at the practice; two days from the tests' now


class World:
    """Everybody, by name."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with made(services) as session:
            desk = make_pool(session, "scheduling", "Scheduling", is_clinical=False)
            triage = make_pool(session)
            patient = make_patient(session)
            other = make_patient(session, "Other", "Person")
            doctor = make_staff(session, "Dr. Otto Heart", "pcp", cares_for=[patient])
            second = make_staff(session, "Dr. Sara Second", "pcp", languages="es")
            nurse = make_staff(session, "Nils Nurse, RN", "nurse", cares_for=[patient], pools=[triage])
            clerk = make_staff(session, "Ben Book", "front_desk", pools=[desk])
            son, _ = make_caregiver(session, patient, scopes=["appointments_view", "appointments_manage"])
            looker, _ = make_caregiver(
                session, patient, kind="proxy", scopes=["appointments_view"], name="Lena Look", relation="niece"
            )
            place, kind = make_place(session), make_visit_type(session)
            make_hours(session, doctor, place)
            make_hours(session, second, place)
            self.patient, self.other, self.place, self.kind = patient, other, place, kind
            self.desk_id, self.triage_id = desk.id, triage.id
            self.staff = {"doctor": doctor, "second": second, "nurse": nurse, "clerk": clerk}
            people: dict[str, Any] = {"patient": patient, "other": other, **self.staff}
            self.accounts = {name: account_of(session, who) for name, who in people.items()}
            self.accounts |= {"son": son, "looker": looker, "admin": make_account(session, "Ada", is_admin=True)}
            self.actors = {name: actor_for(session, account) for name, account in self.accounts.items()}

    @property
    def person_id(self) -> UUID:
        found: UUID = self.patient.id
        return found

    def open(self, who: str | Actor, *, write: bool = True) -> AbstractContextManager[UnitOfWork]:
        """A unit of work in somebody's name."""
        return UnitOfWork.open(self.services, self.actors[who] if isinstance(who, str) else who, write=write)

    def choice(self, at: datetime = NINE, who: str = "doctor", **more: Any) -> booking.Choice:
        person = more.pop("person_id", self.person_id)
        return booking.Choice(person, self.kind.id, self.staff[who].id, self.place.id, at, **more)

    def hold(self, at: datetime = NINE, by: str = "patient", **more: Any) -> UUID:
        with self.open(by) as uow:
            return booking.hold(uow, self.choice(at, **more)).id

    def book(self, at: datetime = NINE, by: str = "patient", agenda: str = "", **more: Any) -> UUID:
        """A booked visit."""
        hold_id = self.hold(at, by, **more)
        with self.open(by) as uow:
            return booking.confirm(uow, more.get("person_id", self.person_id), hold_id, booking.Needs(), agenda).id

    def visit(self, visit_id: UUID) -> Appointment:
        with made(self.services) as session:
            found = session.get(Appointment, visit_id)
            assert found is not None
            return found

    def taken(self) -> int:
        """How many cells are taken."""
        with made(self.services) as session:
            return session.scalar(select(func.count()).select_from(Occupied)) or 0

    def url(self, *rest: object) -> str:
        return "/".join([f"/people/{self.person_id}/appointments", *map(str, rest)])
