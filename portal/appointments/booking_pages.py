"""Pages of booking: which kind, which time, and what the clinic should know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments import words
from portal.appointments.booking import Held
from portal.appointments.forms import RequestForm, WordsForm, slot_text
from portal.appointments.schedule import OpenTime
from portal.infra.ids import new_id
from portal.web import filters

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class NewVisitPage:
    """Which kind of visit."""

    person_id: UUID
    title: str
    kinds: list[dict[str, str]]
    request_href: str
    back_href: str
    patient: str = ""
    beside_href: str = ""
    room: str = "appointments"

    @classmethod
    def of(cls, person_id: UUID, kinds: Sequence[Any], patient: str = "", *, may_beside: bool = False) -> NewVisitPage:
        here: dict[str, Any] = {"person_id": person_id}
        return cls(
            person_id,
            _("Book a visit"),
            [
                {
                    "name": words.type_name(kind),
                    "text": _how(kind),
                    "href": url_for("appointments.list_times", kind=kind.id, **here),
                }
                for kind in kinds
            ],
            url_for("appointments.new_request", **here),
            url_for("appointments.list_appointments", **here),
            patient,
            url_for("appointments.new_overbooking", **here) if may_beside else "",
        )


def _how(kind: Any) -> str:
    minutes = _("%(number)s minutes", number=kind.minutes)
    if kind.is_video and kind.is_in_person:
        return _("%(minutes)s, in person or by video", minutes=minutes)
    return (
        _("%(minutes)s, by video", minutes=minutes) if kind.is_video else _("%(minutes)s, in person", minutes=minutes)
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """One time as a button."""

    value: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The times of one clinician at one place on one day."""

    who: str
    where: str
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen above the times, as the address holds it."""

    kind: str
    who: str = ""
    place: str = ""
    how: str = "in_person"
    language: str = ""
    start: str = ""
    moves: str = ""

    def values(self, **changes: str) -> dict[str, str]:
        """For an address: only what is set."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in {**held, **changes}.items() if value}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class ListTimesPage:
    """The days with open times."""

    person_id: UUID
    title: str
    lead: str
    kind: str
    days: list[Day]
    span: str
    zone: str
    selects: list[dict[str, Any]]
    wish: Wish
    here_href: str
    hold_href: str
    earlier_href: str | None
    later_href: str | None
    next_href: str | None
    next_text: str
    request_href: str
    waitlist_href: str
    once: str
    back_href: str
    is_taken: bool = False
    nearest: list[Slot] = field(default_factory=list)
    has_errors: bool = False
    patient: str = ""
    room: str = "appointments"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        kind: Any,
        wish: Wish,
        times: Sequence[OpenTime],
        first: date,
        today: date,
        *,
        people: Sequence[Any],
        places: Sequence[Any],
        languages: Sequence[str],
        next_time: OpenTime | None,
        moving: str = "",
        nearest: Sequence[OpenTime] | None = None,
        patient: str = "",
    ) -> ListTimesPage:
        here: dict[str, Any] = {"person_id": person_id}

        def link(**changes: str) -> str:
            more: dict[str, Any] = {**here, **wish.values(**changes)}
            return url_for("appointments.list_times", **more)

        zones = {words.zone_note(one.starts_at, one.zone) for one in times} - {""}
        is_taken = nearest is not None
        back = (
            url_for("appointments.show_visit", visit_id=wish.moves, **here)
            if wish.moves
            else url_for("appointments.new_visit", **here)
        )
        return cls(
            person_id=person_id,
            title=_("That time is gone") if is_taken else _("Choose a new time") if moving else _("Choose a time"),
            lead=_("Somebody else was first. Nothing of yours has changed.")
            if is_taken
            else _("Now: %(when)s. It stays yours until you confirm the new time.", when=moving)
            if moving
            else words.type_name(kind),
            kind=words.type_name(kind),
            days=_days(times),
            span=_("%(first)s to %(last)s", first=filters.day(first), last=filters.day(first + WEEK - timedelta(1))),
            zone=", ".join(sorted(zones)),
            selects=_selects(kind, wish, people, places, languages),
            wish=wish,
            here_href=url_for("appointments.list_times", **here),
            hold_href=url_for("appointments.hold_time", **here),
            earlier_href=link(start=max(first - WEEK, today).isoformat()) if first > today else None,
            later_href=link(start=(first + WEEK).isoformat()),
            next_href=link(start=words.wall(next_time.starts_at, next_time.zone).date().isoformat())
            if next_time
            else None,
            next_text=words.moment(next_time.starts_at, next_time.zone) if next_time else "",
            request_href=url_for("appointments.new_request", **here, kind=wish.kind, visit=wish.moves or None),
            waitlist_href="" if patient else url_for("appointments.join_waitlist", **here),
            once=str(new_id()),
            back_href=back,
            is_taken=is_taken,
            nearest=[_slot(one, with_day=True) for one in nearest or ()],
            has_errors=is_taken,
            patient=patient,
        )


def _selects(
    kind: Any, wish: Wish, people: Sequence[Any], places: Sequence[Any], languages: Sequence[str]
) -> list[dict[str, Any]]:
    def select(name: str, label: str, options: list[tuple[str, str]]) -> dict[str, Any]:
        chosen = getattr(wish, name)
        return {
            "name": name,
            "label": label,
            "options": [Option(value, text, value == chosen) for value, text in options],
        }

    how = [("in_person", _("In person"))] if kind.is_in_person else []
    how += [("video", _("By video"))] if kind.is_video else []
    tongues = [(code, str(words.INTERPRETERS.get(code, code))) for code in languages]
    return [
        select("who", _("With whom?"), [("", _("Anybody")), *((str(one.id), one.name) for one in people)]),
        select("place", _("Where?"), [("", _("Any place")), *((str(one.id), one.name) for one in places)]),
        select("how", _("How?"), how),
        select("language", _("Which language?"), [("", _("Any language")), *tongues]),
    ]


def _days(times: Sequence[OpenTime]) -> list[Day]:
    """Days on the clock of each place; in them, each clinician's times together."""

    def day(one: OpenTime) -> date:
        return one.wall.date()

    def group(one: OpenTime) -> tuple[str, str, str]:
        return one.practitioner, one.place, str(one.practitioner_id)

    found = []
    for on, listed in groupby(sorted(times, key=lambda one: (day(one), one.starts_at)), key=day):
        each = sorted(listed, key=lambda one: (group(one), one.starts_at))
        groups = [
            Group(who, where, [_slot(one) for one in parts]) for (who, where, _id), parts in groupby(each, key=group)
        ]
        found.append(Day(filters.long_day(on), groups))
    return found


def _slot(one: OpenTime, *, with_day: bool = False) -> Slot:
    when = words.moment(one.starts_at, one.zone)
    clock = words.clock(one.starts_at, one.zone)
    zone = words.zone_note(one.starts_at, one.zone)
    text = when if with_day else f"{clock} {zone}".strip()
    label = _("%(when)s with %(who)s, %(where)s", when=text if with_day else f"{text}, {filters.day(one.wall.date())}",
              who=one.practitioner, where=one.place)  # fmt: skip
    return Slot(slot_text(one.practitioner_id, one.place_id, words.epoch(one.starts_at)), text, label)


@dataclass(frozen=True)
class EditBookingPage:
    """A time that is kept, and what the clinic should know."""

    person_id: UUID
    title: str
    rows: list[dict[str, str]]
    before: str
    until: str
    is_move: bool
    old: str
    form: WordsForm
    book_href: str
    release_href: str
    patient: str = ""
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, held: Held, form: WordsForm, old: str, patient: str = "") -> EditBookingPage:
        kept = held.hold
        here: dict[str, Any] = {"person_id": person_id, "hold_id": kept.id}
        where = _("Video visit") if kept.is_video else held.place.name
        return cls(
            person_id=person_id,
            title=_("Check the new time") if old else _("Check your visit"),
            rows=[
                {"key": _("What"), "value": words.type_name(held.kind)},
                {"key": _("When"), "value": words.moment(kept.starts_at, held.place.time_zone)},
                {"key": _("How long"), "value": _("%(number)s minutes", number=kept.minutes)},
                {"key": _("With"), "value": held.practitioner},
                {"key": _("Where"), "value": where},
            ],
            before=words.before(held.kind),
            until=filters.moment(kept.expires_at) if kept.offer_id else filters.clock(kept.expires_at),
            is_move=bool(old),
            old=old,
            form=form,
            book_href=url_for("appointments.book_visit", **here),
            release_href=url_for("appointments.release_time", **here),
            patient=patient,
        )


@dataclass(frozen=True)
class NewRequestPage:
    """Asking for a visit, or for a change to one."""

    person_id: UUID
    title: str
    lead: str
    form: RequestForm
    is_change: bool
    create_href: str
    back_href: str
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, form: RequestForm, visit_id: UUID | None, when: str) -> NewRequestPage:
        here: dict[str, Any] = {"person_id": person_id}
        return cls(
            person_id,
            _("Ask for another time") if visit_id else _("Ask for a visit"),
            _("Your visit %(when)s stays as it is until the clinic answers.", when=when)
            if visit_id
            else _("This is a request, not a booking. The people who schedule visits answer it, and you are told."),
            form,
            visit_id is not None,
            url_for("appointments.create_request", visit=visit_id, **here),
            url_for("appointments.show_visit", visit_id=visit_id, **here)
            if visit_id
            else url_for("appointments.list_appointments", **here),
        )
