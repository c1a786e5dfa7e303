"""The house around a page: which rooms this reader has, what waits in them, whom they act for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

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
from portal.policy.conditions import away_liaison, still_held
from portal.web.filters import language
from portal.web.fragments import mark
from portal.work.unit_of_work import UnitOfWork

PERSON = mark("person")
_ANYBODY = uuid4()  # whose addresses are taken for a pattern
OPEN = ("open", "waiting_on_patient")
RECORD_SCOPES = {"record_basic", "child_basic", "documents", "care_plan_view", "results"}  # any opens the record
COUNTED = 99  # more than anybody can see to; the page itself says how much there is


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

    @property
    def waits(self) -> str:
        """The number that is shown; of very many, that there are more."""
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)


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
    rooms: tuple[Room, ...]  # their addresses have a gap where the person stands
    person: str
    acting_for: ActingFor | None
    is_wide: bool
    demo: bool
    sign_out_href: str
    profile_href: str
    more_href: str
    stay_href: str
    idle_seconds: int
    warn_seconds: int

    @property
    def nav(self) -> list[Room]:
        """The rooms with their whole addresses."""
        return [replace(room, href=room.href.replace(PERSON, self.person)) for room in self.rooms]

    @classmethod
    def of(cls, uow: UnitOfWork, person_id: UUID | None, room: str) -> Shell:
        """The shell for this actor, in the house of `person_id` when the page is about a person."""
        actor, settings = uow.actor, uow.settings
        acting = None
        if actor.is_staff:
            rooms = _staff_rooms(uow, room)
        else:
            person_id = person_id or actor.person_id
            rooms, acting = _person_rooms(uow, person_id, room) if person_id else (_helpers_rooms(room), None)
        if actor.is_admin:
            rooms = (*rooms, *_admin_rooms(room))
        minutes = settings.idle_minutes_staff if actor.is_staff or actor.is_admin else settings.idle_minutes
        return cls(
            account_name=actor.name,
            rooms=rooms,
            person=str(person_id or ""),
            acting_for=acting,
            is_wide=actor.is_staff,
            demo=settings.demo,
            sign_out_href=url_for("identity.sign_out"),
            profile_href=url_for("identity.show_profile"),
            more_href=url_for("home.show_more"),
            stay_href=url_for("identity.stay"),
            idle_seconds=minutes * 60,
            warn_seconds=120,
        )


def language_links(codes: list[str], current: str) -> list[LanguageLink]:
    """Links for visitors to the other languages."""
    names = {"en": "English", "es": "Español"}
    return [LanguageLink(c, names.get(c, c), f"{request.path}?lang={c}") for c in codes if c != current]


def _helpers_rooms(room: str) -> tuple[Room, ...]:
    """Pages that are about no patient: the door to those one acts for."""
    return (Room("people", _("People you help"), "users", url_for("people.list_people"), 0, room == "people"),)


def _person_rooms(uow: UnitOfWork, person_id: UUID, room: str) -> tuple[tuple[Room, ...], ActingFor | None]:
    is_own = uow.actor.person_id == person_id
    row = uow.prepared(_waiting, is_own, within=person_id).first()
    if row is None:
        return (), None
    kind, held = (None, set()) if is_own else _held(uow, person_id)
    place = (request.root_path, language())
    rooms = _rooms_of(place, kind, frozenset(held) if kind else None, room, row.waiting, row.unread, row.results)
    acting = None
    if kind:
        name = f"{row.given_name} {row.family_name}".strip()
        acting = ActingFor(name, _relation_words(kind), url_for("people.list_people"))
    return rooms, acting


@lru_cache(maxsize=1024)
def _rooms_of(
    _place: tuple[str, str],
    kind: str | None,
    scopes: frozenset[str] | None,
    room: str,
    waiting: int,
    unread: int,
    results: int,
) -> tuple[Room, ...]:
    """The rooms of somebody's house, put together once for each language and place the portal is mounted at."""

    def entry(key: str, label: str, icon: str, endpoint: str, count: int = 0, short: str = "") -> Room:
        href = url_for(endpoint, person_id=_ANYBODY).replace(str(_ANYBODY), PERSON)
        return Room(key, label, icon, href, count, room == key, short)

    rooms = [entry("home", _("Home"), "home", "home.show_home")]
    if kind in ("liaison", "backup"):
        label = _("Questions to you")
        rooms.append(
            entry("questions", label, "message-circle-question", "messaging.list_questions", waiting, _("Questions"))
        )
    if kind:
        rooms.append(entry("updates", _("Family updates"), "hand-heart", "messaging.list_updates", short=_("Updates")))
    rooms.append(entry("messages", _("Messages"), "message-circle", "messaging.list_threads", unread))
    if scopes is None or "appointments_view" in scopes:
        rooms.append(
            entry("appointments", _("Appointments"), "calendar", "appointments.list_appointments", short=_("Visits"))
        )
    if scopes is None or "results" in scopes:
        rooms.append(
            entry("results", _("Test results"), "flask-conical", "results.list_reports", results, _("Results"))
        )
    if scopes is None or "meds_view" in scopes:
        rooms.append(entry("medicines", _("Medicines"), "pill", "medicines.list_medicines"))
    if scopes is None or scopes & RECORD_SCOPES:
        rooms.append(entry("record", _("Health record"), "clipboard-list", "records.show_record", short=_("Record")))
    if scopes is None or "binder_export" in scopes:
        label = _("My binder") if scopes is None else _("Binder")
        rooms.append(entry("binder", label, "book-user", "binder.show_binder"))
    if scopes is None:
        rooms.append(entry("care-team", _("Care team"), "users", "people.show_care_team"))
    if scopes is None or kind == "representative":
        rooms.append(entry("family", _("Family access"), "hand-heart", "caregivers.list_caregivers"))
    return tuple(rooms)


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
        "parent": _("as their parent"),
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


def _staff_rooms(uow: UnitOfWork, room: str) -> tuple[Room, ...]:
    found: Any = uow.prepared(_open_work).first()
    rooms = [Room("inbox", _("Inbox"), "inbox", url_for("messaging.list_inbox"), found.waiting, room == "inbox")]
    rooms.append(
        Room("schedule", _("Schedule"), "calendar", url_for("appointments.show_schedule"), 0, room == "schedule")
    )
    if uow.actor.is_clinical:
        rooms.append(
            Room("patients", _("My patients"), "users", url_for("people.list_patients"), 0, room == "patients")
        )
    rooms.append(
        Room("tasks", _("Tasks"), "list-checks", url_for("messaging.list_tasks"), found.tasks, room == "tasks")
    )
    if uow.actor.role in ("pcp", "specialist"):
        reviews = url_for("results.list_reviews")
        rooms.append(Room("reviews", _("Results to review"), "flask-conical", reviews, 0, room == "reviews"))
    if uow.actor.role in ("pcp", "specialist", "nurse", "pharmacist"):
        papers = url_for("outside.list_waiting")
        rooms.append(Room("outside", _("Papers from outside"), "file-text", papers, 0, room == "outside"))
    if uow.actor.role == "front_desk" and not uow.actor.is_admin:
        papers = url_for("admin.new_representative")
        rooms.append(Room("representatives", _("Representatives"), "file-check", papers, 0, room == "representatives"))
    texts = url_for("messaging.list_quick_texts")
    rooms.append(Room("quick-texts", _("Quick texts"), "pencil", texts, 0, room == "quick-texts"))
    rooms.append(Room("away", _("Time away"), "calendar-x", url_for("messaging.list_absences"), 0, room == "away"))
    if found.leads and not uow.actor.is_admin:
        rooms += _team_rooms(room)
    return tuple(rooms)


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
    threads = (Thread.state.in_(OPEN), Thread.state == "open")  # the first is what the index of unfinished work knows
    waiting = _held_by_me(uow, Action.DESK_THREAD_READ, Thread, *threads)
    tasks = _held_by_me(uow, Action.DESK_TASK_READ, Task, Task.state == "open")
    leads = select(func.count()).select_from(PoolMember)
    leads = leads.where(PoolMember.practitioner_id == uow.actor.practitioner_id, PoolMember.is_lead)
    statement = select(waiting.label("waiting"), tasks.label("tasks"), leads.scalar_subquery().label("leads"))
    return statement.execution_options(scoped=frozenset({Thread.__tablename__, Task.__tablename__}))


def _held_by_me(uow: UnitOfWork, action: Action, model: Any, *where: Any) -> Any:
    """How many rows of my own and of my pools, each out of its own index and no further than is shown."""
    me = uow.actor.practitioner_id
    rows = uow.select(action, model, literal(1)).where(*where)
    mine = rows.where(model.owner_practitioner_id == me)
    pools = rows.join(PoolMember, PoolMember.pool_id == model.owner_pool_id).where(PoolMember.practitioner_id == me)
    counts = [select(func.count()).select_from(one.limit(COUNTED + 1).subquery()) for one in (mine, pools)]
    return counts[0].scalar_subquery() + counts[1].scalar_subquery()


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
        Room("jobs", _("Jobs"), "refresh-cw", url_for("admin_jobs.list_dead_jobs"), 0, room == "jobs"),
    ]
