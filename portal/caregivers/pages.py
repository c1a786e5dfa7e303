"""What the pages of family access may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.caregivers.consent import DOES, SEES, SOON_DAYS, groups_of, may_act, sensitive_of
from portal.caregivers.forms import AnswerForm, ChooseForm, CodeForm, RenewForm
from portal.caregivers.listing import Grant
from portal.caregivers.words import (
    category_words,
    consequence_words,
    duty_words,
    group_words,
    kind_words,
    scope_words,
    state_words,
    why_words,
)
from portal.infra.i18n import known
from portal.models import AccessInvitation
from portal.web import filters
from portal.web.forms import PortalForm

GIVEN_BY_LAW = ("parent", "representative")


def parent_words(narrows_at: datetime | None, ends_at: datetime | None, *, is_own: bool) -> str:
    """What a parent is there for, with the days on which it changes (PRX-8), for the child or for the parent."""
    if narrows_at is None or ends_at is None:
        return why_words("parent")
    if not is_own:
        return _(
            "From %(first)s on you see less of this record, and from %(last)s on nothing.",
            first=filters.day(narrows_at),
            last=filters.day(ends_at),
        )
    return _(
        "From %(first)s on they see less of your record, and from %(last)s on nothing.",
        first=filters.day(narrows_at),
        last=filters.day(ends_at),
    )


def until_words(ends_at: datetime | None) -> str:
    """The last day of a grant, said as a day."""
    return filters.day(ends_at - timedelta(seconds=1)) if ends_at else ""


@dataclass(frozen=True, slots=True)
class CaregiverCard:
    """One person with access."""

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
    state: str
    tone: str
    is_paused: bool
    narrows: str
    manage_href: str

    @classmethod
    def of(cls, person_id: UUID, held: Grant, *, is_own: bool, decides: bool = False) -> CaregiverCard:
        words, tone = state_words(held.state)
        is_told = is_own or held.kind in ("liaison", "backup", "proxy", "family", "parent")
        why = (
            parent_words(held.narrows_at, held.ends_at, is_own=is_own)
            if held.kind == "parent"
            else why_words(held.kind)
        )
        return cls(
            name=held.name,
            relation=known(held.relation),
            kind=kind_words(held.kind),
            is_liaison=held.kind == "liaison",
            why=why if is_told else "",
            sees=[group_words(group) for group in groups_of(held.scopes)],
            private=[category_words(code) for code in sensitive_of(held.scopes)],
            acts=may_act(held.scopes),
            since=filters.day(held.starts_at),
            until=until_words(held.ends_at),
            away=filters.day(held.away_until) if held.away_until else "",
            state=words,
            tone=tone,
            is_paused=held.state == "suspended",
            narrows=filters.day(held.narrows_at) if held.narrows_at else "",
            manage_href=url_for("caregivers.show_grant", person_id=person_id, held_id=held.id)
            if is_own or decides
            else "",
        )


@dataclass(frozen=True, slots=True)
class InvitationCard:
    """Somebody who was asked, or is about to be."""

    name: str
    kind: str
    state: str
    tone: str
    text: str
    is_draft: bool
    href: str
    withdraw_href: str

    @classmethod
    def of(cls, one: AccessInvitation) -> InvitationCard:
        words, tone = state_words(one.state)
        here: dict[str, Any] = {"person_id": one.patient_id, "invitation_id": one.id}
        is_draft = one.state == "draft"
        text = ""
        if is_draft and one.relationship_id:
            text = _("Their access as your parent ended. They see nothing unless you invite them.")
        elif not is_draft and one.expires_at:
            text = _("They can answer until %(day)s.", day=filters.day(one.expires_at))
        return cls(
            name=one.name,
            kind=kind_words(one.kind),
            state=words,
            tone=tone,
            text=text,
            is_draft=is_draft,
            href=url_for("caregivers.choose_rights", **here) if is_draft else "",
            withdraw_href=url_for("caregivers.withdraw_invitation", **here),
        )


@dataclass(frozen=True)
class ListCaregiversPage:
    """Who has access to the record, why, and until when."""

    person_id: UUID
    title: str
    lead: str
    is_own: bool
    decides: bool
    people: list[CaregiverCard]
    invitations: list[InvitationCard]
    is_new_adult: bool
    invite_href: str
    liaison_href: str
    room: str = "family"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        held: Sequence[Grant],
        invitations: Sequence[AccessInvitation],
        *,
        is_own: bool,
        decides: bool = False,
    ) -> ListCaregiversPage:
        if is_own:
            lead = _(
                "These people can open parts of your record. Each of them sees only what is listed under their name."
            )
        elif decides:
            lead = _("You decide about access in the patient’s place. They hear of each decision, with your name.")
        else:
            lead = _("This is what was opened to you. Only the patient can change it.")
        return cls(
            person_id=person_id,
            title=_("Family access") if is_own or decides else _("What you can see"),
            lead=lead,
            is_own=is_own,
            decides=is_own or decides,
            people=[CaregiverCard.of(person_id, each, is_own=is_own, decides=decides) for each in held],
            invitations=[InvitationCard.of(one) for one in invitations],
            is_new_adult=any(one.state == "draft" and one.relationship_id for one in invitations),
            invite_href=url_for("caregivers.new_invitation", person_id=person_id),
            liaison_href=url_for("caregivers.show_liaison", person_id=person_id),
        )


@dataclass(frozen=True)
class FormPage:
    """A step of giving access."""

    person_id: UUID
    title: str
    form: PortalForm
    action: str
    back_href: str
    step: int = 0
    name: str = ""
    kind: str = ""
    hints: dict[str, str] | None = None
    private_hints: dict[str, str] | None = None
    min_day: str = ""
    base: list[str] | None = None
    is_by_law: bool = False
    room: str = "family"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)


def hints_of_scopes() -> dict[str, str]:
    return {scope: scope_words(scope)[1] for scope in (*SEES, *DOES) if scope_words(scope)[1]}


def hints_of_categories(name: str) -> dict[str, str]:
    return {code: consequence_words(code, name) for code in ("HIV", "STD", "SEX", "PSY", "ETH", "GDIS")}


@dataclass(frozen=True, slots=True)
class Told:
    """What is opened, in words: for the last look before it is given, and for the one who is asked."""

    sees: list[tuple[str, str]]
    does: list[tuple[str, str]]
    private: list[str]
    hidden: list[str]
    until: str

    @classmethod
    def of(cls, scopes: frozenset[str], ends_on: date | None) -> Told:
        held = sensitive_of(scopes)
        return cls(
            sees=[scope_words(scope) for scope in SEES if scope in scopes],
            does=[scope_words(scope) for scope in DOES if scope in scopes],
            private=[category_words(code) for code in held],
            hidden=[category_words(code) for code in ("HIV", "STD", "SEX", "PSY", "ETH", "GDIS") if code not in held],
            until=filters.day(ends_on) if ends_on else "",
        )


@dataclass(frozen=True)
class ReviewPage:
    """Exactly what they will see, and the signatures that are needed."""

    person_id: UUID
    title: str
    name: str
    kind: str
    kind_code: str
    told: Told
    form: ChooseForm
    to_sign: list[tuple[str, str, str]]
    action: str
    back_href: str
    email: str
    is_change: bool = False
    added: list[str] | None = None
    step: int = 3
    room: str = "family"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)


def to_sign(codes: Sequence[str], name: str) -> list[tuple[str, str, str]]:
    """(code, what, consequence) of each category that needs a signature."""
    return [(code, category_words(code), consequence_words(code, name)) for code in codes]


@dataclass(frozen=True)
class SentPage:
    """The invitation, shown once: to print, or to hand over."""

    person_id: UUID
    title: str
    name: str
    code: str
    code_href: str
    entry_href: str
    email: str
    until: str
    list_href: str
    room: str = "family"


@dataclass(frozen=True)
class ShowGrantPage:
    """One person with access: what, until when, and what the patient can do about it."""

    person_id: UUID
    title: str
    card: CaregiverCard
    told: Told
    form: RenewForm
    is_by_law: bool
    is_paused: bool
    is_paused_by_clinic: bool
    is_parent: bool
    ends_soon: bool
    is_own: bool
    given_by: str  # the representative who gave it in the patient's place
    hrefs: dict[str, str]
    min_day: str
    list_href: str
    room: str = "family"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(
        cls,
        person_id: UUID,
        held: Grant,
        form: RenewForm,
        *,
        now: datetime,
        today: date,
        until: date | None,
        is_own: bool = True,
        given_by: str = "",
    ) -> ShowGrantPage:
        here: dict[str, Any] = {"person_id": person_id, "held_id": held.id}
        names = ("change_grant", "renew_grant", "suspend_grant", "resume_grant", "end_grant", "list_activity")
        hrefs = {name: url_for(f"caregivers.{name}", **here) for name in names}
        hrefs["preview"] = url_for("home.preview_home", **here)
        return cls(
            person_id=person_id,
            title=held.name,
            card=CaregiverCard.of(person_id, held, is_own=is_own, decides=True),
            told=Told.of(held.scopes, until),
            form=form,
            is_by_law=held.kind in GIVEN_BY_LAW,
            is_paused=held.state == "suspended",
            is_paused_by_clinic=held.suspended_by == "clinic",
            is_parent=held.kind == "parent",
            ends_soon=bool(held.ends_at and held.ends_at - now <= timedelta(days=SOON_DAYS)),
            is_own=is_own,
            given_by=given_by,
            hrefs=hrefs,
            min_day=today.isoformat(),
            list_href=url_for("caregivers.list_caregivers", person_id=person_id),
        )


@dataclass(frozen=True)
class OfferPage:
    """An invitation as the one who was asked sees it."""

    title: str
    is_signed_in: bool
    asked_by: str
    for_them: str
    kind: str
    kind_code: str
    duties: list[str]
    told: Told | None
    form: AnswerForm
    needs_age: bool
    hrefs: dict[str, str]
    has_own_provider: bool
    account_name: str
    room: str = "people"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)


@dataclass(frozen=True)
class CodePage:
    """The code of a printed invitation, to type in."""

    title: str
    form: CodeForm
    action: str
    room: str = "people"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)


def duties_of(kind: str) -> list[str]:
    return duty_words(kind)
