"""Papers from elsewhere in plain words: why one is not taken, where it stands, what was decided about a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from portal.interop.dates import Impossible, parse
from portal.records import words
from portal.web import filters


def refusal_words(code: str, place: str = "") -> str:
    """Why a file is not taken, in one sentence that says what to do."""
    said = {
        "empty": _("The file is empty. Choose another one."),
        "too-large": _("The file is too large. Choose one of at most 25 MB (JSON and PDF: 10 MB)."),
        "too-many-parts": _("The file has more parts than a medical document ever has. It was not taken."),
        "too-deep": _("The file is nested beyond reason. It was not taken."),
        "too-dense": _("The file grows beyond reason when it is opened. It was not taken."),
        "packed": _("The file is packed. Unpack it first, then choose the document in it."),
        "wrong-kind": _("We can’t take this kind of file. Choose a FHIR file (JSON), a C-CDA file (XML) or a PDF."),
        "encoding": _("The letters of this file can’t be read. Ask for it in UTF-8, then try again."),
        "entities": _("The file defines parts of its own that could do harm. It was not taken."),
        "broken": _("The file is damaged and can’t be read. Download it again, then try once more."),
        "cut-off": _("The file ends too early. Download it again, then try once more."),
        "not-ccda": _("This XML file is no medical document (C-CDA). Ask for a “C-CDA” or “CCD” file."),
        "not-fhir": _("This JSON file is no collection of medical data (FHIR Bundle). Ask for a “FHIR Bundle”."),
        "bundle-type": _("This FHIR file carries no record. Ask for a document or a collection."),
        "no-patient": _("The file does not say whom it is about, so it can’t be taken."),
        "two-patients": _("The file is about more than one person. Ask for one about this person alone."),
        "polyglot": _("The file is a PDF and something else at once. Print it to a new PDF, then choose that one."),
        "locked": _("The PDF is locked with a password. Save it without one, then choose that copy."),
        "active": _("The PDF contains a program. Print it to a new PDF, then choose that one."),
        "carries": _("The PDF carries other files in it. Print it to a new PDF, then choose that one."),
        "nothing": _("There is nothing in this file that we can show. Choose another one."),
    }[code]
    line = place.removeprefix("line ")
    return f"{said} ({_('line %(number)s', number=line)})" if place and line.isdigit() else said


def known_words(code: str, at: datetime) -> str:
    """That a paper is here already, and how that is known."""
    day = filters.day(at)
    return {
        "same-file": _("This very file is here already, since %(day)s.", day=day),
        "same-document": _("This document is here already, since %(day)s: it has the same number.", day=day),
        "same-content": _("A document that says exactly the same is here already, since %(day)s.", day=day),
    }[code]


def mismatch_words(differs: Sequence[str]) -> str:
    """That a paper is about somebody else: what differs, and nothing of what it says."""
    names = {"name": _("the name"), "birth": _("the birth date"), "sex": _("the sex")}
    what = " · ".join(names[one] for one in differs)
    return _("This document is about somebody else: it differs in %(what)s. It was not kept.", what=what)


def room_words(code: str) -> str:
    if code == "too-many":
        return _("Many documents wait for the care team already. Add more when some of them are looked at.")
    return _("There is no room for more documents. Take one back, or ask your care team.")


def kind_words(kind: str) -> str:
    return {
        "fhir": _("Medical data (FHIR)"),
        "ccda": _("Medical document (C-CDA)"),
        "pdf": _("PDF"),
        "paper": _("Paper or photo"),
    }[kind]


def type_words(code: str) -> str:
    """The kind of document by its LOINC code; empty where that is not known."""
    return {
        "34133-9": _("Summary of care"),
        "60591-5": _("Patient summary"),
        "18842-5": _("Discharge summary"),
        "11488-4": _("Consultation note"),
        "57133-1": _("Referral note"),
        "57113-1": _("Referral note"),
        "11506-3": _("Progress note"),
        "34117-2": _("History and physical examination"),
    }.get(code, "")


def state_words(state: str, *, is_staff: bool) -> tuple[str, str]:
    """Where a paper stands, and the tone of its tag."""
    if is_staff:
        return {
            "checking": (_("Being checked for viruses"), "info"),
            "received": (_("Whose it is must be confirmed"), "look"),
            "matched": (_("To be reconciled"), "look"),
            "reconciled": (_("Reconciled"), "good"),
            "rejected": (_("Turned away"), "late"),
            "removed": (_("Taken back"), "neutral"),
        }[state]
    return {
        "checking": (_("Being checked for viruses"), "info"),
        "received": (_("Waits for your care team"), "info"),
        "matched": (_("Waits for your care team"), "info"),
        "reconciled": (_("Looked at by your care team"), "good"),
        "rejected": (_("Not taken by your care team"), "late"),
        "removed": (_("Taken back"), "neutral"),
    }[state]


def rejection_words(reason: str) -> str:
    return {
        "other_person": _("It is about somebody else."),
        "unreadable": _("It can’t be read."),
        "not_needed": _("It is not needed for your care."),
        "again": _("The same is on file already."),
        "virus": _("A virus was found in it."),
    }.get(reason, "")


def line_words(state: str, *, is_staff: bool) -> tuple[str, str]:
    """What was decided about a line, and the tone of its tag."""
    return {
        "waiting": (_("Not decided yet"), "look" if is_staff else "info"),
        "added": (_("Now in the record"), "good"),
        "merged": (_("The record had it already"), "good"),
        "replaced": (_("Now in the record, in place of an earlier entry"), "good"),
        "ignored": (_("Not taken over"), "neutral"),
        "kept": (_("From outside, not checked"), "look"),
    }[state]


def ignored_words(reason: str) -> str:
    return {
        "known": _("The record has it already."),
        "past": _("It is over."),
        "wrong": _("It is not right."),
        "not_needed": _("The record does not need it."),
    }.get(reason, "")


def day_of(text: str) -> str:
    """A FHIR date of any precision for people; empty for what is none."""
    try:
        return words.partial_day(text[:10], parse(text).day) if text else ""
    except Impossible:
        return ""


def left_words(code: str) -> str:
    """Why something in a paper could not be taken over as data; its words can still be read there."""
    return {
        "impossible-date": _("a date in it can’t be"),
        "in-the-future": _("its date lies in the future"),
        "before-birth": _("its date lies before the birth"),
        "no-code": _("it does not say what it is, or holds no value"),
        "no-date": _("it has no date"),
        "no-unit": _("a number in it has no unit"),
        "two-values": _("it gives two values at once"),
        "other-patient": _("it is about somebody else"),
    }.get(code, _("it is not built as it should be"))
