"""The trail of a thread in sentences, for whoever reads it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask_babel import gettext as _

from portal.infra.i18n import known
from portal.messaging import words
from portal.messaging.reading import Conversation
from portal.models import RouteStep
from portal.web import filters


def stops_of(talk: Conversation, reader_id: UUID | None) -> list[dict[str, str]]:
    """The stops for `ui/trail.html`: what happened, and where it stands now."""
    stops = [_stop(talk, step, reader_id) for step in talk.steps]
    thread = talk.thread
    if thread.state == "open" and talk.owner:
        due = _("answer due %(day)s", day=filters.moment(thread.due_at)) if thread.due_at else ""
        stops.append(
            {
                "state": "now",
                "strong": _("With %(name)s", name=known(talk.owner)),
                "text": f", {due}" if due else "",
                "when": _("now"),
            }
        )
        stops.append({"state": "next", "text": _("The answer comes here, and we tell you")})
    elif thread.state == "waiting_on_patient":
        stops.append({"state": "now", "strong": _("Waiting for your answer"), "text": "", "when": _("now")})
    elif stops:
        stops[-1]["state"] = "now"
    return stops


def _stop(talk: Conversation, step: RouteStep, reader_id: UUID | None) -> dict[str, str]:
    stop = {"state": "done", "text": sentence(talk, step, reader_id), "when": filters.moment(step.at)}
    return {**stop, "more": talk.notes[step.id]} if step.id in talk.notes else stop


def sentence(talk: Conversation, step: RouteStep, reader_id: UUID | None) -> str:
    """One step. Reasons given by staff for passing on stay with staff."""
    key = step.to_practitioner_id or step.to_pool_id or step.to_relationship_id
    to = known(talk.names.get(key, "")) if key else ""
    by = talk.names.get(step.by_id, "") if step.by_id else ""
    is_mine = step.by_id is not None and step.by_id == reader_id
    if step.kind == "received":
        return _("You wrote") if is_mine else _("%(name)s wrote", name=by)
    if step.kind == "routed":
        return _routed(talk, step, to)
    if step.kind == "taken":
        return _("%(name)s took it on", name=to)
    if step.kind == "passed_on":
        return _("%(name)s passed it to %(to)s", name=by, to=to)
    own = _liaisons(step, by, is_mine)
    if own:
        return own
    if step.kind == "escalated":
        return _("Not answered in time, so it went to %(to)s", to=to) if to else _("Not answered in time")
    if step.kind == "covered":
        return _covered(talk, step, to)
    if step.kind == "reminded":
        return _("%(to)s was reminded", to=to) if to else _("A reminder was sent")
    if step.kind == "retracted":
        return _("You took a message back") if is_mine else _("%(name)s took a message back", name=by)
    if step.kind == "file_refused":
        return _("A file was not delivered: the virus check found something in it")
    if step.kind == "answered":
        return _("You answered") if is_mine else _("%(name)s answered", name=by)
    if step.kind in _STAFFS_OWN:
        return _staffs_own(step, by, to)
    if step.kind == "released":
        return _("%(name)s gave it back to %(to)s", name=by, to=to)
    if step.kind == "closed" and step.reason in words.OUTCOMES and by:
        return _("Closed by %(name)s: %(outcome)s", name=by, outcome=words.OUTCOMES[step.reason])
    if step.kind == "closed":
        return _("Closed by %(name)s", name=by) if by else _("Closed")
    return _("Opened again by %(name)s", name=by) if by else _("Opened again")


def _liaisons(step: RouteStep, by: str, is_mine: bool) -> str:
    """What the liaison did with a question. Who it went to on the care team is not said here: it may tell too much."""
    if step.kind == "sent_on":
        return (
            _("You passed it on to the care team") if is_mine else _("%(name)s passed it on to the care team", name=by)
        )
    if step.kind == "came_back":
        return _("The care team answered the liaison")
    if step.kind == "held":
        day = filters.short_day(date.fromisoformat(step.facts["until"]))
        return (
            _("You hold it until %(day)s", day=day)
            if is_mine
            else _("%(name)s holds it until %(day)s", name=by, day=day)
        )
    if step.kind == "given_back":
        return _("You gave it back") if is_mine else _("%(name)s gave it back", name=by)
    if step.kind == "put_together":
        return _("Put together with a question like it")
    if step.kind == "noted":
        return _("You read it; no answer is needed") if is_mine else _("%(name)s read it; no answer is needed", name=by)
    if step.kind == "given_to_patient":
        return _("You left it to the patient") if is_mine else _("%(name)s left it to the patient", name=by)
    return ""


def _routed(talk: Conversation, step: RouteStep, to: str) -> str:
    if not to:
        return _("Kept with the messages; no answer was asked for")
    away = _away(talk, step)
    return _("Went to %(to)s.", to=to) + " " + away if away else _("Went to %(to)s", to=to)


_STAFFS_OWN = ("offered", "accepted", "declined", "withdrawn", "task", "told_again")


def _staffs_own(step: RouteStep, by: str, to: str) -> str:
    """What teams and colleagues agree among themselves."""
    words_of = {
        "offered": _("%(name)s offered it to %(to)s", name=by, to=to),
        "accepted": _("%(name)s took it for %(to)s", name=by, to=to),
        "declined": _("%(name)s: %(to)s can’t take it", name=by, to=to),
        "withdrawn": _("%(name)s took the offer to %(to)s back", name=by, to=to),
        "task": _("%(name)s made a task for %(to)s", name=by, to=to),
        "told_again": _("%(name)s had a reminder of the answer sent", name=by),
    }
    return words_of[step.kind]


def _covered(talk: Conversation, step: RouteStep, to: str) -> str:
    away = _away(talk, step)
    return away + " " + _("Covered by %(to)s.", to=to) if away else _("Passed to %(to)s, who covers", to=to)


def _away(talk: Conversation, step: RouteStep) -> str:
    """Who is away until when, where the step knows it."""
    absent = (step.facts.get("absent") or "").removeprefix("rel:")  # a liaison is named by the relationship
    if absent.count("-") != 4:
        return ""
    name = talk.names.get(UUID(absent), "")
    until = step.facts.get("until")
    day = date.fromisoformat(until[:10]) if until else None
    return words.covered(name, day, filters.short_day(day) if day else "") if name else ""
