"""Doors of the routing table: the live one, the draft, the simulator, the figures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.admin.routing_forms import DraftForm, RuleForm, TrialForm, VersionForm, draft_form
from portal.admin.routing_pages import DraftPage, FiguresPage, RulePage, TablePage, TrialPage
from portal.admin.routing_words import problem_words
from portal.infra.errors import Conflict, NotFound
from portal.messaging import misroutes, replay, simulating, tables
from portal.messaging.routing.table import BadTable, Rule
from portal.models import RoutingVersion
from portal.people.service import list_patients
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("admin_routing", prefix="/admin/routing")
READ, UPDATE = Action.ADMIN_ROUTING_READ, Action.ADMIN_ROUTING_UPDATE
SPANS = (30, 90, 365)
MOST_PATIENTS = 200


@door.get("", may=READ)
def list_tables(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(READ)
    page = TablePage.of(tables.live(uow), tables.pools(uow), is_live=True, versions=tables.versions(uow))
    return respond(page, "admin/list_tables.html")


@door.get("/versions/<int:number>", may=READ)
def show_version(uow: UnitOfWork, number: int) -> ResponseReturnValue:
    table = tables.find(uow, number)
    return respond(TablePage.of(table, tables.pools(uow), is_live=False), "admin/show_version.html")


@door.post("/versions/<int:number>/restore", may=UPDATE, step_up=True)
def restore_version(uow: UnitOfWork, number: int) -> ResponseReturnValue:
    try:
        made = tables.restore(uow, number)
    except BadTable:
        flash(_("That version names a team that no longer exists, so it can’t come back as it is."), "warning")
        return see_other("admin_routing.show_version", number=number)
    flash(_("Version %(number)s is live, with the content of the version you chose.", number=made), "success")
    return see_other("admin_routing.list_tables")


# The draft -----------------------------------------------------------------------------------------------------------


@door.post("/draft/start", may=UPDATE)
def start_draft(uow: UnitOfWork) -> ResponseReturnValue:
    tables.start_draft(uow)
    return see_other("admin_routing.edit_draft")


def _draft(uow: UnitOfWork) -> RoutingVersion:
    uow.require_admin(READ)
    row = tables.draft(uow)
    if row is None:
        raise NotFound()
    return row


@door.get("/draft", may=READ)
def edit_draft(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(READ)
    row = tables.draft(uow)
    if row is None:
        return see_other("admin_routing.list_tables")
    return _draft_page(uow, row)


def _draft_page(uow: UnitOfWork, row: RoutingVersion, form: DraftForm | None = None, status: int = 200) -> Response:
    pools, table = tables.pools(uow), tables.table_of(row)
    form = form or draft_form(table, pools, row.version, row.note, posted=False)
    page = DraftPage.of(row, table, form, pools)
    return respond(page, "admin/edit_draft.html", fragment="admin/_replay.html", status=status)


@door.post("/draft", may=UPDATE)
def save_draft(uow: UnitOfWork) -> ResponseReturnValue:
    row = _draft(uow)
    table = tables.table_of(row)
    form = draft_form(table, tables.pools(uow), row.version, row.note, posted=True)
    if not form.validate_on_submit():
        return _draft_page(uow, row, form, 422)
    try:
        tables.save_draft(uow, form.to_body(table), form.note.data or "", _number(form.version.data))
    except BadTable as error:
        for problem in error.problems:
            _blame(form, problem.place, problem.code)
        return _draft_page(uow, row, form, 422)
    except Conflict:
        return _changed(uow)
    flash(_("The draft is saved. Nothing changes for messages until it goes live."), "success")
    return see_other("admin_routing.edit_draft")


def _blame(form: DraftForm, place: str, code: str) -> None:
    part = place.split(".")[1] if "." in place else ""
    name = next((n for n in (f"last_{part}", f"level_{part}") if n in form), "note")
    blame(form[name], problem_words(code))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _changed(uow: UnitOfWork) -> ResponseReturnValue:
    """Somebody else saved the draft: nothing of theirs is lost, and what was sent here was not kept."""
    uow.undo()
    flash(_("Somebody else changed the draft meanwhile. This is how it is now; make your change again."), "warning")
    return see_other("admin_routing.edit_draft")


@door.post("/draft/discard", may=UPDATE)
def discard_draft(uow: UnitOfWork) -> ResponseReturnValue:
    _draft(uow)
    try:
        tables.discard_draft(uow, VersionForm().version.data or 0)
    except Conflict:
        return _changed(uow)
    flash(_("The draft was thrown away."), "success")
    return see_other("admin_routing.list_tables")


@door.post("/draft/go-live", may=UPDATE, step_up=True)
def go_live(uow: UnitOfWork) -> ResponseReturnValue:
    _draft(uow)
    try:
        number = tables.go_live(uow, VersionForm().version.data or 0)
    except BadTable:
        flash(_("The draft names a team that no longer exists. Change it first."), "warning")
        return see_other("admin_routing.edit_draft")
    except Conflict:
        return _changed(uow)
    flash(_("Version %(number)s is live. It decides from the next message on.", number=number), "success")
    return see_other("admin_routing.list_tables")


# Rules ---------------------------------------------------------------------------------------------------------------


def _rule(row: RoutingVersion, key: str) -> Rule:
    found = next((rule for rule in tables.table_of(row).rules if rule.key == key), None)
    if found is None:
        raise NotFound()
    return found


@door.get("/draft/rules/new", may=READ)
def new_rule(uow: UnitOfWork) -> ResponseReturnValue:
    row = _draft(uow)
    return _rule_page(uow, row, RuleForm.of(None, row.version), None)


@door.get("/draft/rules/<uuid:key>", may=READ)
def edit_rule(uow: UnitOfWork, key: UUID) -> ResponseReturnValue:
    row = _draft(uow)
    return _rule_page(uow, row, RuleForm.of(_rule(row, str(key)), row.version), str(key))


def _rule_page(uow: UnitOfWork, row: RoutingVersion, form: RuleForm, key: str | None, status: int = 200) -> Response:
    page = RulePage.of(form.offer(tables.pools(uow)), row.version, key)
    return respond(page, "admin/edit_rule.html", status=status)


@door.post("/draft/rules", may=UPDATE)
def create_rule(uow: UnitOfWork) -> ResponseReturnValue:
    return _save_rule(uow, None)


@door.post("/draft/rules/<uuid:key>", may=UPDATE)
def save_rule(uow: UnitOfWork, key: UUID) -> ResponseReturnValue:
    _rule(_draft(uow), str(key))
    return _save_rule(uow, str(key))


def _save_rule(uow: UnitOfWork, key: str | None) -> ResponseReturnValue:
    row = _draft(uow)
    form = RuleForm().offer(tables.pools(uow))
    if not form.validate_on_submit():
        return _rule_page(uow, row, form, key, 422)
    new, body = form.to_rule(key), tables.table_of(row).as_dict()
    kept = [new if rule["key"] == key else rule for rule in body["rules"]]
    body["rules"] = kept if key else [*kept, new]
    try:
        tables.save_draft(uow, body, row.note, _number(form.version.data))
    except BadTable as error:
        for problem in error.problems:
            name = problem.place.split(".")[-1]
            blame(form[name] if name in form else form["phrases"], problem_words(problem.code))
        return _rule_page(uow, row, form, key, 422)
    except Conflict:
        return _changed(uow)
    flash(_("The rule is saved in the draft."), "success")
    return see_other("admin_routing.edit_draft")


@door.post("/draft/rules/<uuid:key>/remove", may=UPDATE)
def remove_rule(uow: UnitOfWork, key: UUID) -> ResponseReturnValue:
    row = _draft(uow)
    _rule(row, str(key))
    body = tables.table_of(row).as_dict()
    body["rules"] = [rule for rule in body["rules"] if rule["key"] != str(key)]
    return _keep_rules(uow, row, body, _("The rule was removed from the draft."))


@door.post("/draft/rules/move", may=UPDATE)
def move_rule(uow: UnitOfWork) -> ResponseReturnValue:
    """One place up: of two rules that fit, the upper one decides."""
    row = _draft(uow)
    key = request.form.get("key", "")
    _rule(row, key)
    body = tables.table_of(row).as_dict()
    rules: list[dict[str, Any]] = body["rules"]
    at = next(number for number, rule in enumerate(rules) if rule["key"] == key)
    if at:
        rules[at - 1], rules[at] = rules[at], rules[at - 1]
    return _keep_rules(uow, row, body, _("The rule was moved up."))


def _keep_rules(uow: UnitOfWork, row: RoutingVersion, body: dict[str, Any], said: str) -> ResponseReturnValue:
    try:
        tables.save_draft(uow, body, row.note, VersionForm().version.data or 0)
    except Conflict:
        return _changed(uow)
    flash(said, "success")
    return see_other("admin_routing.edit_draft")


# Trying --------------------------------------------------------------------------------------------------------------


def _trial_form(uow: UnitOfWork) -> TrialForm:
    invented = [(key, context.patient_name) for key, context in simulating.examples().items()]
    own = []
    if uow.actor.is_clinical:
        found, _more = list_patients(uow, Action.PEOPLE_PERSON_SEARCH, "", size=MOST_PATIENTS)
        own = [(str(one.id), f"{one.given_name} {one.family_name}") for one in found]
    return TrialForm().offer([*invented, *own])


@door.get("/try", may=READ)
def try_table(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(READ)
    return respond(TrialPage.of(_trial_form(uow), None, tables.pools(uow)), "admin/try_table.html")


@door.post("/try", may=UPDATE)
def run_trial(uow: UnitOfWork) -> ResponseReturnValue:
    """Decide and send nothing. It is a POST because messages do not belong in addresses."""
    uow.require_admin(UPDATE)
    form, pools = _trial_form(uow), tables.pools(uow)
    if not form.validate_on_submit():
        return respond(TrialPage.of(form, None, pools), "admin/try_table.html", status=422)
    outcomes = simulating.simulate(uow, form.to_command())
    return respond(TrialPage.of(form, outcomes, pools), "admin/try_table.html")


@door.post("/draft/replay", may=UPDATE)
def start_replay(uow: UnitOfWork) -> ResponseReturnValue:
    _draft(uow)
    replay.begin(uow)
    return see_other("admin_routing.edit_draft", _anchor="replay")


@door.get("/figures", may=READ)
def show_figures(uow: UnitOfWork) -> ResponseReturnValue:
    days = request.args.get("days", "30")
    span = int(days) if days in {str(one) for one in SPANS} else SPANS[0]
    page = FiguresPage.of(misroutes.tallies(uow, span), tables.live(uow), span, SPANS)
    return respond(page, "admin/show_figures.html")
