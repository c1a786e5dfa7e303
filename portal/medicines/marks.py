"""Sentences about who said what of the list, and when; in the reader's language and zone."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.infra.i18n import reader_language
from portal.medicines import terminology, words
from portal.medicines.listing import Line, Listed, Report, Stamp
from portal.web import filters


def mark_words(line: Line) -> str:
    """Beside a line: who reported what about it, and whether a clinician confirmed it; nothing where all is said."""
    one = line.report
    if one is None:
        return ""
    day = filters.day(one.made_at)
    if line.is_reported:
        if one.is_by_reader:
            return _("Reported by you on %(day)s, not yet confirmed", day=day)
        return _("Reported by %(name)s on %(day)s, not yet confirmed", name=one.by, day=day)
    if one.kind == "not_taking" and one.state == "waiting":
        if one.is_by_reader:
            return _("You said on %(day)s that it is not taken. Not yet confirmed.", day=day)
        return _("%(name)s said on %(day)s that it is not taken. Not yet confirmed.", name=one.by, day=day)
    if one.kind == "differently":
        return _differently(line, one, day)
    if one.state == "accepted" and one.decided_at:
        return _("Reported by %(name)s, confirmed by %(who)s on %(day)s", name=one.by, who=one.decided_by,
                 day=filters.day(one.decided_at))  # fmt: skip
    return ""


def _differently(line: Line, one: Report, day: str) -> str:
    if one.state == "accepted" and one.decided_at:
        return _("Taken differently: %(how)s. Confirmed by %(who)s on %(day)s.", how=line.taking_words,
                 who=one.decided_by, day=filters.day(one.decided_at))  # fmt: skip
    if one.is_by_reader:
        return _("You take it differently: %(how)s. Not yet confirmed.", how=line.taking_words)
    return _("Taken differently, says %(name)s: %(how)s. Not yet confirmed.", name=one.by, how=line.taking_words)


def since_words(line: Line) -> str:
    """Since when, as precise as it was recorded."""
    if line.since_on is None:
        return _("Since %(day)s", day=line.since) if line.since else ""
    if len(line.since) == 4:
        return _("Since %(day)s", day=line.since)
    day: date = line.since_on
    return _("Since %(day)s", day=filters.month(day) if len(line.since) == 7 else filters.day(day))


def purpose_words(line: Line) -> str:
    """What it is for: as recorded; else what such a medicine is commonly for, said as that."""
    if line.purpose:
        return _("For: %(purpose)s", purpose=line.purpose)
    usual = terminology.purpose_of(line.name) if reader_language() == "en" else ""
    return _("Commonly: %(purpose)s", purpose=usual[:1].lower() + usual[1:]) if usual else ""


def facts_of(line: Line) -> str:
    """What for, by whom and since when, in one line."""
    parts = [purpose_words(line)]
    if line.prescriber:
        parts.append(_("Prescribed by %(name)s", name=line.prescriber))
    parts.append(since_words(line))
    return " · ".join(part for part in parts if part)


def freshness_words(listed: Listed) -> tuple[str, str]:
    """How old the last confirmation is, and the tone of its tag."""
    return {
        "never": (_("Not confirmed yet"), "look"),
        "fresh": (_("Confirmed in the last 30 days"), "good"),
        "amber": (_("Last confirmed more than 30 days ago"), "look"),
        "red": (_("Last confirmed more than 90 days ago"), "late"),
    }[listed.freshness]


def stamp_words(stamp: Stamp) -> str:
    """Who stood by the list, when, and what it was compared with."""
    day = filters.day(stamp.at)
    if stamp.kind == "verified":
        sources = ", ".join(words.source_words(one) for one in stamp.sources)
        if sources:
            return _("Checked by %(name)s on %(day)s with: %(sources)s", name=stamp.by, day=day, sources=sources)
        return _("Checked by %(name)s on %(day)s", name=stamp.by, day=day)
    if stamp.is_by_reader:
        return _("You said on %(day)s that the list is right.", day=day)
    return _("%(name)s said on %(day)s that the list is right.", name=stamp.by, day=day)


def nothing_words(listed: Listed) -> str:
    """An empty list is not an answer (MED-2): who said that nothing is taken, or that nobody asked yet."""
    last = listed.last_stamp
    if listed.says_none and last is not None:
        return _("Takes no medicines, confirmed by %(name)s on %(day)s.", name=last.by, day=filters.day(last.at))
    if listed.is_partial:
        return _("No medicines are shown to you here. That does not mean that none are taken.")
    return _("Not yet asked: nobody has said yet whether medicines are taken.")


def told(report: Report) -> dict[str, Any]:
    """What was said, and what became of it, for the list of it."""
    name = " ".join(part for part in (report.words.get("name", ""), report.words.get("strength", "")) if part)
    what = {
        "add": _("To add: %(name)s", name=name),
        "missing": _("Missing: %(name)s", name=name),
        "not_taking": _("Not taken: %(name)s", name=name),
        "differently": _("Taken differently: %(name)s", name=name),
    }[report.kind]
    state, tone = {
        "waiting": (_("Not yet confirmed"), "info"),
        "accepted": (_("Confirmed"), "good"),
        "declined": (_("Declined"), "look"),
    }[report.state]
    by = "" if report.is_by_reader else report.by
    day = filters.day(report.decided_at or report.made_at)
    decided = _("%(name)s, %(day)s", name=report.decided_by, day=day) if report.decided_by else day
    return {"what": what, "state": state, "tone": tone, "by": by, "decided": decided, "answer": report.answer}
