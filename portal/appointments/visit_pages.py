"""Pages of one visit: what it is, what can be done with it, cancelling it, its video, the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments import words
from portal.appointments.booking import LIVE, Needs, is_in_time
from portal.appointments.changing import Visit
from portal.appointments.confirming import is_open as can_confirm
from portal.appointments.forms import CancelForm, WordsForm
from portal.appointments.pages import status_words
from portal.web import filters

VIDEO_OPENS = timedelta(minutes=15)
VIDEO_CLOSES = timedelta(minutes=30)


def when_of(visit: Visit) -> str:
    return words.moment(visit.row.starts_at, visit.row.time_zone)


def what_of(visit: Visit) -> str:
    return words.type_name(visit.kind) if visit.kind else words.what(visit.row)


def needs_lines(needs: Needs) -> list[dict[str, str]]:
    """What the clinic should know, as rows."""
    found = [
        (_("Comes with you"), needs.companion),
        (_("Interpreter"), str(words.INTERPRETERS.get(needs.interpreter, "")) if needs.interpreter else ""),
        (_("Help with moving"), str(words.MOBILITY.get(needs.mobility, "")) if needs.mobility else ""),
        (_("Getting here"), str(words.TRANSPORT.get(needs.transport, "")) if needs.transport else ""),
    ]
    return [{"key": key, "value": value} for key, value in found if value]


def video_is_open(row: Any, now: datetime) -> bool:
    """From a quarter of an hour before the start until half an hour after the end (APT-8)."""
    return row.starts_at - VIDEO_OPENS <= now <= row.starts_at + timedelta(minutes=row.minutes) + VIDEO_CLOSES


@dataclass(frozen=True)
class ShowVisitPage:
    """One visit, and what can be done with it."""

    person_id: UUID
    title: str
    lead: str
    status: str
    tone: str
    rows: list[dict[str, str]]
    needs: list[dict[str, str]]
    agenda: str
    before: str
    place: Any
    directions: str
    address: str
    is_live: bool
    is_disrupted: bool
    is_in_time: bool
    may_change: bool
    cancelled: str
    summary: str
    summary_by: str
    video_text: str
    video_href: str
    hrefs: dict[str, str]
    phone: str
    check_in_href: str
    check_in_text: str
    confirm_href: str = ""
    patient: str = ""  # for staff: whose visit it is
    overbooked: str = ""
    told: list[dict[str, str]] = field(default_factory=list)  # check-in and screenings, for those who treat
    summary_form: Any = None
    summary_href: str = ""
    room: str = "appointments"

    @classmethod
    def of(
        cls,
        visit: Visit,
        *,
        needs: Needs,
        agenda: str,
        now: datetime,
        may_change: bool,
        reader_id: UUID | None,
        summary: str = "",
        summary_by: str = "",
        check_in: tuple[str, str] = ("", ""),
        patient: str = "",
        overbooked: str = "",
        told: Sequence[dict[str, str]] = (),
        names: Mapping[str, str] = MappingProxyType({}),
        summary_form: Any = None,
    ) -> ShowVisitPage:
        row = visit.row
        here: dict[str, Any] = {"person_id": row.patient_id, "visit_id": row.id}
        is_live = row.status in LIVE and row.starts_at > now
        status, tone = status_words(row.status)
        who = visit.practitioner.name if visit.practitioner else ""
        where = _("Video visit") if row.is_video else (row.place or "")
        rows = [
            {"key": _("When"), "value": when_of(visit)},
            {"key": _("How long"), "value": _("%(number)s minutes", number=row.minutes)},
            {"key": _("With"), "value": who},
            {
                "key": _("Where"),
                "value": ", ".join(part for part in (where, visit.room.name if visit.room else "") if part),
            },
            *_done_by(row, names),
        ]
        return cls(
            person_id=row.patient_id,
            title=what_of(visit),
            lead=" · ".join(part for part in (when_of(visit), who) if part),
            status=_("Needs a new time") if row.disrupted_at and is_live else status,
            tone="look" if row.disrupted_at and is_live else tone,
            rows=[one for one in rows if one["value"]],
            needs=needs_lines(needs),
            agenda=agenda,
            before=row.instructions or (words.before(visit.kind) if visit.kind else ""),
            place=visit.place if visit.place and not row.is_video else None,
            directions=words.directions(visit.place) if visit.place else "",
            address=(visit.place.address or "") if visit.place else "",
            is_live=is_live,
            is_disrupted=bool(row.disrupted_at) and is_live,
            is_in_time=is_in_time(row, now) or bool(row.disrupted_at) or bool(patient),
            may_change=may_change,
            cancelled=words.who_cancelled(
                row.cancelled_by, visit.cancelled_by, is_own=bool(reader_id and row.cancelled_by_id == reader_id)
            )
            if row.status == "cancelled"
            else "",
            summary=summary,
            summary_by=summary_by,
            video_text=_video_text(row, now) if row.is_video and row.status not in ("cancelled",) else "",
            video_href=url_for("appointments.show_video", **here) if row.is_video and row.video_key else "",
            hrefs=_hrefs(visit, here, is_staff=bool(patient)),
            phone=(visit.place.phone or "") if visit.place else "",
            check_in_href=check_in[0],
            check_in_text=check_in[1],
            confirm_href=url_for("appointments.confirm_visit", **here) if may_change and can_confirm(row, now) else "",
            patient=patient,
            overbooked=overbooked,
            told=list(told),
            summary_form=summary_form,
            summary_href=url_for("appointments.update_summary", **here) if summary_form else "",
        )


def _done_by(row: Any, names: Mapping[str, str]) -> list[dict[str, str]]:
    """Who booked, moved and confirmed it, and when."""
    labels = {"booked": _("Booked"), "moved": _("Moved"), "confirmed": _("Confirmed")}
    found = []
    for what, label in labels.items():
        at = getattr(row, f"{what}_at")
        if at is not None:
            found.append({"key": label, "value": " · ".join(p for p in (filters.moment(at), names.get(what, "")) if p)})
    return found


def _hrefs(visit: Visit, here: dict[str, Any], *, is_staff: bool = False) -> dict[str, str]:
    row = visit.row
    found = {
        "back": url_for("appointments.list_appointments", person_id=row.patient_id),
        "cancel": url_for("appointments.confirm_cancel", **here),
        "words": url_for("appointments.edit_visit", **here),
        "ics": url_for("appointments.show_calendar_file", **here),
        "fhir": url_for("appointments.show_fhir", **here),
        "ask": "" if is_staff else url_for("messaging.new_question", person_id=row.patient_id, appointment=row.id),
        "request": url_for("appointments.new_request", person_id=row.patient_id, visit=row.id),
        "move": "",
    }
    if visit.kind is not None and visit.kind.is_active:
        wish: dict[str, Any] = {"kind": visit.kind.id, "moves": row.id, "how": "video" if row.is_video else "in_person"}
        if row.practitioner_id and not row.disrupted_at:
            wish["who"] = row.practitioner_id
        found["move"] = url_for("appointments.list_times", person_id=row.patient_id, **wish)
    return found


def _video_text(row: Any, now: datetime) -> str:
    if video_is_open(row, now):
        return _("The video room is open.")
    if now < row.starts_at:
        opens = words.moment(row.starts_at - VIDEO_OPENS, row.time_zone)
        return _("The video room opens %(when)s, 15 minutes before the visit.", when=opens)
    return ""


@dataclass(frozen=True)
class ConfirmCancelPage:
    """Cancelling, with what happens then."""

    person_id: UUID
    title: str
    what: str
    is_in_time: bool
    phone: str
    form: CancelForm
    cancel_href: str
    move_href: str
    back_href: str
    patient: str = ""
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, visit: Visit, form: CancelForm, now: datetime, phone: str, patient: str = "") -> ConfirmCancelPage:
        here: dict[str, Any] = {"person_id": visit.row.patient_id, "visit_id": visit.row.id}
        who = visit.practitioner.name if visit.practitioner else ""
        is_own_choice = is_in_time(visit.row, now) or bool(patient)
        return cls(
            visit.row.patient_id,
            _("Cancel this visit") if is_own_choice else _("Ask the clinic to cancel"),
            " · ".join(part for part in (when_of(visit), what_of(visit), who) if part),
            is_own_choice,
            (visit.place.phone if visit.place and visit.place.phone else phone),
            form,
            url_for("appointments.cancel_visit", **here),
            _hrefs(visit, here)["move"] if is_own_choice else "",
            url_for("appointments.show_visit", **here),
            patient,
        )


@dataclass(frozen=True)
class EditVisitPage:
    """What the clinic should know, to be changed."""

    person_id: UUID
    title: str
    what: str
    form: WordsForm
    update_href: str
    back_href: str
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, visit: Visit, form: WordsForm) -> EditVisitPage:
        here: dict[str, Any] = {"person_id": visit.row.patient_id, "visit_id": visit.row.id}
        return cls(
            visit.row.patient_id,
            _("What the clinic should know"),
            f"{when_of(visit)} · {what_of(visit)}",
            form,
            url_for("appointments.update_visit", **here),
            url_for("appointments.show_visit", **here),
        )


@dataclass(frozen=True)
class ShowVideoPage:
    """The way into the video room, when it is open."""

    person_id: UUID
    title: str
    text: str
    when: str
    room_url: str
    back_href: str
    room: str = "appointments"

    @classmethod
    def of(cls, visit: Visit, now: datetime) -> ShowVideoPage:
        row = visit.row
        base = visit.place.video_url if visit.place else None
        is_open = row.status in (*LIVE, "arrived", "checked-in") and video_is_open(row, now) and base and row.video_key
        return cls(
            row.patient_id,
            _("Video visit"),
            _video_text(row, now) or _("This video room is closed."),
            when_of(visit),
            f"{base}{row.video_key}" if is_open else "",
            url_for("appointments.show_visit", person_id=row.patient_id, visit_id=row.id),
        )


@dataclass(frozen=True)
class ListFeedsPage:
    """Private calendar addresses."""

    person_id: UUID
    title: str
    feeds: list[dict[str, str]]
    new_url: str
    create_href: str
    back_href: str
    room: str = "appointments"

    @classmethod
    def of(cls, person_id: UUID, feeds: Sequence[Any], new_url: str = "") -> ListFeedsPage:
        here: dict[str, Any] = {"person_id": person_id}
        return cls(
            person_id,
            _("Visits in your own calendar"),
            [
                {
                    "made": filters.moment(feed.made_at),
                    "revoke_href": url_for("appointments.revoke_feed", feed_id=feed.id, **here),
                }
                for feed in feeds
            ],
            new_url,
            url_for("appointments.create_feed", **here),
            url_for("appointments.list_appointments", **here),
        )
