"""What somebody did, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.caregivers.activity import Act, Feed
from portal.web import filters


@dataclass(frozen=True, slots=True)
class Did:
    """One thing: when, what, and a way to it where the patient can open it."""

    when: str
    what: str
    href: str
    is_refused: bool

    @classmethod
    def of(cls, person_id: UUID, row: Act) -> Did:
        return cls(
            when=filters.moment(row.at),
            what=act_words(row.action),
            href=_href(person_id, row.object_type, row.object_id) if row.outcome == "done" else "",
            is_refused=row.outcome == "refused",
        )


def act_words(action: str) -> str:
    """An act of the trail as people say it."""
    known = {
        "people:person:read": _("Opened your pages"),
        "people:care_team:read": _("Looked at your care team"),
        "appointments:appointment:read": _("Looked at your visits"),
        "results:result:read": _("Looked at test results"),
        "records:medication:read": _("Looked at your medicines"),
        "records:allergy:read": _("Looked at your allergies"),
        "records:condition:read": _("Looked at your health problems"),
        "records:immunization:read": _("Looked at your vaccines"),
        "records:document:read": _("Looked at a document"),
        "records:care_plan:read": _("Looked at your care plan"),
        "records:encounter:read": _("Looked at past visits"),
        "records:referral:read": _("Looked at referrals"),
        "messages:thread:read": _("Read a conversation"),
        "messages:thread:create": _("Asked a question"),
        "messages:thread:reply": _("Wrote a message"),
        "messages:thread:pass_on": _("Passed a question on"),
        "messages:thread:close": _("Closed a question"),
        "messages:draft:update": _("Worked on a message that is not sent"),
        "messages:draft:read": _("Looked at their own drafts"),
        "messages:file:read": _("Opened an attached file"),
        "messages:file:update": _("Attached a file"),
        "messages:question:update": _("Worked on a question that came to them"),
        "family:update:create": _("Wrote a family update"),
        "family:update:read": _("Read family updates"),
        "family:update:withdraw": _("Took back a family update"),
        "family:circle:read": _("Looked at who belongs to the family circle"),
        "caregivers:relationship:read": _("Looked at their own access"),
        "caregivers:liaison:serve": _("Changed when they are there as your liaison"),
        "caregivers:invitation:answer": _("Answered your invitation"),
    }.get(action)
    if known:
        return known
    return _("Looked at something in your record") if action.endswith(":read") else _("Changed something")


def _href(person_id: UUID, kind: str | None, object_id: str | None) -> str:
    endpoint = {
        "thread": ("messaging.show_thread", "thread_id"),
        "report": ("results.show_report", "report_id"),
        "result": ("results.show_result", "result_id"),
    }.get(kind or "")
    if not endpoint or not object_id:
        return ""
    where: dict[str, Any] = {"person_id": person_id, endpoint[1]: object_id}
    return url_for(endpoint[0], **where)


@dataclass(frozen=True)
class ListActivityPage:
    """What one person looked at and did here."""

    person_id: UUID
    title: str
    lead: str
    acts: list[Did]
    action: str
    since: str
    until: str
    older_href: str
    back_href: str
    room: str = "family"

    @classmethod
    def of(
        cls, person_id: UUID, held_id: UUID, found: Feed, since: date | None, until: date | None
    ) -> ListActivityPage:
        here: dict[str, Any] = {"person_id": person_id, "held_id": held_id}
        action = url_for("caregivers.list_activity", **here)
        days = {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
        older = urlencode({**{k: v for k, v in days.items() if v}, "before": found.older}) if found.older else ""
        back = url_for("caregivers.list_caregivers", person_id=person_id)
        return cls(
            person_id=person_id,
            title=_("What %(name)s did", name=found.name),
            lead=_("Every look and every act in your pages, the newest first."),
            acts=[Did.of(person_id, row) for row in found.events],
            action=action,
            since=days["since"],
            until=days["until"],
            older_href=f"{action}?{older}" if older else "",
            back_href=back if found.is_over else url_for("caregivers.show_grant", **here),
        )
