"""One rule an action. No rule, no access; nobody is above it. `tests/policy/access.csv` is this file for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import aliased

from portal.models import Message, Person, Report, Result, Thread
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import (
    Condition,
    active_relationship,
    decides_for,
    has_scope,
    holds_open_thread_of,
    holds_thread,
    is_kept_from_liaison,
    is_related,
    is_the_person,
    on_care_team,
    speaks_for,
    treats,
)
from portal.policy.rules_jobs import SYSTEM
from portal.policy.vocabulary import CHILD_BASIC, SCHEDULERS

__all__ = ["RULES", "SYSTEM", "Rule", "owns_as_caregiver", "rule"]

Rule = Callable[[Actor, Any, datetime], Condition]

RULES: dict[Action, Rule] = {}

# Threads, reports and results that another row names. They are looked up by their key, row by row: a list of all that
# the actor may read would grow with the whole clinic.
NamedThread = aliased(Thread)
WholeThread = aliased(Thread)
NamedReport = aliased(Report)
NamedResult = aliased(Result)

# Family updates need no scope, but only the liaison (or the acting backup) receives them.
RECEIVES_UPDATES = ("liaison", "backup")


def rule(*actions: Action) -> Callable[[Rule], Rule]:
    def enter(function: Rule) -> Rule:
        for action in actions:
            RULES[action] = function
        return function

    return enter


def _patient(model: Any) -> Any:
    """The column that names the patient: a person's own id, or the row's patient."""
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _reads(*scopes: str) -> Rule:
    """The patient, a caregiver with one of the scopes (and the category), and clinicians who treat the patient."""

    def allowed(actor: Actor, model: Any, now: datetime) -> Condition:
        patient = _patient(model)
        if actor.is_staff:
            return treats(actor, patient, now)
        sensitivity = getattr(model, "sensitivity", None)
        held = [has_scope(actor, patient, scope, now, sensitivity) for scope in scopes]
        return or_(is_the_person(actor, patient), *held)

    return allowed


for _action, _scope in {
    Action.APPOINTMENT_READ: "appointments_view",
    Action.RECORD_ALLERGY_READ: "record_basic",
    Action.RECORD_CARE_PLAN_READ: "care_plan_view",
    Action.RECORD_CONDITION_READ: "record_basic",
    Action.RECORD_DOCUMENT_READ: "documents",
    Action.RECORD_ENCOUNTER_READ: "record_basic",
    Action.RECORD_IMMUNIZATION_READ: "record_basic",
    Action.RECORD_MEDICATION_READ: "meds_view",
    Action.RECORD_PROCEDURE_READ: "record_basic",
    Action.RECORD_REFERRAL_READ: "care_plan_view",
    Action.RESULT_ORDER_READ: "results",
}.items():
    RULES[_action] = _reads(_scope)
for _action in (Action.RECORD_ALLERGY_READ, Action.RECORD_IMMUNIZATION_READ):
    RULES[_action] = _reads("record_basic", CHILD_BASIC)


@rule(Action.APPOINTMENT_READ)
def _appointment(actor: Actor, model: Any, now: datetime) -> Condition:
    """Those whose work scheduling is see all visits (security.md A9, domain.md 10)."""
    if actor.role in SCHEDULERS:
        return true()
    return _reads("appointments_view")(actor, model, now)


@rule(Action.RESULT_READ)
def _result(actor: Actor, model: Any, now: datetime) -> Condition:
    """Released ones to the patient and to caregivers with the grant; all of them to those who treat (RES-1).

    This is the one place where a hold is looked at: pages, counts, search, trends, files and notices all ask here.

    `model` is a Report or a Result, or a row that names one: an unread mark, a comment.
    """
    if model is Person:  # whether they may see results of this patient at all
        return _reads("results")(actor, model, now)
    if actor.is_staff:
        return treats(actor, model.patient_id, now)
    if not hasattr(model, "released_at"):
        named, key = (NamedReport, model.report_id) if hasattr(model, "report_id") else (NamedResult, model.result_id)
        shown = select(named.id).where(
            named.id == key, named.patient_id == model.patient_id, _result(actor, named, now)
        )
        return shown.correlate_except(named).exists()
    released = and_(model.released_at.is_not(None), model.released_at <= now, _is_over(model.held_until, now))
    if hasattr(model, "status"):
        released = and_(released, model.status.notin_(("entered-in-error", "cancelled")))
    if not actor.is_in_own_record:  # kept from those who are not the patient
        own = is_the_person(actor, model.patient_id)
        released = and_(released, or_(_is_over(model.kept_until, now), own))
    return and_(released, _reads("results")(actor, model, now))


def _is_over(until: Any, now: datetime) -> Condition:
    """No hold, or one whose time has come (RES-2, RES-3)."""
    return or_(until.is_(None), until <= now)


@rule(Action.RESULT_COMMENT_CREATE, Action.RESULT_REVIEW_UPDATE)
def _comment(actor: Actor, model: Any, now: datetime) -> Condition:
    return and_(treats(actor, _patient(model), now), true() if actor.role in ("pcp", "specialist") else false())


@rule(Action.PEOPLE_PERSON_READ, Action.PEOPLE_PERSON_SEARCH)
def _person(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whose name one may know: one's own, those one acts for, and those one works for."""
    patient = _patient(model)
    if actor.is_staff:
        return or_(on_care_team(actor, patient, now), holds_open_thread_of(actor, patient))
    return or_(is_the_person(actor, patient), is_related(actor, patient, now))


@rule(Action.PEOPLE_CARE_TEAM_READ)
def _care_team(actor: Actor, model: Any, now: datetime) -> Condition:
    return _person(actor, model, now)


@rule(Action.CAREGIVER_RELATIONSHIP_READ)
def _relationship(actor: Actor, model: Any, now: datetime) -> Condition:
    """Who decides sees all; another caregiver only their own (PRX-4); clinicians see who speaks for the patient."""
    if actor.is_staff:
        return or_(on_care_team(actor, model.patient_id, now), holds_open_thread_of(actor, model.patient_id))
    own = model.account_id == actor.account_id if hasattr(model, "account_id") else false()
    return or_(decides_for(actor, model.patient_id, now), and_(own, is_related(actor, model.patient_id, now)))


@rule(Action.MESSAGE_THREAD_READ)
def _thread(actor: Actor, model: Any, now: datetime) -> Condition:
    """TAXONOMY.md 5, evaluated with the grants of this moment. `model` is a Thread, or a row that names one."""
    if getattr(model, "__tablename__", None) != Thread.__tablename__:
        thread = select(NamedThread.id).where(
            NamedThread.id == model.thread_id,
            NamedThread.patient_id == model.patient_id,
            _thread(actor, NamedThread, now),
        )
        named: Condition = thread.correlate_except(NamedThread).exists()
        is_message = getattr(model, "__tablename__", None) == Message.__tablename__
        return and_(named, model.kind == "message") if is_message and not actor.is_staff else named
    if actor.is_staff:
        clinical_team = on_care_team(actor, model.patient_id, now) if actor.is_clinical else false()
        return or_(holds_thread(actor, model), and_(clinical_team, ~_stays_in_family(model)))
    if actor.is_in_own_record:
        return true()
    readable = and_(_shown(actor, model, now), or_(model.parent_id.is_(None), _whole_is_shown(actor, model, now)))
    asked = and_(owns_as_caregiver(actor, model, now), model.author_role != "patient")  # the patient's: if it is shown
    return or_(is_the_person(actor, model.patient_id), _wrote(actor, model, now), readable, asked)


def _shown(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whether a caregiver may read what others wrote there."""
    return and_(
        model.is_liaison_readable,
        ~model.is_hidden_from_liaison,
        or_(
            and_(
                model.scope.is_(None),
                is_related(actor, model.patient_id, now, RECEIVES_UPDATES, model.sensitivity),
                speaks_for(actor, model.patient_id, now),
            ),
            has_scope(actor, model.patient_id, model.scope, now, model.sensitivity),
        ),
        or_(  # what relatives ask is between them, the liaison and the patient (LIA-3)
            speaks_for(actor, model.patient_id, now),
            and_(model.author_role != "family_other", has_scope(actor, model.patient_id, "messages_read", now)),
        ),
        ~and_(
            is_kept_from_liaison(model.patient_id, model.scope),
            is_related(actor, model.patient_id, now, RECEIVES_UPDATES),
        ),
    )


def _whole_is_shown(actor: Actor, model: Any, now: datetime) -> Condition:
    """A message of several asks stands, all of it, in the conversation of each: who may not read it reads none."""
    whole = select(WholeThread.id).where(
        WholeThread.id == model.parent_id,
        WholeThread.patient_id == model.patient_id,
        _shown(actor, WholeThread, now),
    )
    return whole.correlate_except(WholeThread).exists()


def _wrote(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whoever began it reads the answers, as far as they still may: what was answered to a liaison under a scope goes
    with the scope; an answer without anything of the chart stays (TAXONOMY.md 5).
    """
    held = or_(
        model.author_role != "liaison",
        model.is_restricted_reply,
        model.scope.is_(None),
        has_scope(actor, model.patient_id, model.scope, now),
    )
    return and_(model.author_id == actor.account_id, is_related(actor, model.patient_id, now), held)


def _stays_in_family(model: Any) -> Condition:
    """A relative's question that nobody passed on to the clinic: staff see only what reached them (LIA-3)."""
    return and_(
        model.author_role == "family_other", model.owner_practitioner_id.is_(None), model.owner_pool_id.is_(None)
    )


def owns_as_caregiver(actor: Actor, model: Any, now: datetime) -> Condition:
    """The thread waits for this caregiver's answer."""
    if actor.account_id is None:
        return false()
    return model.owner_relationship_id.in_(active_relationship(actor, model.patient_id, now))


@rule(Action.MESSAGE_FILE_READ)
def _file(actor: Actor, model: Any, now: datetime) -> Condition:
    """A file of a draft is its uploader's alone; one that was sent is for those who may read the conversation."""
    if actor.account_id is None:
        return false()
    waiting = and_(model.message_id.is_(None), model.account_id == actor.account_id)
    return or_(waiting, and_(model.message_id.is_not(None), _thread(actor, model, now)))


@rule(Action.MESSAGE_FILE_UPDATE)
def _own_file(actor: Actor, model: Any, now: datetime) -> Condition:
    """What was sent belongs to the record and stays."""
    if actor.account_id is None:
        return false()
    return and_(model.message_id.is_(None), model.account_id == actor.account_id)


@rule(Action.MESSAGE_FILING_READ, Action.MESSAGE_FILING_UPDATE)
def _own_filing(actor: Actor, model: Any, now: datetime) -> Condition:
    """Folders and the archive are one's own, and nobody else's business."""
    return model.account_id == actor.account_id if actor.account_id is not None else false()


@rule(Action.MESSAGE_THREAD_SEARCH)
def _search(actor: Actor, model: Any, now: datetime) -> Condition:
    """What is found is what may be read."""
    return _thread(actor, model, now)


@rule(Action.MESSAGE_MESSAGE_CORRECT)
def _own_message(actor: Actor, model: Any, now: datetime) -> Condition:
    """Only who wrote it puts it right or takes it back, as long as they may read the conversation."""
    if actor.account_id is None:
        return false()
    return and_(model.author_id == actor.account_id, _thread(actor, model, now))


@rule(Action.MESSAGE_NOTE_READ)
def _note(actor: Actor, model: Any, now: datetime) -> Condition:
    """Team notes are for staff."""
    return _thread(actor, model, now) if actor.is_staff else false()


@rule(Action.DESK_THREAD_READ)
def _desk(actor: Actor, model: Any, now: datetime) -> Condition:
    """The inbox: what is mine and what is my pools'."""
    return holds_thread(actor, model)


@rule(
    Action.MESSAGE_THREAD_PASS_ON,
    Action.MESSAGE_THREAD_CLAIM,
    Action.MESSAGE_THREAD_CLOSE,
    Action.MESSAGE_NOTE_CREATE,
)
def _works_on_thread(actor: Actor, model: Any, now: datetime) -> Condition:
    """Staff who hold it; and clinicians on the team may step in."""
    return _thread(actor, model, now) if actor.is_staff else false()


@rule(Action.MESSAGE_THREAD_REPLY)
def _reply(actor: Actor, model: Any, now: datetime) -> Condition:
    """Staff who may work on it; the patient; whoever wrote it; the caregiver who owns it or may send messages."""
    if actor.is_staff:
        return _works_on_thread(actor, model, now)
    if actor.is_in_own_record:
        return true()
    may_send = and_(
        _thread(actor, model, now), has_scope(actor, model.patient_id, "messages_send", now, model.sensitivity)
    )
    own = or_(_wrote(actor, model, now), owns_as_caregiver(actor, model, now))
    return or_(is_the_person(actor, model.patient_id), own, may_send)


@rule(Action.MESSAGE_THREAD_CREATE)
def _ask(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient and everybody with an active relationship may ask; where it goes is the router's decision.

    Staff open conversations with the patients they treat.
    """
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    return or_(is_the_person(actor, patient), is_related(actor, patient, now))


@rule(Action.MESSAGE_DRAFT_READ, Action.MESSAGE_DRAFT_UPDATE)
def _draft(actor: Actor, model: Any, now: datetime) -> Condition:
    """A draft is its writer's alone."""
    return model.account_id == actor.account_id if actor.account_id is not None else false()


# What each person may do with their own account, and administrators with all: no record is behind these.


@rule(Action.IDENTITY_PROFILE_READ, Action.IDENTITY_PROFILE_UPDATE)
def _own_account(actor: Actor, model: Any, now: datetime) -> Condition:
    return model.id == actor.account_id if actor.account_id is not None else false()


@rule(Action.IDENTITY_SESSION_END)
def _own_session(actor: Actor, model: Any, now: datetime) -> Condition:
    return model.account_id == actor.account_id if actor.account_id is not None else false()


@rule(
    Action.ADMIN_ACCOUNT_READ,
    Action.ADMIN_ACCOUNT_UPDATE,
    Action.ADMIN_INVITATION_CREATE,
    Action.ADMIN_JOB_READ,
    Action.ADMIN_JOB_UPDATE,
    Action.ADMIN_ROUTING_READ,
    Action.ADMIN_ROUTING_UPDATE,
)
def _administers(actor: Actor, model: Any, now: datetime) -> Condition:
    """Administrators administer accounts; they do not read records."""
    return true() if actor.is_admin else false()
