"""Who really answers today: absences, covers, team pools, and no way to end with nobody."""

from __future__ import annotations

from dataclasses import dataclass

from portal.messaging.routing.context import Absence, Context
from portal.messaging.routing.types import TRIAGE, Coverage


@dataclass(frozen=True, slots=True)
class Owner:
    """The one accountable person or pool, and whom it stands in for. `fallback`: no rule named anybody."""

    key: str
    coverage: Coverage | None = None
    fallback: bool = False


def absence_of(context: Context, key: str) -> Absence | None:
    """The absence of somebody today; of several, one with a cover."""
    away = [a for a in context.absences if a.who == key and a.on(context.today)]
    return next((a for a in away if a.covering), away[0] if away else None)


def is_here(context: Context, key: str) -> bool:
    """Whether a care-team member works today. Who is not (or no longer) on the team does not."""
    member = context.member(key)
    return member is not None and member.active and absence_of(context, key) is None


def person_or_cover(context: Context, key: str | None) -> Owner:
    """The person, or the cover, the cover's cover, the absent person's team pool, and at last the nurse on duty."""
    if key is None:
        return Owner(TRIAGE, fallback=True)
    if is_here(context, key):
        return Owner(key)
    absence = absence_of(context, key)
    until = absence.end.isoformat() if absence and absence.end else None
    seen, at = {key}, absence.covering if absence else None
    while at is not None and at not in seen:
        if is_here(context, at):
            return Owner(at, Coverage(key, at, until))
        seen.add(at)
        next_absence = absence_of(context, at)
        at = next_absence.covering if next_absence else None
    member = context.member(key)
    if member and member.pool:
        return Owner(member.pool, Coverage(key, None, until))
    return Owner(TRIAGE, Coverage(key, None, until), fallback=True)


def care_manager_or_pcp(context: Context) -> Owner:
    """The care manager; for a patient without one, the primary care provider."""
    return person_or_cover(context, context.care_manager or context.pcp)


def liaison_or_backup(context: Context) -> Owner:
    """The liaison while present, the backup while the liaison is away, otherwise the care manager.

    Only for a context with an active liaison.
    """
    liaison = context.active_liaison
    assert liaison is not None
    absence = absence_of(context, liaison.key)
    if absence is None:
        return Owner(liaison.key)
    until = absence.end.isoformat() if absence.end else None
    backup = liaison.backup
    if backup and absence_of(context, backup) is None:
        return Owner(backup, Coverage(liaison.key, backup, until))
    stand_in = care_manager_or_pcp(context)
    return Owner(stand_in.key, Coverage(liaison.key, None, until), stand_in.fallback)
