"""A small practice: one patient with a potassium result, the specialist who ordered it, nurses, a liaison, family."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.messaging import service
from portal.messaging.deciding import Ask, plan
from portal.models import Absence, PoolMember, Thread
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
from tests.factories.record import make_medicine, make_result
from tests.support import canary

SCOPES = ("results", "meds_view", "record_basic", "messages_read", "messages_send", "appointments_view")
QUESTION = "My potassium came back 5.6. Can I still eat bananas?"
EMERGENCY = "I have crushing chest pain and my left arm is numb right now."


class World:
    """Everybody, by name: `world.actors["liaison"]`, `world.accounts["liaison"]`."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with made(services) as session:
            triage = make_pool(session)
            desk = make_pool(session, "scheduling", "Scheduling", is_clinical=False)
            for key, name in (("billing", "Billing"), ("records", "Records"), ("portal_support", "Portal help")):
                make_pool(session, key, name, is_clinical=False)
            heart = make_pool(session, "cardiology", "Cardiology team")
            patient = make_patient(session)
            stranger = make_patient(session, "Stranger", "Elsewhere")
            pcp = make_staff(session, "Dr. Pia Prime", cares_for=[patient])
            doctor = make_staff(
                session, "Dr. Otto Heart", "specialist", cares_for=[patient], pools=[heart], specialty="Cardiology"
            )
            doctor.pool_id = heart.id
            cover = make_staff(session, "Dr. Cora Cover", "specialist", cares_for=[patient], pools=[heart])
            nurse = make_staff(session, "Nils Nurse, RN", "nurse", pools=[triage])
            second = make_staff(session, "Nora Night, RN", "nurse", pools=[triage])
            manager = make_staff(session, "Mia Manager, RN", "care_manager", cares_for=[patient])
            clerk = make_staff(session, "Ben Book", "front_desk", pools=[desk])
            outsider = make_staff(session, "Dr. Olga Other", "pcp")
            patient.pcp_id, patient.care_manager_id = pcp.id, manager.id
            result = make_result(session, patient, orderer_id=doctor.id)
            medicine = make_medicine(session, patient, prescriber_id=pcp.id)
            liaison, held = make_caregiver(session, patient, scopes=SCOPES)
            family, _ = make_caregiver(session, patient, kind="family", relation="aunt", name="Carmen Delgado")
            self.pool_id, self.desk_id, self.heart_id = triage.id, desk.id, heart.id
            self.patient, self.stranger = patient, stranger
            self.staff = {
                "pcp": pcp, "doctor": doctor, "cover": cover, "nurse": nurse, "second": second,
                "manager": manager, "clerk": clerk, "outsider": outsider,
            }  # fmt: skip
            self.result_id, self.medicine_id, self.held_id = result.id, medicine.id, held.id
            people: dict[str, Any] = {"patient": patient, "stranger": stranger, **self.staff}
            self.accounts = {name: account_of(session, who) for name, who in people.items()}
            self.accounts |= {"liaison": liaison, "family": family, "admin": make_account(session, "A", is_admin=True)}
            self.actors = {name: actor_for(session, account) for name, account in self.accounts.items()}

    @property
    def person_id(self) -> UUID:
        found: UUID = self.patient.id
        return found

    def open(self, who: str | Actor, *, write: bool = True) -> AbstractContextManager[UnitOfWork]:
        """A unit of work in somebody's name."""
        actor = self.actors[who] if isinstance(who, str) else who
        return UnitOfWork.open(self.services, actor, write=write)

    def change(self, model: Any, row_id: UUID, **values: Any) -> None:
        """Change a row from the ground floor."""
        with made(self.services) as session:
            row = session.get(model, row_id)
            for name, value in values.items():
                setattr(row, name, value)

    def away(self, who: str, covering: str | None = None, *, days: int = 9) -> None:
        """Somebody is away from today on."""
        today = self.services.clock.now().date()
        with made(self.services) as session:
            session.add(
                Absence(
                    practitioner_id=self.staff[who].id,
                    starts_on=today,
                    ends_on=today + timedelta(days=days),
                    covering_id=self.staff[covering].id if covering else None,
                )
            )

    def join(self, who: str, pool_id: UUID) -> None:
        with made(self.services) as session:
            session.add(PoolMember(pool_id=pool_id, practitioner_id=self.staff[who].id))

    def ask(self, text: str = QUESTION, who: str = "patient", **more: Any) -> UUID:
        """Send a question as somebody who has seen who will answer; returns the thread's id."""
        ask = Ask(self.person_id, text, more.pop("once", None) or uuid4(), **more)
        with self.open(who) as uow:
            outcome = service.ask_question(uow, ask, seen=plan(uow, ask).mark)
            assert outcome.thread_id is not None
            return outcome.thread_id

    def answer(
        self, thread_id: UUID, text: str = "A bit high, not dangerous.", who: str = "doctor", **more: Any
    ) -> None:
        with self.open(who) as uow:
            service.answer_as_staff(uow, service.Reply(self.person_id, thread_id, text, uuid4()), **more)

    def thread(self, thread_id: UUID) -> Thread:
        with made(self.services) as session:
            found = session.get(Thread, thread_id)
            assert found is not None
            return found

    def messages_url(self, *rest: object) -> str:
        return "/".join([f"/people/{self.person_id}/messages", *map(str, rest)])


__all__ = ["EMERGENCY", "QUESTION", "World", "canary", "date"]
