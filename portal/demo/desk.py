"""What the demo clinic's staff work with: quick texts, tasks, a question to a colleague, an offer to another team."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.demo.roster import DOMAIN
from portal.infra.dates import date_in
from portal.infra.ids import new_id
from portal.messaging import colleagues, inbox, offers, quick_texts, tasks
from portal.messaging.quick_texts import Words
from portal.messaging.service import Reply
from portal.models import Account, Practitioner, Thread
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

DOCTOR, NURSE = "mariam.gleason", "amy.tran"
TEXTS = (
    (
        DOCTOR,
        Words(
            "me",
            "Result is fine",
            "Hello {patient_given_name}, your result is fine. Nothing has to change. {my_name}",
            "Hola {patient_given_name}, su resultado está bien. No hay que cambiar nada. {my_name}",
        ),
    ),
    (
        NURSE,
        Words(
            "pool:nurse_triage",
            "Call if it gets worse",
            "If it gets worse, call our nurses at {nurse_line}. {my_name}",
            "Si empeora, llame a la línea de enfermería al {nurse_line}. {my_name}",
        ),
    ),
    (
        NURSE,
        Words(
            "pool:nurse_triage",
            "We are looking into it",
            "Hello {patient_given_name}, we are looking into it and answer by {due_day}.",
            "Hola {patient_given_name}, lo estamos revisando y contestamos a más tardar el {due_day}.",
        ),
    ),
)


def write(services: Services) -> None:
    """Give the desk something to show, through the portal's own use cases."""
    actors = {login: _actor(services, login) for login in (DOCTOR, NURSE)}
    for login, words in TEXTS:
        with UnitOfWork.open(services, actors[login], write=True) as uow:
            quick_texts.make(uow, words)
    with UnitOfWork.open(services, actors[DOCTOR], write=False) as uow:
        open_ones = [one.id for one in inbox.items(uow, "mine")[0]]
    if not open_ones:
        return
    with UnitOfWork.open(services, actors[DOCTOR], write=True) as uow:
        _work(uow, uow.load(Action.MESSAGE_THREAD_READ, Thread, open_ones[0]), actors[NURSE])
    with UnitOfWork.open(services, actors[DOCTOR], write=True) as uow:
        thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, open_ones[-1])
        why = "My part is done. Please look for a visit next week."
        offers.offer(uow, thread.patient_id, thread.id, "scheduling", why, thread.version, "next_step")


def _work(uow: UnitOfWork, thread: Thread, nurse: Actor) -> None:
    """A task and a side question in one conversation."""
    due_on = date_in(uow.now, uow.settings.zone) + timedelta(days=1)
    owner = str(uow.actor.practitioner_id)
    words = "Ask the front desk for the form and sign it."
    tasks.make(uow, tasks.New(thread.patient_id, thread.id, "todo", words, owner, due_on, new_id()))
    if nurse.practitioner_id in dict(colleagues.choices(uow, thread)):
        question = Reply(thread.patient_id, thread.id, "Has she called about this, too?", new_id())
        colleagues.ask(uow, question, _known(nurse))


def _known(actor: Actor) -> UUID:
    assert actor.practitioner_id is not None
    return actor.practitioner_id


def _actor(services: Services, login: str) -> Actor:
    with services.database.connect() as connection:
        statement = select(Account, Practitioner.role).join(Practitioner, Practitioner.id == Account.practitioner_id)
        row: Any = connection.execute(statement.where(Account.email == f"{login}@{DOMAIN}")).one()
    return Actor(
        "staff",
        account_id=row.id,
        practitioner_id=row.practitioner_id,
        role=row.role,
        name=row.display_name,
        language=row.language,
    )
