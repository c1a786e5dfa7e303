"""Sharing chosen sections by link, and the emergency page of the card: made, listed, taken back, with who came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.binder import contents, exporting, links, summary
from portal.caregivers import service as caregivers
from portal.infra.errors import Invalid, NotFound
from portal.infra.ids import digest, new_token
from portal.models import BinderOpening, BinderShare, BinderShareFile
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.BINDER_SHARE_READ, Action.BINDER_SHARE_UPDATE
LONGEST = timedelta(days=366)  # twelve months, a leap day among them
TRIES = 10  # wrong passcodes in the whole life of a link
MOST_OPEN = 50
LINK, CARD = "link", "card"
_LABEL, _TOKEN, _KEY = "binder_share.label", "binder_share.token", "binder_share.key"


@dataclass(frozen=True, slots=True)
class NewShare:
    """What is to be shared, how, and for how long."""

    person_id: UUID
    label: str
    sections: tuple[str, ...]
    expires_at: datetime
    once: UUID
    is_sensitive: bool = False
    is_live: bool = False
    is_direct: bool = False
    is_single: bool = False
    takes_replies: bool = False
    passcode_hash: str | None = None
    appointment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A share as lists show it. `link` only of those whose key is kept."""

    id: UUID
    kind: str
    label: str
    sections: tuple[str, ...]
    is_sensitive: bool
    is_live: bool
    is_single: bool
    has_passcode: bool
    takes_replies: bool
    openings: int
    tries_left: int | None
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    state: str  # active, revoked, expired, used-up, locked
    link: str
    token: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who came to a share."""

    at: datetime
    outcome: str
    who: str
    share_id: UUID


def manifest_url(base_url: str, token: str) -> str:
    """Where an app asks for what a link holds."""
    return f"{base_url}/shl/{token}"


def make_link(uow: UnitOfWork, new: NewShare, today: date, clinic: tuple[str, str]) -> tuple[UUID, str]:
    """Make a link; returns its id and the link itself, which is shown this once unless it stays up to date.

    Raises `Invalid("sections")` without a section, `Invalid("until")` beyond twelve months or in the past.
    """
    uow.require(UPDATE, patient=new.person_id)
    _check(uow, new)
    share, token = _share(uow, new, LINK)
    key = links.new_key()
    if new.is_live:
        share.key = uow.seal(new.person_id, _KEY, share.id, key)
        share.token = uow.seal(new.person_id, _TOKEN, share.id, token)
    uow.add(share)
    uow.flush()
    if not new.is_live:
        jwe = links.encrypt(key, bundle_of(uow, share, today, clinic))
        uow.add(BinderShareFile(patient_id=new.person_id, share_id=share.id, jwe=jwe, made_at=uow.now))
    uow.audit(UPDATE, share, reason="made")
    return share.id, _written(uow, share, token, key)


def make_card(uow: UnitOfWork, new: NewShare) -> UUID:
    """Open the emergency page of the card; one that was open before answers nobody any more (PHR-6)."""
    uow.require(Action.BINDER_CARD_UPDATE, patient=new.person_id)
    _check(uow, new)
    for old in _rows(uow, new.person_id, CARD):
        if old.revoked_at is None:
            old.revoked_at = uow.now
            uow.audit(UPDATE, old, reason="replaced")
    share, token = _share(uow, new, CARD)
    share.is_live = True
    share.token = uow.seal(new.person_id, _TOKEN, share.id, token)  # the card may be printed again
    uow.add(share)
    uow.audit(Action.BINDER_CARD_UPDATE, share, reason="made")
    return share.id


def _check(uow: UnitOfWork, new: NewShare) -> None:
    visible = contents.visible_sections(uow, new.person_id)
    if not new.sections or not set(new.sections) <= set(visible):
        raise Invalid("sections", "no-section")
    if not uow.now < new.expires_at <= uow.now + LONGEST:
        raise Invalid("until", "too-long")


def _share(uow: UnitOfWork, new: NewShare, kind: str) -> tuple[BinderShare, str]:
    token = new_token()
    share = BinderShare(
        patient_id=new.person_id,
        kind=kind,
        account_id=uow.actor.account_id,
        label=b"",
        sections=list(new.sections),
        is_sensitive=new.is_sensitive,
        is_live=new.is_live,
        is_direct=new.is_direct and new.passcode_hash is None,
        takes_replies=new.takes_replies,
        held=sorted(_held(uow, new.person_id)),
        token_hash=digest(token),
        passcode_hash=new.passcode_hash,
        tries_left=TRIES if new.passcode_hash else None,
        most_openings=1 if new.is_single else None,
        openings=0,
        appointment_id=new.appointment_id,
        once=new.once,
        made_at=uow.now,
        expires_at=new.expires_at,
    )
    share.label = uow.seal(new.person_id, _LABEL, share.id, new.label)
    return share, token


def _held(uow: UnitOfWork, person_id: UUID) -> set[str]:
    """What a caregiver holds now; nothing for the person, whose right does not depend on anybody."""
    if uow.actor.person_id == person_id:
        return set()
    return {scope for one in caregivers.relationships(uow, person_id) for scope in one.scopes}


def still_held(uow: UnitOfWork, share: BinderShare) -> bool:
    """Whether its maker, who is the actor, may still share, and holds all that they held when they made it."""
    action = Action.BINDER_CARD_UPDATE if share.kind == CARD else UPDATE
    if not uow.may(action, patient=share.patient_id):
        return False
    return set(share.held) <= _held(uow, share.patient_id)


def bundle_of(uow: UnitOfWork, share: BinderShare, today: date, clinic: tuple[str, str]) -> bytes:
    """What the link holds, as its maker (the actor) may see it now: a patient summary in JSON."""
    found = exporting.gather(
        uow, share.patient_id, today, sections=share.sections, with_sensitive=share.is_sensitive, action=UPDATE
    )
    bundle = summary.document(found.facts, found.binder, clinic, uow.now)
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def _written(uow: UnitOfWork, share: BinderShare, token: str, key: bytes) -> str:
    label = uow.unseal(share.patient_id, _LABEL, share.id, share.label)
    flag = links.flags(is_live=share.is_live, has_passcode=share.passcode_hash is not None, is_direct=share.is_direct)
    url = manifest_url(uow.settings.base_url, token)
    return links.link(url, key, expires_at=share.expires_at, label=label, flag=flag)


def _rows(uow: UnitOfWork, person_id: UUID, kind: str) -> Sequence[BinderShare]:
    action = Action.BINDER_CARD_READ if kind == CARD else READ
    statement = uow.select(action, BinderShare, within=person_id).where(BinderShare.kind == kind)
    rows: Sequence[BinderShare] = uow.scalars(statement.order_by(BinderShare.made_at.desc()).limit(MOST_OPEN))
    return rows


def state_of(share: BinderShare, now: datetime) -> str:
    """active, or why it answers nobody: revoked, expired, used-up, locked (too many wrong passcodes)."""
    if share.revoked_at is not None:
        return "revoked"
    if share.expires_at <= now:
        return "expired"
    if share.most_openings is not None and share.openings >= share.most_openings:
        return "used-up"
    return "locked" if share.tries_left is not None and share.tries_left <= 0 else "active"


def _shown(uow: UnitOfWork, share: BinderShare) -> Shown:
    place = (share.patient_id, share.id)
    token = uow.unseal(place[0], _TOKEN, place[1], share.token) if share.token else ""
    state = state_of(share, uow.now)
    written = ""
    if share.key and token and state == "active":
        written = _written(uow, share, token, uow.unseal_bytes(place[0], _KEY, place[1], share.key))
    return Shown(
        share.id,
        share.kind,
        uow.unseal(place[0], _LABEL, place[1], share.label),
        tuple(share.sections),
        share.is_sensitive,
        share.is_live,
        share.most_openings == 1,
        share.passcode_hash is not None,
        share.takes_replies,
        share.openings,
        share.tries_left,
        share.made_at,
        share.expires_at,
        share.revoked_at,
        state,
        written,
        token,
    )


def mine(uow: UnitOfWork, person_id: UUID) -> list[Shown]:
    """The links the actor may see, the newest first."""
    uow.require(READ, patient=person_id)
    return [_shown(uow, share) for share in _rows(uow, person_id, LINK)]


def card_of(uow: UnitOfWork, person_id: UUID) -> Shown | None:
    """The card whose emergency page answers now, or None."""
    uow.require(Action.BINDER_CARD_READ, patient=person_id)
    # Two may be made in one moment: the one that is not closed is the newer.
    found = [_shown(uow, share) for share in _rows(uow, person_id, CARD) if share.revoked_at is None][:1]
    return found[0] if found and found[0].state in ("active", "locked") else None


def card_ids(uow: UnitOfWork, person_id: UUID) -> list[UUID]:
    """All cards there were: who came to an old one is told, too."""
    return [share.id for share in _rows(uow, person_id, CARD)]


def load(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> Shown:
    """One link. Raises `NotFound` where it is not the actor's to see."""
    statement = uow.select(READ, BinderShare, within=person_id).where(
        BinderShare.id == share_id, BinderShare.kind == LINK
    )
    found = uow.scalars(statement)
    if not found:
        raise NotFound(action=READ)
    return _shown(uow, found[0])


def revoke(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> None:
    """From now on it answers nobody. Its encrypted copy and its key are destroyed. Twice changes nothing."""
    _revoke(uow, uow.load(UPDATE, BinderShare, share_id, within=person_id))


def revoke_card(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> None:
    """Close an emergency page."""
    _revoke(uow, uow.load(Action.BINDER_CARD_UPDATE, BinderShare, share_id, within=person_id))


def _revoke(uow: UnitOfWork, share: BinderShare) -> None:
    if share.revoked_at is None:
        share.revoked_at, share.key = uow.now, None
        table: Any = BinderShareFile.__table__
        uow.change(table.delete().where(table.c.share_id == share.id, table.c.patient_id == share.patient_id))
        uow.audit(UPDATE, share, reason="revoked")


def visits(uow: UnitOfWork, person_id: UUID, share_ids: Iterable[UUID]) -> list[Visit]:
    """Who came to these shares, the newest first. Only the person sees that."""
    wanted = list(share_ids)
    if not wanted or uow.actor.person_id != person_id:
        return []
    statement = uow.select(READ, BinderOpening, within=person_id).where(BinderOpening.share_id.in_(wanted))
    rows = uow.scalars(statement.order_by(BinderOpening.at.desc(), BinderOpening.id).limit(100))
    return [
        Visit(
            row.at,
            row.outcome,
            uow.unseal(person_id, "binder_opening.who", row.id, row.who) if row.who else "",
            row.share_id,
        )
        for row in rows
    ]
