"""What the pages of packets for a visit may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.binder.packets import Sent
from portal.binder.paper import section_data
from portal.binder.sections import Binder
from portal.infra.i18n import known
from portal.infra.ids import new_id
from portal.web import filters


def content_of(binder: Binder, when: str, agenda: str, companion: str) -> dict[str, Any]:
    """What is sent: the sections in words, as they are now."""
    return {
        "name": binder.name,
        "visit": when,
        "agenda": agenda,
        "companion": companion,
        "failed": binder.failed,
        "task": _("A binder was sent ahead for the visit on %(when)s. Open it in the patient’s record.", when=when),
        "sections": [{"key": one.key, **section_data(one)} for one in binder.sections],
    }


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit to come, and whether the binder was sent to it."""

    title: str
    text: str
    receipt: str
    tone: str
    send_href: str
    packet_href: str
    link_href: str
    once: str


@dataclass(frozen=True)
class ListPacketsPage:
    """Visits to come, each with what was sent ahead."""

    person_id: UUID
    title: str
    visits: list[VisitRow]
    back_href: str
    may_send: bool
    may_share: bool
    room: str = "binder"

    @classmethod
    def of(
        cls, person_id: UUID, visits: Sequence[Any], sent: Sequence[Sent], *, may_send: bool, may_share: bool
    ) -> ListPacketsPage:
        newest: dict[UUID, Sent] = {}
        for one in sent:
            if one.withdrawn_at is None:
                newest.setdefault(one.visit_id, one)
        return cls(
            person_id,
            _("Send the binder ahead"),
            [_visit_row(person_id, row, newest.get(row.id)) for row in visits],
            url_for("binder.show_binder", person_id=person_id),
            may_send,
            may_share,
        )


def _visit_row(person_id: UUID, row: Any, one: Sent | None) -> VisitRow:
    here: dict[str, Any] = {"person_id": person_id}
    text = " · ".join(part for part in (row.with_name or "", known(row.kind)) if part)
    receipt, tone = receipt_words(one)
    packet = url_for("binder.show_packet", **here, packet_id=one.id) if one else ""
    send = url_for("binder.new_packet", **here, visit_id=row.id)
    link = url_for("binder.create_visit_link", **here, visit_id=row.id)
    when = filters.visit_moment(row.local_start, row.time_zone)
    return VisitRow(when, text, receipt, tone, send, packet, link, str(new_id()))


def receipt_words(one: Sent | None) -> tuple[str, str]:
    """Whether the clinic has opened it, and the tone of its tag."""
    if one is None:
        return "", "neutral"
    if one.opened_at is None:
        return _("Sent %(when)s, not opened yet", when=filters.moment(one.sent_at)), "info"
    return _("Opened by %(name)s, %(when)s", name=one.opened_by, when=filters.moment(one.opened_at)), "good"


@dataclass(frozen=True)
class NewPacketPage:
    """What would be sent, before it is."""

    person_id: UUID
    title: str
    lead: str
    sections: list[tuple[str, str]]
    failed: list[str]
    stale: str
    agenda: str
    companion: str
    words_href: str
    binder_href: str
    action: str
    once: str
    back_href: str
    room: str = "binder"

    @classmethod
    def of(cls, binder: Binder, visit_id: UUID, when: str, who: str, agenda: str, companion: str) -> NewPacketPage:
        here: dict[str, Any] = {"person_id": binder.person_id}
        medicines = binder.section("medicines")
        stale = ""
        if medicines is not None and medicines.freshness != "fresh":
            stale = _("Your list of medicines was not confirmed lately. Look at it before you send it.")
        lead = _("For your visit on %(when)s", when=when)
        return cls(
            binder.person_id,
            _("Check and send"),
            _("For your visit on %(when)s with %(who)s", when=when, who=who) if who else lead,
            [(f"{one.number}. {one.title}", one.words or one.confirmed_words) for one in binder.sections],
            binder.failed,
            stale,
            agenda,
            companion,
            url_for("appointments.edit_visit", **here, visit_id=visit_id),
            url_for("binder.show_section", **here, section="medicines"),
            url_for("binder.create_packet", **here, visit_id=visit_id),
            str(new_id()),
            url_for("binder.list_packets", **here),
        )


@dataclass(frozen=True)
class ShowPacketPage:
    """What was sent, as it was."""

    person_id: UUID
    title: str
    lead: str
    name: str
    is_staff: bool
    agenda: str
    companion: str
    failed: list[str]
    sections: list[dict[str, Any]]
    receipt: str
    tone: str
    withdraw_href: str
    back_href: str
    room: str = "binder"

    @classmethod
    def of(cls, person_id: UUID, one: Sent, content: dict[str, Any], *, is_staff: bool) -> ShowPacketPage:
        here: dict[str, Any] = {"person_id": person_id}
        receipt, tone = receipt_words(one)
        back = "binder.show_binder" if is_staff else "binder.list_packets"
        return cls(
            person_id,
            _("Binder for the visit"),
            _("%(visit)s · sent %(when)s", visit=content["visit"], when=filters.moment(one.sent_at)),
            content["name"],
            is_staff,
            content["agenda"],
            content["companion"],
            content["failed"],
            content["sections"],
            "" if is_staff else receipt,
            tone,
            "" if is_staff else url_for("binder.withdraw_packet", **here, packet_id=one.id),
            url_for(back, **here),
        )
