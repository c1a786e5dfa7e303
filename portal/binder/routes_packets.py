"""Doors of the binder that is sent ahead to a visit: the patient's, and the clinic's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import service as appointments
from portal.binder import exporting, packets, sharing
from portal.binder.forms import once_of
from portal.binder.packet_pages import ListPacketsPage, NewPacketPage, ShowPacketPage, content_of
from portal.binder.routes_export import clinic_of
from portal.binder.sharing import NewShare
from portal.infra.errors import Conflict, NotAllowed
from portal.policy.actions import Action
from portal.web import filters
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("binder", prefix="/people/<uuid:person_id>/binder")
READ, UPDATE = Action.BINDER_PACKET_READ, Action.BINDER_PACKET_UPDATE


@door.get("/visits", may=READ)
def list_packets(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    sent = packets.sent(uow, person_id)
    visits = appointments.upcoming(uow, person_id, booked_only=True)
    uow.seen(READ, person_id)
    page = ListPacketsPage.of(
        person_id,
        visits,
        sent,
        may_send=uow.may(UPDATE, patient=person_id),
        may_share=uow.may(Action.BINDER_SHARE_UPDATE, patient=person_id),
    )
    return respond(page, "binder/list_packets.html")


def _over(person_id: UUID) -> ResponseReturnValue:
    flash(_("This visit is over or was cancelled."), "warning")
    return see_other("binder.list_packets", person_id=person_id)


@door.get("/visits/<uuid:visit_id>", may=READ)
def new_packet(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    found = exporting.gather(uow, person_id, filters.today(), action=READ)
    if UPDATE not in found.facts.held:
        raise NotAllowed(action=UPDATE)
    try:
        visit = packets.load_visit(uow, person_id, visit_id)
    except Conflict:
        return _over(person_id)
    binder = found.binder
    agenda, companion = packets.words_of(uow, visit)
    who = packets.clinician(uow, visit.practitioner_id)
    page = NewPacketPage.of(binder, visit_id, _when(visit), who, agenda, companion)
    return respond(page, "binder/new_packet.html")


def _when(row: Any) -> str:
    return filters.visit_moment(row.local_start, row.time_zone)


@door.post("/visits/<uuid:visit_id>", may=UPDATE, at_most=SENDING)
def create_packet(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    uow.require(UPDATE, patient=person_id)
    try:
        visit = packets.load_visit(uow, person_id, visit_id)
    except Conflict:
        return _over(person_id)
    binder = exporting.gather(uow, person_id, filters.today(), action=UPDATE).binder
    agenda, companion = packets.words_of(uow, visit)
    content = content_of(binder, _when(visit), agenda, companion)
    local: datetime = visit.local_start
    packets.send(uow, person_id, visit, content, once_of(request.form.get("once")), local.date())
    flash(_("It was sent. You are told as soon as the clinic opens it."), "success")
    return see_other("binder.list_packets", person_id=person_id)


@door.post("/visits/<uuid:visit_id>/link", may=Action.BINDER_SHARE_UPDATE, step_up=True)
def create_visit_link(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """For a visit elsewhere: a link to the whole binder that works for 72 hours (PHR-7)."""
    uow.require(Action.BINDER_SHARE_UPDATE, patient=person_id)
    try:
        visit = packets.load_visit(uow, person_id, visit_id)
    except Conflict:
        return _over(person_id)
    binder = exporting.gather(uow, person_id, filters.today(), action=Action.BINDER_SHARE_UPDATE).binder
    new = NewShare(
        person_id,
        _("Visit on %(when)s", when=_when(visit))[:80],
        tuple(one.key for one in binder.sections),
        uow.now + packets.OUTSIDE,
        once_of(request.form.get("once")),
        is_live=True,
        takes_replies=True,
        appointment_id=visit_id,
    )
    try:
        with uow.absorbing_duplicates():
            share_id, _link = sharing.make_link(uow, new, filters.today(), clinic_of(uow))
    except Conflict:
        return see_other("binder.list_shares", person_id=person_id)
    flash(_("This link works for 72 hours. Show the code, or send the link."), "success")
    return see_other("binder.show_share", person_id=person_id, share_id=share_id)


@door.get("/packets/<uuid:packet_id>", may=READ)
def show_packet(uow: UnitOfWork, person_id: UUID, packet_id: UUID) -> ResponseReturnValue:
    one, content = packets.open_packet(uow, person_id, packet_id)
    page = ShowPacketPage.of(person_id, one, content, is_staff=uow.actor.is_staff)
    return respond(page, "binder/show_packet.html")


@door.post("/packets/<uuid:packet_id>/take-back", may=UPDATE)
def withdraw_packet(uow: UnitOfWork, person_id: UUID, packet_id: UUID) -> ResponseReturnValue:
    packets.withdraw(uow, person_id, packet_id)
    flash(_("It was taken back. The clinic sees it no more."), "success")
    return see_other("binder.list_packets", person_id=person_id)
