"""What the demo clinic's patients wait for: tests that were ordered, and a wish to hear of some results first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.demo.roster import DOMAIN
from portal.models import Account, OrderedTest, Practitioner
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.results import waiting
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

ORDERS = (
    ("24331-1", "Lipid panel", "laboratory", 1),
    ("57021-8", "Complete blood count", "laboratory", 6),
    ("30746-2", "Chest X-ray", "imaging", 0),
)


def write(services: Services) -> None:
    """Three orders of Margery Gibson's doctor, one of them late; she wants to hear of tissue and genes first."""
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        account = uow.scalars(select(Account).where(Account.email == f"margery.gibson@{DOMAIN}"))[0]
        doctor = uow.scalars(select(Practitioner.id).where(Practitioner.name.like("%Gleason%")))[0]
        known = uow.select(Action.RESULT_ORDER_READ, OrderedTest, OrderedTest.id, within=account.person_id)
        if uow.first(known.where(OrderedTest.source_id.is_(None))) is not None:
            return
        for code, name, category, days in ORDERS:
            order = OrderedTest(
                patient_id=account.person_id,
                code=code,
                code_system="http://loinc.org",
                name=name,
                status="active",
                category=category,
                orderer_id=doctor,
                ordered_at=uow.now - timedelta(days=days, hours=1),
            )
            uow.add(order)
            uow.audit(Action.INTEROP_IMPORT_CREATE, order, reason="demo")
        patient = Actor("patient", account_id=account.id, person_id=account.person_id)
    with UnitOfWork.open(services, patient, write=True) as uow:
        assert patient.person_id is not None
        waiting.wish(uow, patient.person_id, {"tissue": 3, "genetic": 7})
