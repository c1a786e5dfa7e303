"""Pages of setting the schedule up: hours, days unlike them, kinds of visits, places, reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.appointments import words
from portal.appointments.desk_forms import WEEKDAYS, ExceptionForm, HoursForm, KindForm, clock_of
from portal.appointments.desk_pages import tabs
from portal.appointments.place_forms import PlaceForm, RemindersForm, RoomForm
from portal.web import filters


@dataclass(frozen=True)
class ShowSetupPage:
    """Working hours, days unlike them, kinds of visits."""

    title: str
    tabs: list[dict[str, Any]]
    people: list[dict[str, Any]]
    days: list[dict[str, str]]
    kinds: list[dict[str, str]]
    places: list[dict[str, str]]
    reminders: str
    hours_form: HoursForm
    day_form: ExceptionForm
    hrefs: dict[str, str]
    may_add_kinds: bool
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return self.hours_form.has_errors or self.day_form.has_errors

    @classmethod
    def of(
        cls, hours: Sequence[Any], days: Sequence[Any], kinds: Sequence[Any], hours_form: HoursForm,
        day_form: ExceptionForm, *, places: Sequence[Any] = (), steps: Sequence[int] = (),
    ) -> ShowSetupPage:  # fmt: skip
        named = {str(kind.id): words.type_name(kind) for kind in kinds}
        people = [
            {"name": name, "hours": [_hours(row, name, named) for row in listed]}
            for name, listed in groupby(hours, key=lambda row: row.name)
        ]
        return cls(
            _("Hours and kinds of visits"),
            tabs("setup", may_set_up=True),
            people,
            [_unlike(row) for row in days],
            [
                {
                    "name": words.type_name(kind),
                    "text": _("%(number)s minutes", number=kind.minutes),
                    "href": url_for("appointments.edit_kind", kind_id=kind.id),
                }
                for kind in kinds
            ],
            [
                {
                    "name": place.name,
                    "text": " · ".join(p for p in (place.address or "", place.time_zone) if p),
                    "tag": "" if place.is_active else _("Not in use"),
                    "href": url_for("appointments.edit_place", place_id=place.id),
                }
                for place in places
            ],
            ", ".join(step_words(one) for one in steps) or _("No reminders"),
            hours_form,
            day_form,
            {
                "hours": url_for("appointments.create_hours"),
                "day": url_for("appointments.create_exception"),
                "kind": url_for("appointments.new_kind"),
                "place": url_for("appointments.new_place"),
                "reminders": url_for("appointments.edit_reminders"),
            },
            bool(kinds),
        )


def step_words(minutes: int) -> str:
    """A step of reminders: so long before a visit."""
    if minutes % 1440 == 0:
        return ngettext("%(num)s day before", "%(num)s days before", minutes // 1440)
    if minutes % 60 == 0:
        return ngettext("%(num)s hour before", "%(num)s hours before", minutes // 60)
    return ngettext("%(num)s minute before", "%(num)s minutes before", minutes)


def _hours(row: Any, name: str, kinds: Mapping[str, str]) -> dict[str, str]:
    span = f"{clock_of(row.opens)}–{clock_of(row.closes)}"
    text = f"{WEEKDAYS[row.weekday]} {span}"
    more = _("until %(day)s", day=filters.day(row.ends_on)) if row.ends_on else ""
    offered = ", ".join(kinds[one] for one in row.types if one in kinds)
    return {
        "text": text,
        "where": " · ".join(part for part in (f"{row.place} ({row.time_zone})", offered, more) if part),
        "label": _("End: %(name)s, %(hours)s", name=name, hours=text),
        "end_href": "" if row.ends_on else url_for("appointments.end_hours", hours_id=row.id),
    }


def _unlike(row: Any) -> dict[str, str]:
    state = _("Open") if row.is_open else _("Closed")
    text = f"{filters.long_day(row.day)}, {clock_of(row.opens)}–{clock_of(row.closes)}"
    return {
        "title": f"{state}: {text}",
        "text": " · ".join(part for part in (row.name or _("Everybody"), row.place or "", row.reason) if part),
        "drop_href": url_for("appointments.drop_exception", exception_id=row.id),
        "label": _("Take away: %(what)s", what=text),
    }


@dataclass(frozen=True)
class EditKindPage:
    """A kind of visit."""

    title: str
    form: KindForm
    update_href: str
    back_href: str
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, form: KindForm, kind_id: UUID | None) -> EditKindPage:
        href = url_for("appointments.update_kind", kind_id=kind_id) if kind_id else url_for("appointments.create_kind")
        title = _("Change this kind of visit") if kind_id else _("Add a kind of visit")
        return cls(title, form, href, url_for("appointments.show_setup"))


@dataclass(frozen=True)
class EditPlacePage:
    """A place of visits, and its rooms."""

    title: str
    form: PlaceForm
    update_href: str
    back_href: str
    rooms: list[dict[str, str]]
    room_form: RoomForm | None = None
    room_href: str = ""
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors or bool(self.room_form and self.room_form.has_errors)

    @classmethod
    def of(
        cls, form: PlaceForm, place_id: UUID | None, rooms: Sequence[Any] = (), room_form: RoomForm | None = None
    ) -> EditPlacePage:
        back = url_for("appointments.show_setup")
        if place_id is None:
            return cls(_("Add a place"), form, url_for("appointments.create_place"), back, [])
        lines = [
            {
                "name": one.name,
                "state": "" if one.is_active else _("Not in use"),
                "text": _("Take out of use") if one.is_active else _("Use again"),
                "href": url_for("appointments.switch_room", place_id=place_id, room_id=one.id),
            }
            for one in rooms
        ]
        here: dict[str, Any] = {"place_id": place_id}
        return cls(
            _("Change this place"),
            form,
            url_for("appointments.update_place", **here),
            back,
            lines,
            room_form or RoomForm(formdata=None),
            url_for("appointments.create_room", **here),
        )


@dataclass(frozen=True)
class EditRemindersPage:
    """When people are reminded of visits."""

    title: str
    form: RemindersForm
    update_href: str
    back_href: str
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, form: RemindersForm) -> EditRemindersPage:
        href, back = url_for("appointments.update_reminders"), url_for("appointments.show_setup")
        return cls(_("Reminders of visits"), form, href, back)
