"""What the portal itself asks of somebody, in the reader's language, and where it is done."""

from __future__ import annotations

import json
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.infra.i18n import reader_language
from portal.records.parts import BY_KEY
from portal.records.words import title_of
from portal.results.explanations import plain_name


def said(wording: str | None, text: str, patient_id: UUID) -> tuple[str, str]:
    """The words of a task and the address of what it is about ("" where there is none).

    Without a `wording` a person wrote it, and `text` is said as it stands; else `text` holds the values.
    """
    if wording is None:
        return text, ""
    values: dict[str, str] = json.loads(text)
    name = plain_name(values.get("code"), values.get("name", ""), reader_language())
    if not name and values.get("part") in BY_KEY:
        name = title_of(values["part"])
    words = {
        "amendment": _("Answer the request to correct the record: %(what)s", what=name),
        "amendment_late": _("The answer to a request to correct the record is late: %(what)s", what=name),
        "result_call": _("Call about the result: %(what)s", what=name),
        "result_critical": _("Critical result: %(what)s", what=name),
        "result_refer": _("Refer because of the result: %(what)s", what=name),
        "safety_call": _("Call today: thoughts of self-harm in the questionnaire before the visit (PHQ-9, item 9)."),
        "unopened_call": _("Call: an answer was not opened, and no notice reached them."),
        "result_repeat": _("Repeat the test: %(what)s", what=name),
    }.get(wording, name)
    return words, _address(values, patient_id)


def _address(values: dict[str, str], patient_id: UUID) -> str:
    if "report" in values:
        return url_for("results.show_report", person_id=patient_id, report_id=values["report"])
    if "thread" in values:
        return url_for("messaging.show_desk_thread", thread_id=values["thread"])
    if "amendment" in values:
        return url_for("records.show_amendment", person_id=patient_id, amendment_id=values["amendment"])
    return ""
