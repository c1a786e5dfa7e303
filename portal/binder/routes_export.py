"""Doors through which the binder is carried away: paper, one file for any device, and the formats of other systems."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.binder import ccd, exporting, offline, paper, plain, summary
from portal.binder.carry_pages import ShowCarryPage
from portal.binder.exporting import Going
from portal.policy.actions import Action
from portal.web import filters
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.limits import COPYING
from portal.work.unit_of_work import UnitOfWork

door = Door("binder", prefix="/people/<uuid:person_id>/binder")
MAY = Action.BINDER_EXPORT_READ


def _going(uow: UnitOfWork, person_id: UUID) -> Going:
    found = exporting.gather(uow, person_id, filters.today())
    uow.seen(MAY, person_id)
    return found


def download(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved. Its name says nothing of anybody."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def clinic_of(uow: UnitOfWork) -> tuple[str, str]:
    """The clinic that keeps the record: name and phone."""
    return uow.settings.clinic_name, uow.settings.clinic_phone


@door.get("/carry", may=MAY)
def show_carry(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    found = exporting.gather(uow, person_id, filters.today())
    return respond(ShowCarryPage.of(found.binder), "binder/show_carry.html")


@door.get("/binder.pdf", may=MAY, step_up=True, at_most=COPYING)
def show_pdf(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    sheet = paper.Sheet.asked(request.args.get("size"), request.args.get("paper"))
    found = _going(uow, person_id)
    content = paper.render(found.binder, uow.settings.clinic_name, uow.now, sheet)
    return download(content, "application/pdf", "binder.pdf")


@door.get("/binder.html", may=MAY, step_up=True, at_most=COPYING)
def show_offline(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    content = offline.render(_going(uow, person_id).binder, uow.settings.clinic_name, uow.now)
    # As bytes: it is a file to keep, and no page of this portal.
    return download(content, "application/octet-stream", "binder.html")


@door.get("/binder.txt", may=MAY, step_up=True, at_most=COPYING)
def show_text(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    content = plain.render(_going(uow, person_id).binder, uow.settings.clinic_name, uow.now)
    return download(content, "text/plain; charset=utf-8", "binder.txt")


@door.get("/summary.json", may=MAY, step_up=True, at_most=COPYING)
def show_summary(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    found = _going(uow, person_id)
    bundle = summary.document(found.facts, found.binder, clinic_of(uow), uow.now)
    content = json.dumps(bundle, ensure_ascii=False, indent=1).encode()
    return download(content, "application/fhir+json", "patient-summary.json")


@door.get("/ccd.xml", may=MAY, step_up=True, at_most=COPYING)
def show_ccd(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    found = _going(uow, person_id)
    content = ccd.render(found.facts, found.binder, clinic_of(uow), uow.now)
    return download(content, "application/xml", "continuity-of-care.xml")
