"""Words for topics, reasons and the trail. Whole sentences, no diagnosis, nothing that is hidden (TAXONOMY.md 10)."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.infra.i18n import known

TOPIC_KEYS = (
    "new_symptom", "follow_up_symptom", "medication_question", "test_result", "medication_refill",
    "appointment_question", "referral", "care_coordination", "forms_paperwork", "appointment_scheduling",
    "records_request", "billing_insurance", "access_technical", "family_update", "acknowledgement",
)  # fmt: skip

PASS_ON_REASONS = {
    "other_topic": _l("It is about something else than it was sent for"),
    "other_person": _l("Somebody else knows this patient or this matter better"),
    "more_urgent": _l("It is more urgent than it was marked"),
    "needs_clinician": _l("It needs a clinician"),
    "needs_office": _l("It is for the office, not for a clinician"),
    "next_step": _l("My part is done; the next step is theirs"),
    "workload": _l("I can’t get to it in time"),
}


OUTCOMES = {
    "answered": _l("Answered"),
    "visit_booked": _l("A visit is booked"),
    "elsewhere": _l("Sent elsewhere"),
    "no_action": _l("Nothing had to be done"),
    "duplicate": _l("Asked twice"),
}


def topic(key: str) -> str:
    """A topic as people say it."""
    return {
        "new_symptom": _("how you feel"),
        "follow_up_symptom": _("how you feel since a visit"),
        "medication_question": _("medicines"),
        "test_result": _("test results"),
        "medication_refill": _("refills"),
        "appointment_question": _("visits"),
        "referral": _("referrals"),
        "care_coordination": _("help with care"),
        "forms_paperwork": _("forms and letters"),
        "appointment_scheduling": _("booking visits"),
        "records_request": _("copies of records"),
        "billing_insurance": _("bills and insurance"),
        "access_technical": _("using the portal"),
        "family_update": _("family news"),
        "acknowledgement": _("thanks"),
    }.get(key, _("something else"))


def reason(code: str, owner: str, *, given_name: str, is_own: bool) -> str:
    """Why it goes where it goes, when no record may be named. `owner` is whom the rule names, before any cover."""
    own = {
        "urgent_emergency": _("Some of what you wrote needs attention now, so it goes to the nurse on duty first."),
        "urgent_same_day": _("Some of what you wrote may need attention today, so it goes to the nurse on duty."),
        "portal_support": _("It is about using the portal."),
        "scheduling": _("It is about booking a visit."),
        "billing": _("It is about a bill or insurance."),
        "records": _("It is about copies of records."),
        "filed": _("You said that no answer is needed. It is kept with your messages, and nobody has to act on it."),
        "relative_no_liaison": _("Questions from family go to the care manager when there is no liaison."),
        "relative_confidential": _("Some questions from family go to the care manager."),
        "relative_to_liaison": _("Questions from family go to the liaison first, who answers or passes them on."),
        "safety_concern": _("The care manager looks at concerns like this one, and nobody else in the family sees it."),
        "liaison_out_of_scope": _(
            "What you may see does not include this topic, so the care manager answers, and nothing from the chart "
            "can be in the answer."
        ),
        "liaison_summary": _("The care manager writes summaries for the family."),
        "liaison_first": _("You chose that your liaison gets questions of this kind first."),
        "family_to_liaison": _("News for the family goes to the liaison, who passes it on."),
        "family_to_care_manager": _("The care manager helps with news for the family."),
        "clinic_rule": _("At our clinic, %(name)s answers questions like this one.", name=owner),
        "clinic_table": _("At our clinic, %(name)s answers questions of this kind.", name=owner),
        "unsure": _(
            "We are not sure what this is about, so the nurses look first and make sure it reaches the right person."
        ),
        "chosen": _("You chose who should answer."),
        "named_provider": _("You asked for %(name)s.", name=owner),
        "shared_care": _(
            "%(name)s answers questions of this kind. The answer holds only what you may see.", name=owner
        ),
        "symptom": _("The nurses look at new symptoms first, so that you do not wait for one person."),
        "coordination": _("%(name)s helps when several things must come together.", name=owner),
        "new_referral": _("%(name)s decides about new referrals.", name=owner),
        "form": _("%(name)s signs forms and letters.", name=owner),
        "form_of_visit": _("The form belongs to a visit with %(name)s.", name=owner),
        "result_unmatched": _("We could not tell which test you mean, so %(name)s gets it.", name=owner),
        "medicine_unmatched": _("We could not find this medicine on the list, so %(name)s gets it.", name=owner),
        "orderer_unknown": _("The record does not say who ordered this test, so %(name)s gets it.", name=owner),
        "prescriber_unknown": _("The record does not say who prescribed it, so %(name)s gets it.", name=owner),
        "visit_unmatched": _("We could not tell which visit you mean, so %(name)s gets it.", name=owner),
    }
    if code in own:
        return own[code]
    if is_own:
        return _("%(name)s knows most about this.", name=owner)
    return _("%(name)s knows most about what you ask for %(patient)s.", name=owner, patient=given_name)


def usual(span: timedelta | None) -> str:
    """How soon they usually answer; honest when there is too little to go by."""
    if span is None:
        return _("Too few answers in the last 30 days to say how soon")
    hours = max(1, -(-int(span.total_seconds()) // 3600))
    if hours < 24:
        return ngettext("Usually answers within %(num)s hour", "Usually answers within %(num)s hours", hours)
    days = -(-hours // 24)
    return ngettext("Usually answers within %(num)s day", "Usually answers within %(num)s days", days)


def covered(absent: str, until: date | None, day: str) -> str:
    """That somebody is away, and until when."""
    if until is None:
        return _("%(name)s is away.", name=absent)
    return _("%(name)s is away until %(day)s.", name=absent, day=day)


def sender(name: str, role: str, relation: str | None, patient: str) -> str:
    """Who wrote a message: "Tomás Delgado for Rosa (son)"."""
    if role == "provider" or role == "patient":
        return name
    kin = known(relation) or _("family")
    if role == "liaison":
        return _("%(name)s for %(patient)s (%(relation)s, liaison)", name=name, patient=patient, relation=kin)
    return _("%(name)s (%(relation)s)", name=name, relation=kin)
