"""The one liaison of a patient: what reaches them, who stands in, and how it ends (LIA-1, LIA-8, LIA-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from portal.caregivers import authority
from portal.caregivers.changing import drop_notices
from portal.infra.dates import at_wall, date_in
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.models import Account, LiaisonMode, Relationship
from portal.policy.actions import Action
from portal.policy.vocabulary import FAMILIES, THREAD_SCOPE
from portal.work.unit_of_work import UnitOfWork

MODES = ("first", "copy", "never")
LONGEST = timedelta(days=366)
LAST_MINUTE = time(23, 59, 59)


@dataclass(frozen=True)
class Arrangement:
    """How things stand: the liaison, the backup, who acts now, and what the patient wants to reach them."""

    liaison: Relationship | None
    backup: Relationship | None
    names: dict[UUID, str]
    modes: dict[str, str]
    handover: str

    def is_away(self, now: datetime) -> bool:
        """Whether the liaison is away at this moment."""
        return bool(self.liaison and self.liaison.away_until and self.liaison.away_until > now)


def _now_holds(uow: UnitOfWork) -> tuple[Any, ...]:
    return (
        Relationship.state == "active",
        Relationship.starts_at <= uow.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )


def arrangement(uow: UnitOfWork, person_id: UUID) -> Arrangement:
    """How things stand, for the patient. Raises `NotFound`, `NotAllowed` to others."""
    uow.require(Action.CAREGIVER_LIAISON_READ, patient=person_id)
    held = uow.as_job("messaging.route").select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, within=person_id)
    serving = held.where(Relationship.kind.in_(("liaison", "backup")), *_now_holds(uow))
    found = {row.kind: row for row in uow.scalars(serving)}
    modes = uow.select(
        Action.CAREGIVER_LIAISON_READ, LiaisonMode, LiaisonMode.scope, LiaisonMode.mode, within=person_id
    )
    names = _names(uow, found)
    uow.seen(Action.CAREGIVER_RELATIONSHIP_READ, person_id)
    liaison = found.get("liaison")
    return Arrangement(
        liaison=liaison,
        backup=found.get("backup"),
        names=names,
        modes={row.scope: row.mode for row in uow.rows(modes)},
        handover=_note(uow, liaison),
    )


def _names(uow: UnitOfWork, found: Mapping[str, Relationship]) -> dict[UUID, str]:
    ids = [row.account_id for row in found.values()]
    if not ids:
        return {}
    statement = select(Account.id, Account.display_name).where(Account.id.in_(ids))
    return {row.id: row.display_name for row in uow.rows(statement)}


def _note(uow: UnitOfWork, held: Relationship | None) -> str:
    if held is None or held.handover is None:
        return ""
    return uow.unseal(held.patient_id, "relationship.handover", held.id, held.handover)


def set_modes(uow: UnitOfWork, person_id: UUID, wanted: Mapping[str, str]) -> None:
    """How the patient's own questions reach the liaison, by family of topics. A wish never widens a grant.

    Families that are not named stay as they are. Raises `Invalid` for an unknown family or mode.
    """
    uow.require(Action.CAREGIVER_LIAISON_UPDATE, patient=person_id)
    if not set(wanted) <= set(FAMILIES) or not set(wanted.values()) <= set(MODES):
        raise Invalid("mode")
    statement = uow.select(Action.CAREGIVER_LIAISON_UPDATE, LiaisonMode, within=person_id)
    rows = {row.scope: row for row in uow.scalars(statement)}
    for family, mode in wanted.items():
        scope = THREAD_SCOPE[family]
        row = rows.get(scope)
        if row is None and mode != "copy":
            uow.add(LiaisonMode(patient_id=person_id, scope=scope, mode=mode, set_at=uow.now))
        elif row is not None and mode == "copy":
            uow.session.delete(row)
        elif row is not None and row.mode != mode:
            row.mode, row.set_at = mode, uow.now
    uow.audit(Action.CAREGIVER_LIAISON_UPDATE, patient=person_id, reason="modes")
    authority.tell_patient(uow, person_id, person_id)
    _changed(uow, person_id)


def _changed(uow: UnitOfWork, person_id: UUID, at: datetime | None = None) -> None:
    uow.later("messaging.liaison_changed", person_id, at=at)


def _one(uow: UnitOfWork, person_id: UUID, kind: str) -> Relationship:
    """The patient's liaison (or backup), for the patient. Raises `Conflict` when there is none."""
    uow.require(Action.CAREGIVER_LIAISON_UPDATE, patient=person_id)
    statement = uow.as_job("messaging.route").select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, within=person_id)
    found = uow.scalars(statement.where(Relationship.kind == kind, *_now_holds(uow)))
    if not found:
        raise Conflict(f"no-{kind}")
    one: Relationship = found[0]
    return one


def activate_backup(uow: UnitOfWork, person_id: UUID, until: date) -> None:
    """The patient has the backup act until a day, that day included. Raises `Conflict("no-backup")`."""
    liaison = _one(uow, person_id, "liaison")
    _one(uow, person_id, "backup")
    liaison.away_until, liaison.is_away_by_patient = _end_of(uow, until), True
    uow.audit(Action.CAREGIVER_LIAISON_UPDATE, liaison, reason="backup-acts")
    authority.tell_patient(uow, person_id, liaison.id)
    _changed(uow, person_id)
    _changed(uow, person_id, liaison.away_until)


def end_backup(uow: UnitOfWork, person_id: UUID) -> None:
    """The liaison acts again, because the patient says so."""
    liaison = _one(uow, person_id, "liaison")
    liaison.away_until, liaison.is_away_by_patient = None, False
    uow.audit(Action.CAREGIVER_LIAISON_UPDATE, liaison, reason="liaison-acts")
    authority.tell_patient(uow, person_id, liaison.id)
    _changed(uow, person_id)


def switch_off(uow: UnitOfWork, person_id: UUID) -> None:
    """The patient ends the liaison's access at once, without a reason (LIA-8, PRX-3)."""
    liaison = _one(uow, person_id, "liaison")
    _end(uow, liaison, "revoked")
    uow.audit(Action.CAREGIVER_LIAISON_UPDATE, liaison, reason="switched-off")
    authority.tell_patient(uow, person_id, liaison.id)


def _end(uow: UnitOfWork, held: Relationship, state: str) -> None:
    held.state, held.ended_at, held.away_until = state, uow.now, None
    held.ends_at = min(held.ends_at, uow.now) if held.ends_at else uow.now
    drop_notices(uow, held)
    _changed(uow, held.patient_id)


def _end_of(uow: UnitOfWork, until: date) -> datetime:
    """The end of a day at the practice. Raises `Invalid("until")` for today, the past and more than a year."""
    today = date_in(uow.now, uow.settings.zone)
    if not today < until <= today + LONGEST:
        raise Invalid("until")
    return at_wall(until, LAST_MINUTE, uow.settings.zone)


# For the liaison themselves -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Duty:
    """The actor's own place as liaison or backup."""

    held: Relationship
    stand_in: str  # who acts while the liaison is away: the backup's name, or nothing
    handover: str
    acts: bool


def duty(uow: UnitOfWork, person_id: UUID) -> Duty:
    """The actor's own place. Raises `NotFound` to all but liaison and backup."""
    uow.require(Action.CAREGIVER_LIAISON_SERVE, patient=person_id)
    held = _own(uow, person_id)
    others = uow.as_job("messaging.route").select(
        Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship, Account.display_name, within=person_id
    )
    found: Any = uow.rows
    rows = {
        row[0].kind: row
        for row in found(
            others.join(Account, Account.id == Relationship.account_id).where(
                Relationship.kind.in_(("liaison", "backup")),
                *_now_holds(uow),
            )
        )
    }
    backup = rows["backup"][1] if "backup" in rows else ""
    liaison = rows["liaison"][0] if "liaison" in rows else None
    is_away = bool(liaison and liaison.away_until and liaison.away_until > uow.now)
    acts = is_away if held.kind == "backup" else not is_away
    sees = held.kind == "liaison" or acts
    return Duty(held, backup, _note(uow, liaison) if sees else "", acts)


def _own(uow: UnitOfWork, person_id: UUID) -> Relationship:
    statement = uow.select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, within=person_id).where(
        Relationship.account_id == uow.actor.account_id,
        Relationship.kind.in_(("liaison", "backup")),
        *_now_holds(uow),
    )
    found = sorted(uow.scalars(statement), key=lambda row: row.kind != "liaison")
    if not found:
        raise NotFound(action=Action.CAREGIVER_LIAISON_SERVE)
    one: Relationship = found[0]
    return one


def _liaison_self(uow: UnitOfWork, person_id: UUID) -> Relationship:
    uow.require(Action.CAREGIVER_LIAISON_SERVE, patient=person_id)
    held = _own(uow, person_id)
    if held.kind != "liaison":
        raise Conflict("not-liaison")
    return held


def mark_away(uow: UnitOfWork, person_id: UUID, until: date, note: str) -> None:
    """The liaison is away until a day, that day included; the backup acts, with a note of what they must know."""
    held = _liaison_self(uow, person_id)
    if held.is_away_by_patient and held.away_until and held.away_until > uow.now:
        raise Conflict("away-by-patient")
    held.away_until, held.is_away_by_patient = _end_of(uow, until), False
    held.handover = uow.seal(person_id, "relationship.handover", held.id, note) if note else None
    uow.audit(Action.CAREGIVER_LIAISON_SERVE, held, reason="away")
    _changed(uow, person_id)
    _changed(uow, person_id, held.away_until)


def come_back(uow: UnitOfWork, person_id: UUID) -> None:
    """The liaison is back early. Raises `Conflict("away-by-patient")` when the patient had the backup act."""
    held = _liaison_self(uow, person_id)
    if held.is_away_by_patient and held.away_until and held.away_until > uow.now:
        raise Conflict("away-by-patient")
    held.away_until = None
    uow.audit(Action.CAREGIVER_LIAISON_SERVE, held, reason="back")
    _changed(uow, person_id)


def resign(uow: UnitOfWork, person_id: UUID) -> None:
    """The liaison (or the backup) gives the duty up: all that came with it ends at once."""
    uow.require(Action.CAREGIVER_LIAISON_SERVE, patient=person_id)
    held = _own(uow, person_id)
    uow.audit(Action.CAREGIVER_LIAISON_SERVE, held, reason="resigned")
    _end(uow, held, "ended")
