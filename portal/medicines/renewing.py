"""Asking for more of a medicine. The request is a conversation like any other, with an owner, a due time and an end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.infra.ids import new_id
from portal.medicines import words as said
from portal.messaging import service as messaging
from portal.messaging.deciding import Ask, plan_one
from portal.messaging.service import Reply
from portal.models import Medication, MedicineRenewal, Person, Thread
from portal.policy.actions import Action
from portal.policy.rules_medicines import PRESCRIBERS
from portal.work.unit_of_work import UnitOfWork

OPEN = ("asked", "looking", "approved")
EXPIRES = timedelta(days=30)
REASONS = ("visit", "test", "early", "other", "change", "unsafe", "stopped", "reason")
# What may follow what. Nobody goes back.
NEXT = {
    "asked": ("looking", "approved", "sent", "denied"),
    "looking": ("approved", "sent", "denied"),
    "approved": ("sent", "denied"),
}


def is_for_all(state: str, following: str) -> bool:
    """Whether nurses and pharmacists may take that step, too: to look at it, and to send what is approved."""
    return following == "looking" or (following == "sent" and state == "approved")


def ask(
    uow: UnitOfWork, person_id: UUID, medication_id: UUID, once: UUID, *, note: str = "", pharmacy: str = ""
) -> UUID:
    """Ask for more of a medicine that is prescribed; sent twice it is one. Returns the id of the request.

    The question goes to whoever answers such questions, as one that is written. Raises `NotFound`, `NotAllowed`;
    `Conflict("already-asked")` while one is open; `Conflict("not-prescribed")` for what is not an active prescription;
    `Conflict("emergency")` when the note reads like an emergency: nothing is sent then.
    """
    line = uow.load(Action.MEDICINE_RENEWAL_CREATE, Medication, medication_id, within=person_id)
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    statement = uow.select(Action.MEDICINE_RENEWAL_READ, MedicineRenewal, MedicineRenewal.id, within=person_id)
    mine = (MedicineRenewal.account_id == uow.actor.account_id, MedicineRenewal.once == once)
    if again := uow.first(statement.where(*mine)):
        return again.id
    if line.kind != "prescribed" or line.status not in ("active", "unknown"):
        raise Conflict("not-prescribed")
    if uow.first(statement.where(MedicineRenewal.medication_id == line.id, MedicineRenewal.state.in_(OPEN))):
        raise Conflict("already-asked")
    made = plan_one(
        uow,
        Ask(
            person_id,
            _question(said.plain_name(line.name), note, pharmacy),
            once,
            "medication",
            line.id,
            topic="medication_refill",
        ),
    )
    if made.decision.urgency == "emergency":
        raise Conflict("emergency")
    thread = messaging.open_thread(uow, made)
    row = MedicineRenewal(
        patient_id=person_id,
        medication_id=line.id,
        sensitivity=line.sensitivity,
        thread_id=thread.id,
        words=b"",
        account_id=uow.actor.account_id,
        asked_at=uow.now,
        due_at=thread.due_at,
        expires_at=uow.now + EXPIRES,
        once=once,
        changed_at=uow.now,
    )
    told = {key: value for key, value in (("note", note), ("pharmacy", pharmacy)) if value}
    row.words = uow.seal(person_id, "medicine_renewal.words", row.id, json.dumps(told, ensure_ascii=False))
    uow.add(row)
    uow.audit(Action.MEDICINE_RENEWAL_CREATE, row)
    with uow.absorbing_duplicates():  # two asked at the same moment: the second learns of the first
        uow.flush()
    uow.later("medicines.expire", row.id, at=row.expires_at, key=f"renewal:{row.id}")
    return row.id


def _question(name: str, note: str, pharmacy: str) -> str:
    parts = [_("I need more of %(name)s. Could you please renew it?", name=name)]
    if pharmacy:
        parts.append(_("My pharmacy: %(name)s", name=pharmacy))
    return "\n".join([*parts, note] if note else parts)


def decide(
    uow: UnitOfWork, person_id: UUID, renewal_id: UUID, state: str, *, reason: str = "", answer: str = ""
) -> None:
    """Take a request one step on. Who asked reads every step on the list, and the end of it in the conversation.

    Raises `NotFound`; `NotAllowed` where somebody who does not prescribe approves or denies; `Invalid("reason")` for a
    denial without one; `Conflict("decided")` when it is past that step already.
    """
    row = uow.load(Action.MEDICINE_RENEWAL_DECIDE, MedicineRenewal, renewal_id, within=person_id)
    if row.state == state:
        return
    if state not in NEXT.get(row.state, ()):
        raise Conflict("decided")
    if not is_for_all(row.state, state) and uow.actor.role not in PRESCRIBERS:
        raise NotAllowed(action=Action.MEDICINE_RENEWAL_DECIDE)
    if state == "denied" and (reason not in REASONS or (reason == "reason" and not answer)):
        raise Invalid("reason")
    row.state, row.changed_at, row.decided_by_id = state, uow.now, uow.actor.account_id
    row.reason = reason if state == "denied" else None
    row.answer = uow.seal(person_id, "medicine_renewal.answer", row.id, answer) if answer else None
    uow.audit(Action.MEDICINE_RENEWAL_DECIDE, row, reason=state)
    uow.flush()
    if state != "looking":
        _tell(uow, row, answer)


def _tell(uow: UnitOfWork, row: MedicineRenewal, answer: str) -> None:
    """The end of it stands in the conversation, in the patient's language; a closed one stays as it is."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, row.thread_id, within=row.patient_id)
    if thread.state == "closed":
        return
    facts: Any = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.language, within=row.patient_id))
    line = uow.load(Action.RECORD_MEDICATION_READ, Medication, row.medication_id, within=row.patient_id)
    with force_locale("es" if (facts.language or "").startswith("es") else "en"):
        text = _told(row, said.plain_name(line.name))
    text = f"{text}\n\n{answer}" if answer else text
    then = "answered" if row.state == "approved" else "closed"
    messaging.answer_as_staff(uow, Reply(row.patient_id, row.thread_id, text, new_id()), then=then)


def _told(row: MedicineRenewal, name: str) -> str:
    if row.state == "approved":
        return _("Your request for more of %(name)s is approved. It goes to your pharmacy next.", name=name)
    if row.state == "sent":
        return _("%(name)s was sent to your pharmacy. Ask there when you can fetch it.", name=name)
    return _("We can’t renew %(name)s now. %(why)s", name=name, why=said.denial_words(row.reason or ""))


def expire(uow: UnitOfWork, renewal_id: UUID) -> None:
    """A request that nobody brought to an end in 30 days is over, and says so. Looks again first."""
    row = uow.load(Action.MEDICINE_RENEWAL_DECIDE, MedicineRenewal, renewal_id)
    if row.state in OPEN and row.expires_at <= uow.now:
        row.state, row.changed_at = "expired", uow.now
        uow.audit(Action.MEDICINE_RENEWAL_DECIDE, row, reason="expired")
