"""Doors for whoever holds a link or a card: apps that read health links, people without one, and emergency staff."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.binder import links, opening, sharing
from portal.binder.opening import Caller, WrongPasscode
from portal.binder.public_forms import PinForm, ReplyForm
from portal.binder.public_pages import ShowEmergencyPage, ShowThanksPage, ShowViewerPage
from portal.binder.routes_export import clinic_of
from portal.infra.errors import NotFound, TooMany
from portal.messaging.files import MOST_FILES, Upload
from portal.policy.actions import Action
from portal.web import filters, uploads
from portal.web.door import Door, request_id, services
from portal.web.forms import blame, clean_text
from portal.web.responses import respond, see_other
from portal.web.sessions import address_of
from portal.work.unit_of_work import UnitOfWork

public = Door("binder")
TOKEN = "<string(length=43):token>"  # noqa: S105  a pattern
BECAUSE = "whoever holds a link of 256 random bits; each arrival is counted, noted and told to the patient"
FREE = ("binder.open_manifest", "binder.show_direct", "binder.show_file")
MOST_BODY = 8 * 1024


def install(app: Flask) -> None:
    """Web viewers on other sites may read what a link holds (the specification asks for CORS); no cookie counts."""

    @app.after_request
    def allow_viewers(response: Response) -> Response:
        if request.endpoint in FREE:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _caller(who: str = "") -> Caller:
    return Caller(services(), address_of(request), request_id(), clean_text(who) or "")


def _refused(status: int, **body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


@public.public(f"/shl/{TOKEN}", because=BECAUSE, method="POST")
def open_manifest(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    """The manifest of a link (SMART Health Links: recipient, passcode, embeddedLengthMax)."""
    asked = request.get_json(silent=True) if (request.content_length or 0) <= MOST_BODY else None
    if not isinstance(asked, dict) or not isinstance(asked.get("recipient"), str) or not asked["recipient"].strip():
        return _refused(400, error="recipient")
    passcode, longest = asked.get("passcode"), asked.get("embeddedLengthMax")
    caller = _caller(asked["recipient"])
    try:
        opening.limit(caller, token)
        share = opening.arrive(caller, sharing.LINK, token)
        opening.check_passcode(caller, share, passcode if isinstance(passcode, str) else None)
        opening.enter(caller, share)
        found = opening.file_of(caller, share, filters.today(), clinic_of(uow))
    except WrongPasscode as error:
        return _refused(401, remainingAttempts=error.left)
    except NotFound:
        return _refused(404, error="not-found")
    except TooMany as error:
        response = _refused(429, error="too-many")
        wait = (error.retry_at - uow.now).total_seconds() if error.retry_at else 60
        response.headers["Retry-After"] = str(max(1, int(wait) + 1))
        return response
    file: dict[str, Any] = {"contentType": links.FHIR, "lastUpdated": found.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if isinstance(longest, int) and len(found.jwe) > longest:
        file["location"] = f"{uow.settings.base_url}/shl/files/{found.ticket}"
    else:
        file["embedded"] = found.jwe.decode()
    # `takesReplies` is ours: readers that don't know it pass it over.
    more = {"takesReplies": True} if share.takes_replies else {}
    return jsonify(status="can-change" if found.is_live else "finalized", files=[file], **more)


@public.public(f"/shl/{TOKEN}", because=BECAUSE)
def show_direct(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    """The one file of a link with the flag U."""
    who = request.args.get("recipient", "").strip()
    caller = _caller(who)
    try:
        opening.limit(caller, token)
        share = opening.arrive(caller, sharing.LINK, token)
        if not share.is_direct or not who:
            raise NotFound(action=Action.BINDER_SHARE_READ)
        opening.enter(caller, share)
        found = opening.file_of(caller, share, filters.today(), clinic_of(uow))
    except (NotFound, WrongPasscode):
        return _refused(404, error="not-found")
    return Response(found.jwe, mimetype=links.JOSE)


@public.public("/shl/files/<string(length=74):ticket>", because=BECAUSE)
def show_file(uow: UnitOfWork, ticket: str) -> ResponseReturnValue:
    """A file whose address a manifest gave a few minutes ago."""
    caller = _caller()
    try:
        opening.limit(caller, ticket)
        share = opening.by_ticket(caller, ticket)
        found = opening.file_of(caller, share, filters.today(), clinic_of(uow))
    except (NotFound, ValueError):
        return _refused(404, error="not-found")
    return Response(found.jwe, mimetype=links.JOSE)


@public.public("/shl/view", because="reads a link in the browser; the key never leaves the address bar")
def show_viewer(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(ShowViewerPage.of(ReplyForm(formdata=None)), "binder/show_viewer.html")


@public.public(f"/shl/{TOKEN}/reply", because=BECAUSE, method="POST", upload=True)
def send_reply(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    """A receiver sends something back; where the patient did not ask for it, there is nothing here."""
    form = ReplyForm()
    caller = _caller(form.who.data or "")
    opening.limit(caller, token)
    share = opening.arrive(caller, sharing.LINK, token)
    found = [Upload(name, content) for name, content in uploads.files("files")][:MOST_FILES]
    is_valid = form.validate_on_submit()
    if is_valid and not form.text.data and not found:
        blame(form.text, _("Write a note or choose a file."))
        is_valid = False
    if not is_valid:
        return respond(ShowViewerPage.of(form, is_empty=True), "binder/show_viewer.html", status=422)
    bad = opening.reply(caller, share, form.text.data or "", found)
    return see_other("binder.show_thanks", **({"without": len(bad)} if bad else {}))


@public.public("/shl/thanks", because="says thank you; tells nothing")
def show_thanks(uow: UnitOfWork) -> ResponseReturnValue:
    without = request.args.get("without", "")
    return respond(ShowThanksPage.of(int(without) if without.isdigit() and len(without) < 3 else 0),
                   "binder/show_thanks.html")  # fmt: skip


# The emergency page of the card -------------------------------------------------------------------------------------


@public.public(f"/emergency/{TOKEN}", because=BECAUSE)
def show_emergency(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    caller = _caller()
    opening.limit(caller, token)
    try:
        share = opening.arrive(caller, sharing.CARD, token)
    except WrongPasscode:
        return respond(ShowEmergencyPage.locked(), "binder/show_emergency.html", status=403)
    if share.passcode_hash is not None:
        return respond(ShowEmergencyPage.asking(PinForm(formdata=None)), "binder/show_emergency.html")
    opening.enter(caller, share)
    binder = opening.binder_of(caller, share, filters.today())
    return respond(ShowEmergencyPage.of(binder, uow.now), "binder/show_emergency.html")


@public.public(f"/emergency/{TOKEN}", because=BECAUSE, method="POST")
def open_emergency(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    form, caller = PinForm(), _caller(request.form.get("who", ""))
    opening.limit(caller, token)
    try:
        share = opening.arrive(caller, sharing.CARD, token)
        if not form.validate_on_submit():
            return respond(ShowEmergencyPage.asking(form), "binder/show_emergency.html", status=422)
        opening.check_passcode(caller, share, form.pin.data)
    except WrongPasscode as error:
        if error.left <= 0:
            return respond(ShowEmergencyPage.locked(), "binder/show_emergency.html", status=403)
        form.blame_pin()
        return respond(ShowEmergencyPage.asking(form), "binder/show_emergency.html", status=422)
    opening.enter(caller, share)
    binder = opening.binder_of(caller, share, filters.today())
    return respond(ShowEmergencyPage.of(binder, uow.now), "binder/show_emergency.html")
