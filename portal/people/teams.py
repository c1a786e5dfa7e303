"""Who is on a patient's care team today, who leads it, and who covers for those who are away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from portal.infra.dates import date_in
from portal.models import Absence, CareTeamMember, Person, Practitioner
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Away:
    """An absence that holds today: until when (inclusive), and who covers."""

    until: date
    covering_id: UUID | None
    covering_name: str


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the team."""

    id: UUID
    name: str
    role: str
    specialty: str
    team_role: str
    is_pcp: bool
    is_care_manager: bool
    away: Away | None


@dataclass(frozen=True, slots=True)
class Team:
    """The care team of one patient, as it is told: primary care, specialists, nurses, care manager, others."""

    members: tuple[Member, ...]

    @property
    def pcp(self) -> Member | None:
        return next((each for each in self.members if each.is_pcp), None)

    @property
    def care_manager(self) -> Member | None:
        return next((each for each in self.members if each.is_care_manager), None)

    def cover_of(self, practitioner_id: UUID) -> UUID | None:
        """Who answers for a member who is away today; None when they are here or nobody covers."""
        found = next((each.away for each in self.members if each.id == practitioner_id), None)
        return found.covering_id if found else None


_ORDER = ("pcp", "specialist", "nurse", "care_manager", "pharmacist")


def on_team_now(now: Any) -> tuple[Any, ...]:
    """The conditions of a membership that holds at `now`: who has left, or is yet to come, has no part in the care."""
    return CareTeamMember.starts_at <= now, or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now)


def around(uow: UnitOfWork, person_id: UUID) -> Team:
    """The team of today. Two statements, whatever its size."""
    statement = (
        uow.select(
            Action.PEOPLE_CARE_TEAM_READ,
            CareTeamMember,
            Practitioner.id,
            Practitioner.name,
            Practitioner.role,
            Practitioner.specialty,
            CareTeamMember.role.label("team_role"),
            Person.pcp_id,
            Person.care_manager_id,
            within=person_id,
            joining=(Person,),
        )
        .join(Practitioner, Practitioner.id == CareTeamMember.practitioner_id)
        .join(Person, Person.id == CareTeamMember.patient_id)
        .where(
            *on_team_now(uow.now),
            Practitioner.is_active,
        )
        .order_by(Practitioner.sort_name, Practitioner.id)
        .limit(60)
    )
    rows = uow.rows(statement)
    away = absences(uow, [row.id for row in rows])
    members = [_member(row, away.get(row.id)) for row in rows]
    return Team(tuple(sorted(members, key=_rank)))


def _member(row: Any, away: Away | None) -> Member:
    return Member(
        id=row.id,
        name=row.name,
        role=row.role,
        specialty=row.specialty or "",
        team_role=row.team_role,
        is_pcp=row.id == row.pcp_id,
        is_care_manager=row.id == row.care_manager_id,
        away=away,
    )


def _rank(member: Member) -> tuple[bool, int]:
    return not member.is_pcp, _ORDER.index(member.role) if member.role in _ORDER else len(_ORDER)


def absences(uow: UnitOfWork, practitioner_ids: Iterable[UUID]) -> dict[UUID, Away]:
    """Who of these is away today (practice zone), and who covers for them."""
    today = date_in(uow.now, uow.settings.zone)
    covering = aliased(Practitioner)
    statement = (
        select(Absence.practitioner_id, Absence.ends_on, Absence.covering_id, covering.name)
        .outerjoin(covering, covering.id == Absence.covering_id)
        .where(
            Absence.practitioner_id.in_(list(practitioner_ids)), Absence.starts_on <= today, Absence.ends_on >= today
        )
        .order_by(Absence.ends_on)
    )
    return {row.practitioner_id: Away(row.ends_on, row.covering_id, row.name or "") for row in uow.rows(statement)}
