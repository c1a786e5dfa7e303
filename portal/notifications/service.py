"""Telling people that something waits for them. Health words never leave the portal: a notice says where to look."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.models import Delivery
from portal.notifications import addresses
from portal.notifications.choices import Reader, channels_for, reader, role_of
from portal.notifications.kinds import CHANNELS, KINDS, topic_of
from portal.notifications.rules import held_until
from portal.work.unit_of_work import UnitOfWork


def notify(
    uow: UnitOfWork,
    account_id: UUID,
    kind: str,
    key: str,
    *,
    about: UUID | None = None,
    is_urgent: bool = False,
    path: str | None = None,
) -> None:
    """Tell an account something once by each channel they chose: a second notice with the same `key` is not written.

    `kind` is one of `kinds.KINDS` and names the template folder under `emails/`. `about` is the person it is about, so
    that somebody who is patient and liaison is told as the one or the other. What is urgent does not wait for quiet
    hours. `path` is the page of the portal the notice leads to, after signing in. Whether they may still see what it is
    about is for the caller to check, at this moment and not when the thing happened. Raises KeyError for a kind nobody
    has listed.
    """
    one = reader(uow, account_id)
    if one is None or uow.first(select(Delivery.id).where(Delivery.key == key)) is not None:
        return
    role = role_of(one, about)
    wanted = ["email"] if KINDS[kind].is_fixed else channels_for(uow, account_id, role, topic_of(kind, role))
    if not wanted:
        _write(uow, one, Notice(role, kind, "email", key, path), "switched_off", None)
    reached = addresses.of(uow, one)
    later = held_until(uow.now, one.zone, one.timing, is_urgent=is_urgent, is_fixed=KINDS[kind].is_fixed)
    for channel in wanted:
        own_key = key if channel == wanted[0] else f"{key[:150]}:{channel}"
        has_address = one.is_active and channel in reached
        _write(uow, one, Notice(role, kind, channel, own_key, path), None if has_address else "no_address", later)


def tell_next(uow: UnitOfWork, account_id: UUID, kind: str, key: str, since: datetime, *, about: UUID) -> bool:
    """Tell somebody who did not open what they were told since then by the next channel that reaches them.

    Returns whether they were told (also when that was done before under this `key`); False where no channel is left,
    or where they do not want it. Whether they may still see it is for the caller to check.
    """
    one = reader(uow, account_id)
    if one is None or not one.is_active or not one.is_passed_on:
        return False
    told = select(Delivery.channel).where(
        Delivery.account_id == account_id,
        Delivery.kind == kind,
        Delivery.created_at >= since,
        Delivery.state.in_(("due", "held", "sending", "sent", "delivered")),
    )
    if uow.first(select(Delivery.id).where(Delivery.key == key)) is not None:
        return True
    used, reached = set(uow.scalars(told)), addresses.of(uow, one)
    left = [channel for channel in CHANNELS if channel in reached and channel not in used]
    if not left:
        return False
    later = held_until(uow.now, one.zone, one.timing, is_urgent=False, is_fixed=True)
    _write(uow, one, Notice(role_of(one, about), kind, left[0], key, None), None, later)
    return True


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice by one channel."""

    role: str
    kind: str
    channel: str
    key: str
    path: str | None


def _write(uow: UnitOfWork, one: Reader, notice: Notice, why: str | None, later: datetime | None) -> None:
    """One delivery, and the job that makes it go out. With a `why` it does not."""
    delivery = Delivery(
        account_id=one.account_id,
        **asdict(notice),
        state="dropped" if why else "held" if later else "due",
        why=why,
        held_until=None if why else later,
        created_at=uow.now,
    )
    uow.add(delivery)
    uow.flush()
    if delivery.state == "due":
        uow.later("notifications.send", delivery.id, key=f"send:{delivery.id}")
    elif later is not None and not why:
        slot = f"gather:{one.account_id}:{notice.channel}:{later.isoformat()}"
        uow.later("notifications.gather", one.account_id, at=later, key=slot)
