"""What the pages of family access may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from portal.caregivers.consent import groups_of, may_act, sensitive_of
from portal.caregivers.service import Held
from portal.infra.i18n import known
from portal.web import filters


def kind_words(kind: str) -> str:
    return {
        "liaison": _("Liaison"),
        "backup": _("Backup liaison"),
        "proxy": _("Has your permission"),
        "representative": _("Representative"),
    }.get(kind, _("Family"))


def why_words(kind: str) -> str:
    """What somebody of this kind is there for."""
    return {
        "liaison": _("Speaks for your family with the care team. There is one liaison at a time."),
        "backup": _("Takes over when your liaison is away."),
        "proxy": _("May look at, or do, what is listed here, because you allowed it."),
        "representative": _("May decide for you within the limits of a legal document."),
    }.get(kind, _("Follows the updates that your liaison shares."))


def group_words(group: str) -> str:
    return {
        "messages": _("Messages"),
        "results": _("Test results"),
        "visits": _("Visits"),
        "medicines": _("Medicines"),
        "record": _("Health record"),
        "care_plan": _("Care plan"),
        "forms": _("Forms"),
        "billing": _("Bills"),
        "sharing": _("Sharing with others"),
    }[group]


def category_words(code: str) -> str:
    """A sensitive category in plain words (HL7 ActCode)."""
    return {
        "HIV": _("HIV"),
        "STD": _("Infections passed on through sex"),
        "SEX": _("Pregnancy and reproductive health"),
        "PSY": _("Mental health"),
        "ETH": _("Alcohol and drug use"),
        "GDIS": _("Genetic tests"),
    }.get(code, _("Another private matter"))


@dataclass(frozen=True, slots=True)
class CaregiverCard:
    """One person with access: who, why, what they see, until when."""

    name: str
    relation: str
    kind: str
    is_liaison: bool
    why: str
    sees: list[str]
    private: list[str]
    acts: bool
    since: str
    until: str
    away: str

    @classmethod
    def of(cls, held: Held) -> CaregiverCard:
        return cls(
            name=held.name,
            relation=known(held.relation),
            kind=kind_words(held.kind),
            is_liaison=held.kind == "liaison",
            why=why_words(held.kind),
            sees=[group_words(group) for group in groups_of(held.scopes)],
            private=[category_words(code) for code in sensitive_of(held.scopes)],
            acts=may_act(held.scopes),
            since=filters.day(held.starts_at),
            until=filters.day(held.ends_at) if held.ends_at else "",
            away=filters.day(held.away_until) if held.away_until else "",
        )


@dataclass(frozen=True)
class ListCaregiversPage:
    """Who has access to the record, why, and until when."""

    person_id: UUID
    title: str
    is_own: bool
    people: list[CaregiverCard]
    room: str = "family"

    @classmethod
    def of(cls, person_id: UUID, held: Sequence[Held], *, is_own: bool) -> ListCaregiversPage:
        return cls(person_id, _("Family access"), is_own, [CaregiverCard.of(each) for each in held])
