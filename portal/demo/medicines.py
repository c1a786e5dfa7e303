"""The demo clinic's lists of medicines: each state of a line, of a stamp and of a request is there to be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.demo.roster import DOMAIN
from portal.infra.errors import Conflict
from portal.infra.ids import new_id
from portal.medicines import deciding, keeping, proposing, renewing, service
from portal.medicines.proposing import Told
from portal.models import Account, MedicineStamp, Practitioner
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork


def write(services: Services) -> None:
    """Let people say something about their lists, and clinicians decide, through the portal's own use cases."""
    margery, rosa = actor_of(services, "margery.gibson"), actor_of(services, "rosa.tate")
    doctor = actor_of(services, "mariam.gleason")
    person_id = margery.person_id
    assert person_id is not None
    with UnitOfWork.open(services, margery, write=True) as uow:
        if service.reports(uow, person_id):
            return
        _say(uow, person_id, name="Aleve", sort="otc", strength="220 mg", amount="1 tablet", code="BID",
             purpose="knee pain", since="2025")  # fmt: skip
        fish = _say(uow, person_id, name="Fish oil", sort="vitamin", amount="1 capsule", code="DAILY")
        _say(uow, person_id, name="Grandma’s evening tea", sort="herbal", amount="1 cup", code="QHS")
        tonic = _say(uow, person_id, name="Iron tonic", sort="vitamin", amount="1 spoon", code="DAILY")
        _told_about_lines(uow, person_id)
        _confirmed_before(uow, person_id, margery, days=34)
    with UnitOfWork.open(services, rosa, write=True) as uow:
        if uow.may(Action.MEDICINE_REPORT_CREATE, patient=person_id):
            _say(uow, person_id, name="Vitamin D3", sort="vitamin", strength="25 mcg", amount="1 tablet", code="QAM")
    with UnitOfWork.open(services, doctor, write=True) as uow:
        deciding.decide(uow, person_id, fish, accept=True, answer="Fine with what you take.")
        deciding.decide(uow, person_id, tonic, accept=False, answer="Your iron is high enough. Please leave it out.")
    _requests(services, margery, doctor, person_id)
    with UnitOfWork.open(services, margery, write=True) as uow:
        listed = service.current(uow, person_id)
        for slot, lines in keeping.by_slot(listed).items():
            for number, line in enumerate(lines[:2] if slot == "morning" else ()):
                keeping.note(uow, person_id, listed, line.id, slot, "missed" if number else "taken")
    _confirmed(services, "dirk.kuhlman", 3, is_none=False)
    _confirmed(services, "thanh.mosciski", 95, is_none=False)


def _say(uow: UnitOfWork, person_id: UUID, **words: Any) -> UUID:
    return proposing.report(uow, Told(person_id, "add", new_id(), **words))


def _told_about_lines(uow: UnitOfWork, person_id: UUID) -> None:
    """One medicine is taken differently, and one not at all."""
    listed = service.current(uow, person_id)
    known = [line for line in listed.lines if line.medication_id]
    tablets = [line for line in known if "losartan" in line.name.lower()]
    if len(known) > 2 and tablets:
        first, last = tablets[0], known[-1]
        assert first.medication_id is not None
        proposing.report(
            uow,
            Told(person_id, "differently", new_id(), name=first.name, amount="half of one", code="QAM",
                 how="a whole one makes me dizzy", medication_id=first.medication_id),
        )  # fmt: skip
        told = Told(person_id, "not_taking", new_id(), name=last.name, medication_id=last.medication_id)
        proposing.report(uow, told)


def _requests(services: Services, margery: Actor, doctor: Actor, person_id: UUID) -> None:
    """Requests for more: one that waits, one that is on its way, one that was not granted."""
    asked: list[UUID] = []
    with UnitOfWork.open(services, margery, write=True) as uow:
        lines = [line for line in service.current(uow, person_id).lines if line.is_prescribed_here]
    for line in lines[:3]:
        assert line.medication_id is not None
        try:
            with UnitOfWork.open(services, margery, write=True) as uow:
                asked.append(
                    renewing.ask(uow, person_id, line.medication_id, new_id(), pharmacy="Main Street pharmacy")
                )
        except Conflict:
            continue
    for renewal_id, (state, reason, words) in zip(
        asked, (("approved", "", ""), ("denied", "test", "Please come for the potassium test first.")), strict=False
    ):
        with UnitOfWork.open(services, doctor, write=True) as uow:
            renewing.decide(uow, person_id, renewal_id, state, reason=reason, answer=words)


def _confirmed(services: Services, login: str, days: int, *, is_none: bool) -> None:
    actor = actor_of(services, login)
    assert actor.person_id is not None
    with UnitOfWork.open(services, actor, write=True) as uow:
        _confirmed_before(uow, actor.person_id, actor, days=days, is_none=is_none)


def _confirmed_before(uow: UnitOfWork, person_id: UUID, actor: Actor, *, days: int, is_none: bool = False) -> None:
    """A confirmation of some days ago."""
    row = MedicineStamp(
        patient_id=person_id,
        kind="confirmed",
        sources=["patient"],
        is_none=is_none,
        account_id=actor.account_id,
        made_at=uow.now - timedelta(days=days),
        once=new_id(),
    )
    uow.add(row)
    uow.audit(Action.MEDICINE_LIST_CONFIRM, row)


def actor_of(services: Services, login: str) -> Actor:
    """The actor of a demo account, as if it had signed in."""
    with services.database.connect() as connection:
        statement = select(Account, Practitioner.role).outerjoin(
            Practitioner, Practitioner.id == Account.practitioner_id
        )
        row: Any = connection.execute(statement.where(Account.email == f"{login}@{DOMAIN}")).one()
    kind = "staff" if row.practitioner_id else "patient" if row.person_id else "caregiver"
    return Actor(
        kind,
        account_id=row.id,
        person_id=row.person_id,
        practitioner_id=row.practitioner_id,
        role=row.role,
        name=row.display_name,
        language=row.language,
    )
