"""Who cares for a patient: the active care teams of the source, and the best guess at the primary care provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update

from portal.infra.ids import new_id
from portal.interop import fhir
from portal.interop.mapping.common import Mapping
from portal.models import CareTeamMember, Encounter, Practitioner
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE
# SNOMED CT participant roles (US Core care team)
_PCP = frozenset({"446050000", "453231000124104"})
_MANAGER = frozenset({"768820003", "224608005", "768832004"})
_RECENT = timedelta(days=3 * 365)


def apply_care_team(uow: UnitOfWork, person_id: UUID, team: Mapping) -> tuple[UUID | None, UUID | None]:
    """Open the record to the practitioners of an active CareTeam; a team that has ended ends what it opened.

    Rows that somebody here made (no source) are left alone. Returns the primary care provider and the care manager
    an active team names.
    """
    start, end = team.period(team.resource.get("period"))
    is_active = team.resource.get("status") == "active" and (end is None or end.at(team.frame.zone) > uow.now)
    members = _members(team) if is_active else {}
    table = CareTeamMember.__table__
    question = uow.select(
        MAY, CareTeamMember, CareTeamMember.practitioner_id, CareTeamMember.source_id, within=person_id
    )
    rows: Any = uow.rows(question)
    known = dict(rows)
    connection = uow.session.connection()
    gone = [p for p, source in known.items() if source == team.waiting.row_id and p not in members]
    if gone:
        ended = (table.c.patient_id == person_id, table.c.practitioner_id.in_(gone), table.c.ends_at.is_(None))
        connection.execute(update(table).where(*ended).values(ends_at=uow.now))
    fresh = []
    for practitioner, role in members.items():
        if practitioner not in known:
            fresh.append(
                {
                    "id": new_id(),
                    "patient_id": person_id,
                    "practitioner_id": practitioner,
                    "role": role,
                    "starts_at": min(start.at(team.frame.zone), uow.now) if start else uow.now,
                    "ends_at": end.at(team.frame.zone) if end else None,
                    "source_id": team.waiting.row_id,
                }
            )
        elif known[practitioner] is not None:
            where = (table.c.patient_id == person_id, table.c.practitioner_id == practitioner)
            values = {
                "role": role,
                "ends_at": end.at(team.frame.zone) if end else None,
                "source_id": team.waiting.row_id,
            }
            connection.execute(update(table).where(*where).values(**values))
    if fresh:
        connection.execute(insert(table), fresh)
    return _named(uow, team) if is_active else (None, None)


def _members(team: Mapping) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for participant in fhir.items(team.resource, "participant"):
        _, end = team.period(participant.get("period"))
        if end is not None and end.at(team.frame.zone) <= team.frame.now:
            continue
        who = team.practitioner(participant.get("member"))
        if who is not None:
            role = next(
                (w for each in fhir.items(participant, "role") if (w := team.words(each, 120))), "Care team member"
            )
            found[who] = role
    return found


def _named(uow: UnitOfWork, team: Mapping) -> tuple[UUID | None, UUID | None]:
    """By role code. Whoever coordinates care is one of the care managers here."""
    pcp = manager = None
    for participant in fhir.items(team.resource, "participant"):
        codes = {code for each in fhir.items(participant, "role") for _, code in fhir.codes(each)}
        who = team.practitioner(participant.get("member")) if codes & (_PCP | _MANAGER) else None
        pcp = pcp or (who if codes & _PCP else None)
        manager = manager or (who if codes & _MANAGER else None)
    if manager is not None:
        where = (Practitioner.id == manager, Practitioner.role.in_(("other", "nurse")))
        uow.session.execute(update(Practitioner.__table__).where(*where).values(role="care_manager"))
    return pcp, manager


def guess_pcp(uow: UnitOfWork, person_id: UUID) -> UUID | None:
    """The generalist seen most often in the office in the last three years of the record, else whoever it was."""
    visits: Any = Encounter
    office = or_(visits.kind.in_(("AMB", "VR", "HH")), visits.kind.is_(None))
    seen = (visits.practitioner_id.is_not(None), visits.status != "entered-in-error", office)
    last = uow.session.execute(
        uow.select(MAY, visits, func.max(visits.happened_on), within=person_id).where(*seen)
    ).scalar()
    if last is None:
        return None
    question = (
        uow.select(MAY, visits, visits.practitioner_id, func.count(), within=person_id)
        .where(*seen, visits.happened_on >= last - _RECENT)
        .group_by(visits.practitioner_id)
    )
    rows: Any = uow.rows(question)
    counts = dict(rows)
    found: Any = uow.session.execute(
        select(Practitioner.id, Practitioner.role).where(Practitioner.id.in_(counts))
    ).all()
    roles = dict(found)
    return max(counts, key=lambda who: (roles.get(who) == "pcp", counts[who], str(who)), default=None)
