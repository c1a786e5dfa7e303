"""Doors of the house: where everybody lands, and what holds for the whole portal."""

from __future__ import annotations

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import ages, handing_over
from portal.caregivers import service as caregivers
from portal.caregivers.consent import ends_soon
from portal.caregivers.service import Held
from portal.home import ending, health, service
from portal.home.pages import ShowAboutPage, ShowHomePage, ShowMorePage
from portal.messaging import updates
from portal.models import Account
from portal.people.service import find_person, people_helped
from portal.policy.actions import Action
from portal.results import service as results
from portal.web.door import Door
from portal.web.responses import redirect_to, respond, sign_in_path
from portal.web.shell import Shell
from portal.work.unit_of_work import UnitOfWork

door = Door("home")


@door.public("/", because="It only sends each visitor to their own first page, and strangers to the sign-in.")
def start(uow: UnitOfWork) -> ResponseReturnValue:
    return redirect_to(_first_page(uow))


def _first_page(uow: UnitOfWork) -> str:
    actor = uow.actor
    if not actor.is_signed_in:
        return sign_in_path(None)
    if actor.is_staff:
        return url_for("messaging.list_inbox")
    if actor.person_id and service.is_patient(uow, actor.person_id):
        return url_for("home.show_home", person_id=actor.person_id)
    if actor.is_admin:
        return url_for("admin.list_accounts")
    helped = people_helped(uow)
    if not helped and ending.ended(uow, lately=True):
        return url_for("home.list_ended")
    if len(helped) == 1:
        return url_for("home.show_home", person_id=helped[0].person_id)
    return url_for("people.list_people")


@door.get("/people/<uuid:person_id>/home", may=Action.PEOPLE_PERSON_READ)
def show_home(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    person = find_person(uow, person_id)
    is_own = uow.actor.person_id == person_id
    threads = service.waiting_threads(uow, person_id)
    reports = service.new_reports(uow, person_id)
    outside = {row.id: row.outside_count for row in reports}
    if not is_own:
        outside = results.outside_counts(uow, person_id, list(outside))
    visits = service.coming_visits(uow, person_id)
    begun = service.drafts(uow, person_id)
    news = [] if is_own else updates.newest(uow, person_id)
    held = caregivers.relationships(uow, person_id) if is_own else []
    uow.seen(Action.PEOPLE_PERSON_READ, person_id)
    page = ShowHomePage.of(
        person,
        name=uow.actor.name,
        is_own=is_own,
        now=uow.now,
        threads=threads,
        reports=reports,
        outside=outside,
        visits=visits,
        drafts=begun,
        news=news,
        liaison=next((one for one in held if one.kind == "liaison"), None),
        new_liaison=handing_over.lately(uow, person_id) if _may_be_new(uow, is_own, held) else None,
        is_new_adult=is_own and ages.asks(uow, person_id, person.birth_on),
        ending=[one for one in held if ends_soon(one.kind, one.ends_at, uow.now)],
        sees_visits=is_own or bool(visits) or uow.may(Action.APPOINTMENT_READ, patient=person_id),
    )
    return respond(page, "home/show_home.html")


def _may_be_new(uow: UnitOfWork, is_own: bool, held: list[Held]) -> bool:
    """A patient whose liaison is an old one needs no look at who was it before."""
    return not is_own or any(one.kind == "liaison" and uow.now - one.starts_at < handing_over.SHOWN for one in held)


@door.get("/more", may=Action.IDENTITY_PROFILE_READ)
def show_more(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require(Action.IDENTITY_PROFILE_READ, model=Account, row_id=uow.actor.account_id)
    shell = Shell.of(uow, None, "more")
    page = ShowMorePage(_("All pages"), shell.nav, url_for("home.show_about"), shell.profile_href)
    return respond(page, "home/show_more.html", shell=shell)


@door.public("/about", because="Licences and notices; it reads no record.")
def show_about(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(ShowAboutPage(_("About this portal")), "home/show_about.html")


@door.public("/healthz", because="Says that the process answers, to whoever watches it.")
def healthz(uow: UnitOfWork) -> ResponseReturnValue:
    return {"status": "ok"}


@door.public("/readyz", because="Says whether database, migrations and keys are in order, in three words each.")
def readyz(uow: UnitOfWork) -> ResponseReturnValue:
    checks = health.checks(uow.services)
    return {"status": "ok" if all(checks.values()) else "not ready", **checks}, 200 if all(checks.values()) else 503
