"""Somebody without an account comes to a link or a card. What they get is what its maker may see at this moment.

Each arrival is counted, noted and told to the patient in a transaction of its own, whatever the answer is.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import or_, select

from portal.binder import exporting, keeping, links, sharing
from portal.binder.sections import Binder
from portal.infra.dates import date_in
from portal.infra.errors import NotFound
from portal.infra.ids import digest, new_id
from portal.messaging.files import BadFile, Upload
from portal.models import Account, BinderNote, BinderOpening, BinderShare, BinderShareFile, Person, Task
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work import limits
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.BINDER_SHARE_READ, Action.BINDER_SHARE_UPDATE
JOB = "binder.open_share"
BEFORE_THE_CLINIC = "outside.take_paper"  # the papers of outside take it from there
PER_ADDRESS = limits.Window("binder-address", 60, timedelta(minutes=10))
PER_SHARE = limits.Window("binder-share", 120, timedelta(hours=1))
REPLIES = limits.Window("binder-reply", 6, timedelta(hours=1))
TICKET = timedelta(minutes=15)
LONGEST_NAME = 200
MOST_QUOTED = 600  # letters of a note from outside in the task that tells of it
REPLY_DAYS = timedelta(days=3)


class WrongPasscode(Exception):
    """The passcode is missing or wrong; `left` says how many more there are, for the whole life of the share."""

    def __init__(self, left: int) -> None:
        super().__init__("passcode")
        self.left = left


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as anybody can know."""

    services: Services
    address: str | None
    request_id: str
    who: str = ""

    @property
    def actor(self) -> Actor:
        return Actor.system(JOB).on_behalf(address=self.address, request_id=self.request_id)


@dataclass(frozen=True, slots=True)
class File:
    """An encrypted file, and when what is in it was put together."""

    jwe: bytes
    made_at: datetime
    ticket: str
    is_live: bool


def limit(caller: Caller, token: str) -> None:
    """Count the arrival before anything is looked up. Raises `TooMany`."""
    limits.take(caller.services, PER_ADDRESS, caller.address or "unknown")
    limits.take(caller.services, PER_SHARE, token)


def _find(uow: UnitOfWork, kind: str, token: str) -> BinderShare:
    statement = uow.select(READ, BinderShare).where(BinderShare.token_hash == digest(token), BinderShare.kind == kind)
    found = uow.scalars(statement)
    if not found:
        raise NotFound(action=READ)
    share: BinderShare = found[0]
    return share


def arrive(caller: Caller, kind: str, token: str) -> BinderShare:
    """The share behind a token, if it answers now. Raises `NotFound`; one that was ended notes that somebody came."""
    with UnitOfWork.open(caller.services, caller.actor, write=False) as uow:
        share = _find(uow, kind, token)
        state = sharing.state_of(share, uow.now)
        is_held = state == "active" and _is_held(uow, share)
        uow.session.expunge(share)
    if state == "locked":
        raise WrongPasscode(0)
    if not is_held:
        note(caller, share, "closed" if state == "active" else state)
        raise NotFound(action=READ)
    return share


def _maker(uow: UnitOfWork, share: BinderShare) -> Actor | None:
    account = uow.first(
        select(Account.id, Account.person_id, Account.language).where(Account.id == share.account_id, Account.is_active)
    )
    if account is None:
        return None
    kind = "patient" if account.person_id == share.patient_id else "caregiver"
    return Actor(kind, account_id=account.id, person_id=account.person_id, language=account.language)


def _is_held(uow: UnitOfWork, share: BinderShare) -> bool:
    maker = _maker(uow, share)
    if maker is None:
        return False
    with UnitOfWork.open(uow.services, maker, write=False) as reader:
        return sharing.still_held(reader, share)


def note(caller: Caller, share: BinderShare, outcome: str) -> None:
    """Put into the log who came and what became of it, and tell the patient."""
    with UnitOfWork.open(caller.services, caller.actor, write=True) as uow:
        _note(uow, caller, share, outcome)


def _note(uow: UnitOfWork, caller: Caller, share: BinderShare, outcome: str) -> None:
    row = BinderOpening(patient_id=share.patient_id, share_id=share.id, outcome=outcome, at=uow.now)
    if caller.who:
        row.who = uow.seal(share.patient_id, "binder_opening.who", row.id, caller.who[:LONGEST_NAME])
    uow.add(row)
    uow.audit(UPDATE, row, reason=outcome)
    own = select(Account.id).where(or_(Account.person_id == share.patient_id, Account.id == share.account_id))
    for account_id in uow.scalars(own):
        notify(uow, account_id, "binder_opened", f"opening:{row.id}:{account_id.hex[:8]}", about=share.patient_id)


def check_passcode(caller: Caller, share: BinderShare, passcode: str | None) -> None:
    """Raises `WrongPasscode`. A try is counted before it is judged: a hundred at once count as a hundred."""
    if share.passcode_hash is None:
        return
    if not passcode:
        raise WrongPasscode(share.tries_left or 0)
    with UnitOfWork.open(caller.services, caller.actor, write=True) as uow:
        taken = uow.update(UPDATE, BinderShare).where(BinderShare.id == share.id, BinderShare.tries_left > 0)
        count = uow.change(taken.values(tries_left=BinderShare.tries_left - 1))
        uow.audit(UPDATE, share, reason="passcode tried")
        left = uow.first(uow.select(READ, BinderShare, BinderShare.tries_left).where(BinderShare.id == share.id))[0]
    if not count:
        raise WrongPasscode(0)
    if not caller.services.passwords.verify(share.passcode_hash, passcode):
        note(caller, share, "passcode")
        raise WrongPasscode(left)
    with UnitOfWork.open(caller.services, caller.actor, write=True) as uow:
        back = uow.update(UPDATE, BinderShare).where(BinderShare.id == share.id)
        uow.change(back.values(tries_left=BinderShare.tries_left + 1))
        uow.audit(UPDATE, share, reason="passcode right")


def enter(caller: Caller, share: BinderShare) -> None:
    """Count an opening and note it, in one step. Raises `NotFound` when it was ended or used up meanwhile."""
    with UnitOfWork.open(caller.services, caller.actor, write=True) as uow:
        free = or_(BinderShare.most_openings.is_(None), BinderShare.openings < BinderShare.most_openings)
        statement = uow.update(UPDATE, BinderShare).where(
            BinderShare.id == share.id, BinderShare.revoked_at.is_(None), BinderShare.expires_at > uow.now, free
        )
        is_in = uow.change(statement.values(openings=BinderShare.openings + 1)) == 1
        _note(uow, caller, share, "opened" if is_in else "used-up")
    if not is_in:
        raise NotFound(action=READ)


def file_of(caller: Caller, share: BinderShare, today: date, clinic: tuple[str, str]) -> File:
    """What a link holds: the copy as it was made; of one that stays up to date, made and encrypted now."""
    with UnitOfWork.open(caller.services, caller.actor, write=False) as uow:
        ticket = _ticket(caller.services, share.id, uow.now + TICKET)
        if not share.is_live:
            statement = uow.select(READ, BinderShareFile).where(BinderShareFile.share_id == share.id)
            kept = uow.scalars(statement)
            if not kept:
                raise NotFound(action=READ)
            return File(kept[0].jwe, kept[0].made_at, ticket, is_live=False)
        if share.key is None:
            raise NotFound(action=READ)
        key = uow.unseal_bytes(share.patient_id, "binder_share.key", share.id, share.key)
        maker = _maker(uow, share)
    if maker is None:
        raise NotFound(action=READ)
    with UnitOfWork.open(caller.services, maker, write=False) as reader:
        plain = sharing.bundle_of(reader, share, today, clinic)
        return File(links.encrypt(key, plain), reader.now, ticket, is_live=True)


def _mac(services: Services, text: str) -> str:
    return hmac.new(services.ring.derive("binder-ticket", number=1), text.encode(), hashlib.sha256).hexdigest()[:32]


def _ticket(services: Services, share_id: UUID, until: datetime) -> str:
    text = f"{share_id.hex}{int(until.timestamp()):010d}"
    return text + _mac(services, text)


def by_ticket(caller: Caller, ticket: str) -> BinderShare:
    """The share of a short-lived address from a manifest. Raises `NotFound` once it is over, or the share ended."""
    text, mac = ticket[:42], ticket[42:]
    if not hmac.compare_digest(mac, _mac(caller.services, text)):
        raise NotFound(action=READ)
    share_id, until = UUID(hex=text[:32]), datetime.fromtimestamp(int(text[32:]), UTC)
    with UnitOfWork.open(caller.services, caller.actor, write=False) as uow:
        found = uow.scalars(uow.select(READ, BinderShare).where(BinderShare.id == share_id))
        if not found or until <= uow.now or found[0].revoked_at is not None or found[0].expires_at <= uow.now:
            raise NotFound(action=READ)
        share: BinderShare = found[0]
        if not _is_held(uow, share):
            raise NotFound(action=READ)
        uow.session.expunge(share)
        return share


def binder_of(caller: Caller, share: BinderShare, today: date) -> Binder:
    """What the emergency page shows, as its maker may see it now."""
    with UnitOfWork.open(caller.services, caller.actor, write=False) as uow:
        maker = _maker(uow, share)
    if maker is None:
        raise NotFound(action=READ)
    with UnitOfWork.open(caller.services, maker, write=False) as reader:
        found = exporting.gather(
            reader,
            share.patient_id,
            today,
            sections=share.sections,
            with_sensitive=share.is_sensitive,
            action=Action.BINDER_CARD_UPDATE,
        )
        return found.binder


def reply(caller: Caller, share: BinderShare, text: str, uploads: list[Upload]) -> list[str]:
    """A receiver sends a note or papers back: they land in the binder as "from outside, not checked".

    Returns the names of papers that were not taken. Raises `NotFound` where none are wanted, `TooMany`.
    """
    if not share.takes_replies or not share.openings:
        raise NotFound(action=READ)
    limits.take(caller.services, REPLIES, str(share.id))
    bad: list[str] = []
    with UnitOfWork.open(caller.services, caller.actor, write=True) as uow:
        if text:
            row = BinderNote(
                patient_id=share.patient_id,
                section="notes",
                text=b"",
                origin="outside",
                share_id=share.id,
                once=new_id(),
                made_at=uow.now,
            )
            row.text = uow.seal(share.patient_id, "binder_note.text", row.id, text)
            row.who = uow.seal(share.patient_id, "binder_note.who", row.id, caller.who[:LONGEST_NAME])
            uow.add(row)
            uow.audit(Action.BINDER_NOTE_UPDATE, row, reason="outside")
        for upload in uploads:
            try:
                paper = keeping.take_paper(
                    uow, share.patient_id, upload, who=caller.who[:LONGEST_NAME], origin="outside", share_id=share.id
                )
                uow.later(BEFORE_THE_CLINIC, paper.id, key=f"outside:{paper.id}")
            except BadFile as error:
                bad.append(error.name)
        _note(uow, caller, share, "reply")
        _tell_doctor(uow, caller, share, text)
    return bad


def _tell_doctor(uow: UnitOfWork, caller: Caller, share: BinderShare, text: str) -> None:
    """What came from outside is put before the primary care clinician, who decides; no list changes by it (PHR-7)."""
    person = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.pcp_id, within=share.patient_id))
    if person is None or person.pcp_id is None:
        return
    task = Task(
        patient_id=share.patient_id,
        kind="todo",
        words=b"",
        owner_practitioner_id=person.pcp_id,
        due_on=date_in(uow.now, uow.settings.zone) + REPLY_DAYS,
        made_by_id=share.account_id,
        made_at=uow.now,
        once=new_id(),
    )
    words = gettext("From outside, not checked: %(who)s sent a note or a paper to the binder.", who=caller.who)
    task.words = uow.seal(share.patient_id, "task.words", task.id, f"{words} {text[:MOST_QUOTED]}".strip())
    uow.add(task)
    uow.audit(Action.DESK_TASK_CREATE, task, reason="outside")
