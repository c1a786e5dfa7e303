"""What somebody chose: by which channel they are told of what, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from portal.infra.errors import NotFound
from portal.models import Account, NoticeChoice, NoticeSetting, Relationship
from portal.notifications.kinds import CHANNELS, ON_AT_FIRST, TOPICS_OF
from portal.notifications.rules import Timing
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

STAFF = Timing(quiet_from=None, quiet_until=None)  # who is on duty at night is told at night


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told things: in which language and zone, as whom, and when."""

    account_id: UUID
    email: str | None
    language: str
    zone: ZoneInfo
    person_id: UUID | None
    is_staff: bool
    is_active: bool
    timing: Timing
    is_passed_on: bool = True  # whether what they did not open goes by the next channel they have


def reader(uow: UnitOfWork, account_id: UUID) -> Reader | None:
    """How somebody is told; None when there is no such account."""
    row = uow.first(
        select(
            Account.email,
            Account.language,
            Account.time_zone,
            Account.person_id,
            Account.practitioner_id,
            Account.is_active,
            NoticeSetting.id.label("setting_id"),
            NoticeSetting.digest,
            NoticeSetting.quiet_from,
            NoticeSetting.quiet_until,
            NoticeSetting.is_passed_on,
        )
        .outerjoin(NoticeSetting, NoticeSetting.account_id == Account.id)
        .where(Account.id == account_id)
    )
    if row is None:
        return None
    is_staff = row.practitioner_id is not None
    timing = STAFF if is_staff else Timing()
    if row.setting_id is not None:
        timing = Timing(row.digest, row.quiet_from, row.quiet_until)
    zone = ZoneInfo(row.time_zone) if row.time_zone else uow.settings.zone
    own = (row.person_id, is_staff, row.is_active)
    return Reader(account_id, row.email, row.language, zone, *own, timing, row.is_passed_on is not False)


def own(uow: UnitOfWork, action: Action) -> Reader:
    """The actor as a reader. Raises `NotFound` for somebody without an account."""
    uow.require(action, model=Account, row_id=uow.actor.account_id)
    found = reader(uow, uow.actor.account_id) if uow.actor.account_id else None
    if found is None:
        raise NotFound()
    return found


def role_of(one: Reader, about: UUID | None) -> str:
    """As whom they are told of something about a person: as that person, as who cares for them, or at work."""
    if one.is_staff and (about is None or about != one.person_id):
        return "staff"
    return "self" if one.person_id is not None and about in (None, one.person_id) else "caregiver"


def chosen(uow: UnitOfWork, account_id: UUID) -> dict[tuple[str, str, str], bool]:
    """Every answer they gave, by (role, topic, channel)."""
    statement = select(NoticeChoice.role, NoticeChoice.topic, NoticeChoice.channel, NoticeChoice.is_on)
    rows = uow.rows(statement.where(NoticeChoice.account_id == account_id))
    return {(row.role, row.topic, row.channel): row.is_on for row in rows}


def is_on(answers: dict[tuple[str, str, str], bool], role: str, topic: str, channel: str) -> bool:
    """Whether they are told of a topic by a channel; what they never chose is as at first."""
    return answers.get((role, topic, channel), channel in ON_AT_FIRST)


def channels_for(uow: UnitOfWork, account_id: UUID, role: str, topic: str) -> list[str]:
    """The channels by which they are told of a topic, in the order they are tried."""
    answers = chosen(uow, account_id)
    return [channel for channel in CHANNELS if is_on(answers, role, topic, channel)]


def save(
    uow: UnitOfWork,
    timing: Timing,
    on: Iterable[tuple[str, str, str]],
    offered: Iterable[str],
    *,
    is_passed_on: bool = True,
) -> None:
    """Keep what the actor chose: `on` are (role, topic, channel) of the `offered` channels; others stay as they are.

    What was to go out under the old choice and has not gone goes out as it was.
    """
    account_id, wanted, channels = uow.actor.account_id, set(on), list(offered)
    assert account_id is not None
    uow.session.execute(
        delete(NoticeChoice).where(NoticeChoice.account_id == account_id, NoticeChoice.channel.in_(channels))
    )
    for role, topics in TOPICS_OF.items():
        for topic in topics:
            for channel in channels:
                one = (role, topic, channel)
                uow.add(
                    NoticeChoice(account_id=account_id, role=role, topic=topic, channel=channel, is_on=one in wanted)
                )
    found: Any = uow.session.scalar(select(NoticeSetting).where(NoticeSetting.account_id == account_id))
    if found is None:
        found = NoticeSetting(account_id=account_id)
        uow.add(found)
    found.digest, found.quiet_from, found.quiet_until = timing.digest, timing.quiet_from, timing.quiet_until
    found.is_passed_on, found.changed_at = is_passed_on, uow.now
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)


def roles_of(uow: UnitOfWork) -> list[str]:
    """As whom the actor may be told things: those parts of the page they are shown."""
    roles = ["self"] if uow.actor.person_id is not None else []
    helps = uow.select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.id).where(
        Relationship.account_id == uow.actor.account_id, Relationship.state == "active"
    )
    if uow.first(helps.limit(1)) is not None:
        roles.append("caregiver")
    if uow.actor.practitioner_id is not None:
        roles.append("staff")
    return roles
