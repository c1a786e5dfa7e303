"""Words of the list of medicines: how they are taken, what kind they are, what each status means."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.medicines.sig import Taking
from portal.medicines.terminology import understand

SORTS = ("prescription", "other", "otc", "vitamin", "herbal")
SOURCES = ("patient", "caregiver", "bottle", "pharmacy", "clinic", "hospital")


def frequency_words(code: str) -> str:
    """A code of `sig_frequencies.csv` in plain words of the reader's language; nothing for a code nobody knows."""
    return {
        "QD": _("once a day"),
        "DAILY": _("once a day"),
        "QAM": _("every morning"),
        "QPM": _("every evening"),
        "QHS": _("at bedtime"),
        "BID": _("two times a day"),
        "TID": _("three times a day"),
        "QID": _("four times a day"),
        "Q4H": _("every 4 hours"),
        "Q6H": _("every 6 hours"),
        "Q8H": _("every 8 hours"),
        "Q12H": _("every 12 hours"),
        "Q24H": _("every 24 hours"),
        "QOD": _("every other day"),
        "EVERY OTHER DAY": _("every other day"),
        "WEEKLY": _("once a week"),
        "TWICE WEEKLY": _("two times a week"),
        "MONTHLY": _("once a month"),
        "ONCE": _("one time only"),
        "PRN": _("only when needed"),
    }.get(code, "")


def amount_words(amount: float | None, unit: str) -> str:
    """Two tablets, half a tablet, 5 ml; nothing where the amount is not known."""
    if amount is None:
        return ""
    number = f"{amount:g}"
    if amount == 0.5 and unit.startswith(("tab", "pill", "capl")):
        return _("half a tablet")
    count = 1 if amount <= 1 else int(amount)
    kind = re.sub(r"(es|s)$", "", unit) if unit not in ("ml",) else unit
    forms = {
        "tablet": ngettext("%(n)s tablet", "%(n)s tablets", count, n=number),
        "tab": ngettext("%(n)s tablet", "%(n)s tablets", count, n=number),
        "capsule": ngettext("%(n)s capsule", "%(n)s capsules", count, n=number),
        "capsul": ngettext("%(n)s capsule", "%(n)s capsules", count, n=number),
        "cap": ngettext("%(n)s capsule", "%(n)s capsules", count, n=number),
        "pill": ngettext("%(n)s pill", "%(n)s pills", count, n=number),
        "puff": ngettext("%(n)s puff", "%(n)s puffs", count, n=number),
        "spray": ngettext("%(n)s spray", "%(n)s sprays", count, n=number),
        "drop": ngettext("%(n)s drop", "%(n)s drops", count, n=number),
        "unit": ngettext("%(n)s unit", "%(n)s units", count, n=number),
        "patch": ngettext("%(n)s patch", "%(n)s patches", count, n=number),
        "packet": ngettext("%(n)s packet", "%(n)s packets", count, n=number),
        "injection": ngettext("%(n)s injection", "%(n)s injections", count, n=number),
    }
    return forms.get(kind, f"{number} {unit}".strip())


def taking_words(taking: Taking) -> str:
    """How it is taken, in one plain line, as far as it is understood; nothing where it is not."""
    if not taking.code:
        return ""
    parts = [amount_words(taking.amount, taking.unit)]
    if not parts[0] and taking.mg:
        parts = [f"{taking.mg:g} mg"]
    if taking.code != "PRN":
        parts.append(frequency_words(taking.code))
    if taking.is_as_needed:
        parts.append(_("only when needed"))
    if taking.most_per_day is not None:
        most = amount_words(taking.most_per_day, taking.unit) or f"{taking.most_per_day:g}"
        parts.append(_("at most %(amount)s a day", amount=most))
    return ", ".join(part for part in parts if part)


def sort_words(sort: str) -> str:
    return {
        "prescription": _("Prescribed"),
        "other": _("From another clinic"),
        "otc": _("Without a prescription"),
        "vitamin": _("Vitamin or supplement"),
        "herbal": _("Herbal product"),
    }.get(sort, _("Prescribed"))


def status_words(status: str) -> tuple[str, str]:
    """Each status with its meaning, and the tone of its tag."""
    return {
        "active": (_("Taking now"), "good"),
        "on-hold": (_("On hold: do not take it until your care team says so"), "look"),
        "intended": (_("Planned: it has not begun yet"), "info"),
        "unknown": (_("Not clear whether you take it: ask your care team"), "look"),
        "completed": (_("Finished"), "neutral"),
        "stopped": (_("Stopped"), "neutral"),
        "not-taken": (_("Not taken"), "neutral"),
        "ended": (_("Ended"), "neutral"),
    }.get(status, (_("Ended"), "neutral"))


def source_words(key: str) -> str:
    return {
        "patient": _("the patient"),
        "caregiver": _("a caregiver"),
        "bottle": _("bottles and boxes"),
        "pharmacy": _("the pharmacy"),
        "clinic": _("the clinic’s record"),
        "hospital": _("a hospital or another clinic"),
    }.get(key, key)


def slot_words(slot: str) -> str:
    return {
        "morning": _("Morning"),
        "noon": _("Noon"),
        "evening": _("Evening"),
        "bedtime": _("Bedtime"),
        "needed": _("As needed"),
        "other": _("Other days and times"),
    }[slot]


def renewal_words(state: str) -> tuple[str, str]:
    """The state of a request for more, and the tone of its tag."""
    return {
        "asked": (_("Asked for more"), "info"),
        "looking": (_("Your care team is looking at it"), "info"),
        "approved": (_("Approved"), "good"),
        "sent": (_("Sent to the pharmacy"), "good"),
        "denied": (_("Not renewed"), "look"),
        "expired": (_("Nobody answered in time"), "late"),
    }[state]


def denial_words(reason: str) -> str:
    """Why more of it is not given, honestly."""
    return {
        "visit": _("A visit is needed first."),
        "test": _("A blood test or another check is needed first."),
        "other": _("Another clinic prescribes it. Please ask there."),
        "stopped": _("You should not take it any more."),
        "early": _("It is too early: there should be enough left."),
        "change": _("Another medicine is to take its place."),
        "unsafe": _("It does not go together with something else you take."),
        "reason": _("See what your care team wrote."),
    }.get(reason, "")


_CLINICAL = re.compile(r"\d\s?(MG|MCG|ML|ACTUAT|HR|UNT|MEQ)\b|\bOral (Tablet|Capsule)\b")


def plain_name(name: str) -> str:
    """A name out of a record as people say it: "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet" is
    "Metformin 500 mg". Names that people wrote, and names that are not understood, stay as they are.
    """
    found = understand(name)
    if not found.is_known or not _CLINICAL.search(name):
        return name
    parts = []
    for one in found.ingredients:
        strength = found.strengths.get(one)
        said = one[:1].upper() + one[1:]
        parts.append(f"{said} {strength:g} mg" if strength else said)
    said = " + ".join(parts)
    form = {
        "inhalation": _("to inhale"),
        "nasal": _("for the nose"),
        "ophthalmic": _("for the eyes"),
        "otic": _("for the ears"),
        "topical": _("for the skin"),
        "transdermal": _("as a patch"),
        "injection": _("as an injection"),
        "vaginal": _("for the vagina"),
        "rectal": _("for the rectum"),
        "sublingual": _("under the tongue"),
    }.get(found.route, "")
    return f"{said}, {form}" if form else said
