"""The house around a page: which rooms this reader has, what waits in them, whom they act for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, func, literal, or_, select

from portal.models import (
    Person,
    PoolMember,
    Relationship,
    RelationshipScope,
    Report,
    ReportUnread,
    Task,
    Thread,
    ThreadUnread,
)
from portal.policy.actions import Action
from portal.policy.conditions import away_liaison, holds_thread, still_held
from portal.work.unit_of_work import UnitOfWork

OPEN = ("open", "waiting_on_patient")


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the navigation."""

    key: str
    label: str
    icon: str
    href: str
    count: int = 0
    is_current: bool = False
    short_label: str = ""  # for the bar at the foot of a phone


@dataclass(frozen=True, slots=True)
class ActingFor:
    """The person a caregiver acts for: the amber bar on every page."""

    name: str
    relation: str
    back_href: str


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    label: str
    href: str


@dataclass(frozen=True)
class Shell:
    """All a layout may know."""

    account_name: str
    nav: list[Room]
    acting_for: ActingFor | None
    is_wide: bool
    demo: bool
    sign_out_href: str
    profile_href: str
    more_href: str
    stay_href: str
    idle_seconds: int
    warn_seconds: int
    language_links: list[LanguageLink]

    @property
    def tabs(self) -> list[Room]:
        """The first rooms, for the bar at the foot of a phone; the rest is under More."""
        return self.nav[:4] if len(self.nav) > 5 else self.nav

    @classmethod
    def of(cls, uow: UnitOfWork, person_id: UUID | None, room: str) -> Shell:
        """The shell for this actor, in the house of `person_id` when the page is about a person."""
        actor, settings = uow.actor, uow.settings
        acting = None
        if actor.is_staff:
            nav = _staff_rooms(uow, room)
        elif person_id is not None:
            nav, acting = _person_rooms(uow, person_id, room)
        else:
            nav = _own_rooms(uow, room)
        if actor.is_admin:
            nav = [*nav, *_admin_rooms(room)]
        minutes = settings.idle_minutes_staff if actor.is_staff or actor.is_admin else settings.idle_minutes
        return cls(
            account_name=actor.name,
            nav=nav,
            acting_for=acting,
            is_wide=actor.is_staff,
            demo=settings.demo,
            sign_out_href=url_for("identity.sign_out"),
            profile_href=url_for("identity.show_profile"),
            more_href=url_for("home.show_more"),
            stay_href=url_for("identity.stay"),
            idle_seconds=minutes * 60,
            warn_seconds=120,
            language_links=[],
        )


def language_links(codes: list[str], current: str) -> list[LanguageLink]:
    """Links for visitors to the other languages."""
    names = {"en": "English", "es": "Español"}
    return [LanguageLink(c, names.get(c, c), f"{request.path}?lang={c}") for c in codes if c != current]


def _own_rooms(uow: UnitOfWork, room: str) -> list[Room]:
    """Pages that are about no patient: a patient's own house, or the door to those one acts for."""
    if uow.actor.person_id:
        return _person_rooms(uow, uow.actor.person_id, room)[0]
    return [Room("people", _("People you help"), "users", url_for("people.list_people"), 0, room == "people")]


def _person_rooms(uow: UnitOfWork, person_id: UUID, room: str) -> tuple[list[Room], ActingFor | None]:
    is_own = uow.actor.person_id == person_id
    row = uow.prepared(_waiting, is_own, within=person_id).first()
    if row is None:
        return [], None
    kind, held = (None, set()) if is_own else _held(uow, person_id)
    scopes = held if kind else None

    def entry(key: str, label: str, icon: str, endpoint: str, count: int = 0, short: str = "") -> Room:
        return Room(key, label, icon, url_for(endpoint, person_id=person_id), count, room == key, short)

    rooms = [entry("home", _("Home"), "home", "home.show_home")]
    if kind in ("liaison", "backup"):
        label = _("Questions to you")
        rooms.append(
            entry(
                "questions", label, "message-circle-question", "messaging.list_questions", row.waiting, _("Questions")
            )
        )
    if kind:
        rooms.append(entry("updates", _("Family updates"), "hand-heart", "messaging.list_updates", short=_("Updates")))
    rooms.append(entry("messages", _("Messages"), "message-circle", "messaging.list_threads", row.unread))
    if scopes is None or "appointments_view" in scopes:
        rooms.append(
            entry("appointments", _("Appointments"), "calendar", "appointments.list_appointments", short=_("Visits"))
        )
    if scopes is None or "results" in scopes:
        rooms.append(
            entry("results", _("Test results"), "flask-conical", "results.list_reports", row.results, _("Results"))
        )
    if scopes is None or "meds_view" in scopes:
        rooms.append(entry("medicines", _("Medicines"), "pill", "records.list_medicines"))
    if scopes is None:
        rooms.append(entry("care-team", _("Care team"), "users", "people.show_care_team"))
        rooms.append(entry("family", _("Family access"), "hand-heart", "caregivers.list_caregivers"))
    acting = None
    if kind:
        name = f"{row.given_name} {row.family_name}".strip()
        acting = ActingFor(name, _relation_words(kind), url_for("people.list_people"))
    return rooms, acting


def _waiting(uow: UnitOfWork, is_own: bool, *, within: Any) -> Any:
    """What the person is called and how much waits in each room, in one statement."""
    me, nothing = uow.actor.account_id, literal(0)
    unread = uow.counting(Action.MESSAGE_THREAD_READ, ThreadUnread, ThreadUnread.account_id == me, within=within)
    results, waiting = nothing, nothing
    if is_own:
        results = uow.counting(Action.RESULT_READ, ReportUnread, ReportUnread.account_id == me, within=within)
    else:
        mine = select(Relationship.id).where(*_mine(uow), Relationship.kind.in_(("liaison", "backup")))
        held = (Thread.owner_relationship_id.in_(mine), Thread.state.in_(OPEN))
        waiting = uow.counting(Action.MESSAGE_THREAD_READ, Thread, *held, within=within)
    return uow.select(
        Action.PEOPLE_PERSON_READ,
        Person,
        Person.given_name,
        Person.family_name,
        unread.label("unread"),
        results.label("results"),
        waiting.label("waiting"),
        within=within,
        joining=(ThreadUnread, Report, ReportUnread),
    )


def _relation_words(kind: str) -> str:
    return {
        "liaison": _("as their liaison"),
        "backup": _("as their backup liaison"),
        "proxy": _("with their permission"),
        "representative": _("as their representative"),
    }.get(kind, _("as family"))


_RANK = {"liaison": 0, "backup": 1, "representative": 2, "proxy": 3}


def _held(uow: UnitOfWork, person_id: UUID) -> tuple[str | None, set[str]]:
    """As what the actor acts for this person now (the closest of their relationships), and all scopes they hold."""
    rows = uow.prepared(_relationships, within=person_id).all()
    kinds = sorted({row.kind for row in rows}, key=lambda kind: _RANK.get(kind, 9))
    return (kinds[0] if kinds else None), {row.scope for row in rows if row.scope}


def _relationships(uow: UnitOfWork, *, within: Any) -> Any:
    return (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ,
            Relationship,
            Relationship.kind,
            RelationshipScope.scope,
            within=within,
            joining=(RelationshipScope,),
        )
        .select_from(Relationship)
        .outerjoin(
            RelationshipScope,
            and_(
                still_held(Relationship, RelationshipScope, uow.now),
                or_(
                    RelationshipScope.relationship_id == Relationship.id,
                    and_(
                        Relationship.kind == "backup",  # who holds what the liaison holds, while the liaison is away
                        RelationshipScope.relationship_id.in_(away_liaison(Relationship.patient_id, uow.now)),
                    ),
                ),
            ),
        )
        .where(*_mine(uow))
    )


def _mine(uow: UnitOfWork) -> tuple[Any, ...]:
    return (
        Relationship.account_id == uow.actor.account_id,
        Relationship.state == "active",
        Relationship.starts_at <= uow.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )


def _staff_rooms(uow: UnitOfWork, room: str) -> list[Room]:
    found: Any = uow.prepared(_open_work).first()
    rooms = [Room("inbox", _("Inbox"), "inbox", url_for("messaging.list_inbox"), found.waiting, room == "inbox")]
    if uow.actor.is_clinical:
        rooms.append(
            Room("patients", _("My patients"), "users", url_for("people.list_patients"), 0, room == "patients")
        )
    rooms.append(
        Room("tasks", _("Tasks"), "list-checks", url_for("messaging.list_tasks"), found.tasks, room == "tasks")
    )
    if uow.actor.role == "front_desk" and not uow.actor.is_admin:
        papers = url_for("admin.new_representative")
        rooms.append(Room("representatives", _("Representatives"), "file-check", papers, 0, room == "representatives"))
    texts = url_for("messaging.list_quick_texts")
    rooms.append(Room("quick-texts", _("Quick texts"), "pencil", texts, 0, room == "quick-texts"))
    rooms.append(Room("away", _("Time away"), "calendar-x", url_for("messaging.list_absences"), 0, room == "away"))
    if found.leads and not uow.actor.is_admin:
        rooms += _team_rooms(room)
    return rooms


def _team_rooms(room: str) -> list[Room]:
    """What those who lead a team, and administrators, look after."""
    label = _("Left with nobody")
    figures = url_for("messaging.show_team_figures")
    return [
        Room("figures", _("Team figures"), "chart-line", figures, 0, room == "figures"),
        Room("watch", label, "eye", url_for("messaging.list_orphans"), 0, room == "watch"),
    ]


def _open_work(uow: UnitOfWork, *, within: Any) -> Any:
    """How much waits for this member of staff, and whether they lead a team, in one statement."""
    waiting = uow.counting(Action.DESK_THREAD_READ, Thread, Thread.state == "open")
    tasks = uow.counting(Action.DESK_TASK_READ, Task, Task.state == "open", holds_thread(uow.actor, Task))
    leads = select(func.count()).select_from(PoolMember)
    leads = leads.where(PoolMember.practitioner_id == uow.actor.practitioner_id, PoolMember.is_lead)
    statement = select(waiting.label("waiting"), tasks.label("tasks"), leads.scalar_subquery().label("leads"))
    return statement.execution_options(scoped=frozenset({Thread.__tablename__, Task.__tablename__}))


def _admin_rooms(room: str) -> list[Room]:
    return [
        *_team_rooms(room),
        Room("accounts", _("Accounts"), "users", url_for("admin.list_accounts"), 0, room == "accounts"),
        Room(
            "representatives",
            _("Representatives"),
            "file-check",
            url_for("admin.list_representatives"),
            0,
            room == "representatives",
        ),
        Room("routing", _("Routing"), "route", url_for("admin_routing.list_tables"), 0, room == "routing"),
    ]
