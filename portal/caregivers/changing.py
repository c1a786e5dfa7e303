"""Changing what somebody may see and do: more, less, longer, paused, over. It holds from the next request on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from portal.caregivers import authority, reminding
from portal.caregivers.consent import completed, last_day, plain_scopes, sensitive_of, stops_at
from portal.caregivers.invitations import checked, sign
from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.models import AccessSignature, Delivery, FamilyUpdate, Message, Relationship, RelationshipScope, Thread
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.vocabulary import stored
from portal.work.unit_of_work import UnitOfWork

CHANGE = Action.CAREGIVER_GRANT_UPDATE
GIVEN_BY_LAW = ("parent", "representative")  # a paper or the law gives it, and not the patient
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Widening:
    """What a change would add: scopes, sensitive categories, and whether it would hold longer."""

    scopes: frozenset[str]
    categories: frozenset[str]
    is_longer: bool

    def __bool__(self) -> bool:
        return bool(self.scopes or self.categories or self.is_longer)


def widening(
    held_scopes: Iterable[str],
    held_until: date | None,
    *,
    kind: str,
    scopes: Iterable[str],
    ends_on: date | None,
    checked_scopes: Iterable[str],
) -> Widening:
    """How a choice goes beyond what is held."""
    new = set(checked_scopes)
    is_longer = kind not in GIVEN_BY_LAW and held_until is not None and (ends_on is None or ends_on > held_until)
    return Widening(
        scopes=plain_scopes(new) - plain_scopes(held_scopes),
        categories=frozenset(sensitive_of(new)) - frozenset(sensitive_of(held_scopes)),
        is_longer=is_longer,
    )


def load(uow: UnitOfWork, person_id: UUID, held_id: UUID, *, states: tuple[str, ...] = ()) -> Relationship:
    """A relationship the patient may change. Raises `NotFound`, `Conflict` when it is in another state by now."""
    held = uow.load(CHANGE, Relationship, held_id, within=person_id)
    if states and held.state not in states:
        raise Conflict("state-changed")
    return held


def scopes_of(uow: UnitOfWork, held: Relationship) -> frozenset[str]:
    """What is stored for a relationship that was loaded."""
    return frozenset(row.scope for row in _rows(uow, held))


def _rows(uow: UnitOfWork, held: Relationship) -> list[RelationshipScope]:
    statement = uow.select(CHANGE, RelationshipScope, within=held.patient_id)
    return list(uow.scalars(statement.where(RelationshipScope.relationship_id == held.id)))


def change(
    uow: UnitOfWork,
    person_id: UUID,
    held_id: UUID,
    *,
    scopes: Iterable[str],
    categories: Iterable[str],
    ends_on: date | None,
    signed: Iterable[str] = (),
) -> None:
    """Give exactly this from now on. New sensitive categories need their signatures; withdrawn ones end at once.

    What a parent has by law a young person can add to, and not take from (PRX-8); what a representative has rests on
    a paper. Raises `Invalid`, `NotAllowed`, `Conflict`.
    """
    held = load(uow, person_id, held_id, states=("active", "suspended"))
    if held.kind == "representative":
        raise NotAllowed("given-by-law")
    rows = {row.scope: row for row in _rows(uow, held)}
    chosen = {*completed(held.kind, scopes), *(f"sensitive:{code}" for code in categories)}
    if held.kind == "parent":
        scopes, ends_on = plain_scopes(rows) | set(scopes), None
        categories = {*sensitive_of(rows), *categories}
    categories = {*categories, *authority.untouched(uow, person_id, rows)}
    wanted = stored(checked(uow, held.kind, scopes, categories, ends_on))
    authority.within(uow, person_id, wanted, kept=rows)
    new_categories = set(sensitive_of(wanted)) - set(sensitive_of(rows))
    sign(uow, person_id, [f"sensitive:{code}" for code in new_categories], signed, relationship_id=held.id)
    _store(uow, held, rows, wanted, chosen)
    if held.kind != "parent":
        authority.no_longer(uow, person_id, ends_on, held=held)
        held.ends_at = stops_at(ends_on, uow.settings.zone) if ends_on else None
    _withdraw_signatures(uow, held, set(sensitive_of(rows)) - set(sensitive_of(wanted)))
    uow.audit(CHANGE, held, reason="changed")
    authority.tell_patient(uow, person_id, held.id)
    reminding.plan(uow, held)
    if set(rows) - wanted:
        uow.later("messaging.liaison_changed", person_id)  # questions that they may not read any more go on


def _store(
    uow: UnitOfWork, held: Relationship, rows: dict[str, RelationshipScope], wanted: set[str], chosen: set[str]
) -> None:
    is_parent = held.kind == "parent"
    for scope, row in rows.items():
        if scope in wanted:
            row.is_lasting = row.is_lasting or (is_parent and scope in chosen)
        elif not is_parent:
            uow.session.delete(row)
    for scope in sorted(wanted - set(rows)):
        uow.add(
            RelationshipScope(patient_id=held.patient_id, relationship_id=held.id, scope=scope, is_lasting=is_parent)
        )


def _withdraw_signatures(uow: UnitOfWork, held: Relationship, categories: set[str]) -> None:
    if categories:
        uow.change(
            update(AccessSignature)
            .where(
                AccessSignature.relationship_id == held.id,
                AccessSignature.category.in_(sorted(categories)),
                AccessSignature.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=uow.now)
        )


def renew(uow: UnitOfWork, person_id: UUID, held_id: UUID, ends_on: date) -> None:
    """Let the same hold until another day: the patient's consent, given again. Raises `Invalid("ends_on")`."""
    held = load(uow, person_id, held_id, states=("active", "suspended"))
    if held.kind in GIVEN_BY_LAW:
        raise NotAllowed("given-by-law")
    now_until = last_day(held.ends_at, uow.settings.zone) if held.ends_at else None
    if ends_on < uow.now.astimezone(uow.settings.zone).date() or (now_until and ends_on < now_until):
        raise Invalid("ends_on", "over")
    authority.no_longer(uow, person_id, ends_on, held=held)
    held.ends_at = stops_at(ends_on, uow.settings.zone)
    uow.audit(CHANGE, held, reason="renewed")
    authority.tell_patient(uow, person_id, held.id)
    reminding.plan(uow, held)


def suspend(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> None:
    """Pause: nothing is open from the next request on, and all of it is there again afterwards."""
    held = _own(uow, person_id, held_id, ("active",))
    held.state, held.suspended_by = "suspended", "patient"
    _let_go(uow, held)
    uow.audit(CHANGE, held, reason="suspended")
    authority.tell_patient(uow, person_id, held.id)


def resume(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> None:
    """Go on after a pause. Raises `NotAllowed` when the clinic paused it, `Conflict` when there is a liaison by now."""
    held = _own(uow, person_id, held_id, ("suspended",))
    if held.suspended_by == "clinic":
        raise NotAllowed("suspended-by-clinic")
    if held.kind == "liaison" and _has_other_liaison(uow, held):
        raise Conflict("other-liaison")
    held.state, held.suspended_by = "active", None
    uow.audit(CHANGE, held, reason="resumed")
    authority.tell_patient(uow, person_id, held.id)


def _has_other_liaison(uow: UnitOfWork, held: Relationship) -> bool:
    statement = uow.select(CHANGE, Relationship, Relationship.id, within=held.patient_id)
    return uow.first(statement.where(Relationship.kind == "liaison", Relationship.state == "active")) is not None


def end(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> None:
    """End it, at once and without a reason (PRX-3). What was queued is not sent; they hear only that it ended."""
    held = _own(uow, person_id, held_id, ("active", "suspended"))
    held.state, held.ended_at, held.suspended_by = "revoked", uow.now, None
    _withdraw_signatures(uow, held, set(sensitive_of(scopes_of(uow, held))))
    _let_go(uow, held)
    uow.audit(CHANGE, held, reason="ended")
    authority.tell_patient(uow, person_id, held.id)
    notify(uow, held.account_id, "access_ended", f"access-ended:{held.id}")


def _own(uow: UnitOfWork, person_id: UUID, held_id: UUID, states: tuple[str, ...]) -> Relationship:
    held = load(uow, person_id, held_id, states=states)
    if held.kind in GIVEN_BY_LAW:
        raise NotAllowed("given-by-law")
    return held


def _let_go(uow: UnitOfWork, held: Relationship) -> None:
    """What waits to be told to them is not told, and questions that wait for their answer go on to somebody else."""
    drop_notices(uow, held)
    uow.later("messaging.liaison_changed", held.patient_id)


def drop_notices(uow: UnitOfWork, held: Any) -> None:
    """Take back notices about this patient that wait to be sent to this caregiver.

    `held` is the relationship, or any row with its `patient_id` and `account_id`.
    """
    due = uow.rows(
        select(Delivery.id, Delivery.key, Delivery.path).where(
            Delivery.account_id == held.account_id, Delivery.state.in_(("due", "held"))
        )
    )
    named: dict[UUID, set[UUID]] = {row.id: {UUID(text) for text in _ID.findall(row.key)} for row in due}
    ids = set().union(*named.values()) if named else set()
    within = f"/people/{held.patient_id}/"  # visits, results: what leads into this record
    led = {row.id for row in due if row.path and row.path.startswith(within)}
    if not ids and not led:
        return
    job = uow.as_job("caregivers.cut")
    threads: Any = job.select(Action.MESSAGE_THREAD_READ, Thread, Thread.id, within=held.patient_id)
    messages: Any = job.select(Action.MESSAGE_THREAD_READ, Message, Message.id, within=held.patient_id)
    updates: Any = job.select(Action.FAMILY_UPDATE_READ, FamilyUpdate, FamilyUpdate.id, within=held.patient_id)
    about = {*uow.scalars(threads.where(Thread.id.in_(ids))), *uow.scalars(messages.where(Message.id.in_(ids)))}
    about |= set(uow.scalars(updates.where(FamilyUpdate.id.in_(ids))))
    dropped = [delivery for delivery, found in named.items() if found & about or delivery in led]
    if dropped:
        uow.change(update(Delivery).where(Delivery.id.in_(dropped)).values(state="dropped", why="not_theirs"))
