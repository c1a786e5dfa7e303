"""What the pages about people may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.infra.dates import age_on
from portal.infra.i18n import known
from portal.people.teams import Member, Team
from portal.web import filters


def role_words(role: str) -> str:
    """A role as a job that people know."""
    return {
        "pcp": _("Primary care"),
        "specialist": _("Specialist"),
        "nurse": _("Nurse"),
        "care_manager": _("Care manager"),
        "pharmacist": _("Pharmacist"),
        "front_desk": _("Front desk"),
    }.get(role, _("Care team"))


@dataclass(frozen=True, slots=True)
class HelpedLine:
    """Somebody the reader acts for."""

    name: str
    text: str
    href: str

    @classmethod
    def of(cls, one: Any) -> HelpedLine:
        parts = [as_words(one.kind)]
        if one.ends_at:
            parts.append(_("until %(day)s", day=filters.day(one.ends_at)))
        return cls(one.name, " · ".join(parts), url_for("home.show_home", person_id=one.person_id))


def as_words(kind: str) -> str:
    return {
        "liaison": _("You are the liaison"),
        "backup": _("You are the backup liaison"),
        "proxy": _("You act with their permission"),
        "representative": _("You are their representative"),
    }.get(kind, _("You follow updates as family"))


@dataclass(frozen=True)
class ListPeoplePage:
    """Whom the reader helps."""

    title: str
    people: list[HelpedLine]
    own_href: str
    ended_href: str
    room: str = "people"

    @classmethod
    def of(cls, helped: Sequence[Any], own_person: UUID | None) -> ListPeoplePage:
        own = url_for("home.show_home", person_id=own_person) if own_person else ""
        lines = [HelpedLine.of(one) for one in helped]
        return cls(_("People you help"), lines, own, url_for("home.list_ended"))


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member of the care team."""

    name: str
    role: str
    note: str
    is_lead: bool

    @classmethod
    def of(cls, member: Member) -> MemberLine:
        role = known(member.specialty) if member.role == "specialist" and member.specialty else role_words(member.role)
        note = ""
        if member.away:
            day = filters.day(member.away.until)
            note = (
                _("Away until %(day)s. %(name)s answers meanwhile.", day=day, name=member.away.covering_name)
                if member.away.covering_name
                else _("Away until %(day)s. The team answers meanwhile.", day=day)
            )
        return cls(member.name, role, note, member.is_pcp)


@dataclass(frozen=True)
class ShowCareTeamPage:
    """Who cares for the patient now."""

    person_id: UUID
    title: str
    members: list[MemberLine]
    ask_href: str
    is_own: bool
    room: str = "care-team"

    @classmethod
    def of(cls, person_id: UUID, team: Team, *, is_own: bool) -> ShowCareTeamPage:
        return cls(
            person_id=person_id,
            title=_("Care team"),
            members=[MemberLine.of(member) for member in team.members],
            ask_href=url_for("messaging.new_question", person_id=person_id),
            is_own=is_own,
        )


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient in a list of the desk."""

    name: str
    born: str
    number: str
    href: str

    @classmethod
    def of(cls, row: Any) -> PatientRow:
        name = f"{row.given_name} {row.family_name}".strip()
        return cls(name, born_words(row), row.mrn or "", url_for("people.show_patient", person_id=row.id))


def born_words(row: Any) -> str:
    """Day of birth, age and sex, as a desk says them."""
    if row.birth_on is None:
        return _("Birth date not known")
    parts = [filters.born(row.birth_on)]
    if row.birth_on <= filters.today():
        parts.append(_("%(age)s years", age=age_on(row.birth_on, filters.today())))
    if row.sex:
        parts.append(sex_words(row.sex))
    return " · ".join(parts)


def sex_words(sex: str) -> str:
    return {"female": _("female"), "male": _("male"), "other": _("other sex")}.get(sex, _("sex not known"))


@dataclass(frozen=True)
class ListPatientsPage:
    """My patients, by name."""

    title: str
    search: str
    rows: list[PatientRow]
    action: str
    next_href: str | None
    first_href: str | None
    has_too_many: bool
    is_narrowed: bool
    room: str = "patients"

    @classmethod
    def of(cls, rows: Sequence[Any], search: str, *, has_more: bool, is_first: bool) -> ListPatientsPage:
        here = url_for("people.list_patients")
        narrowed = bool(search)
        return cls(
            title=_("My patients"),
            search=search,
            rows=[PatientRow.of(row) for row in rows],
            action=url_for("people.search_patients"),
            next_href=f"{here}?after={rows[-1].id}" if has_more and not narrowed else None,
            first_href=None if is_first and not narrowed else here,
            has_too_many=has_more and narrowed,
            is_narrowed=narrowed,
        )
