"""What the pages of a team show: who is away, what nobody can see to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.infra.i18n import known
from portal.messaging.absences import Away
from portal.messaging.desk_forms import AbsenceForm
from portal.messaging.orphans import Orphan
from portal.web import filters


@dataclass(frozen=True, slots=True)
class AwayLine:
    """One absence in words."""

    who: str
    days: str
    covered: str
    needs_look: bool
    end_href: str
    end_text: str
    is_now: bool

    @classmethod
    def of(cls, away: Away) -> AwayLine:
        one_day = away.first == away.last
        first, last = filters.day(away.first), filters.day(away.last)
        days = first if one_day else _("%(first)s to %(last)s", first=first, last=last)
        if not away.answers:
            covered = _("Nobody covers; the team’s pool answers")
        elif away.cover and away.cover != away.answers:
            names = {"cover": away.cover, "name": away.answers}
            covered = _("%(cover)s covers, but is away too, so %(name)s answers", **names)
        else:
            covered = _("%(name)s covers", name=away.answers)
        return cls(
            away.who,
            days,
            covered,
            not away.answers,
            url_for("messaging.end_absence", absence_id=away.id),
            _("Back already") if away.has_begun else _("Cancel"),
            away.has_begun,
        )


@dataclass(frozen=True)
class ListAbsencesPage:
    """Who is away now and soon, and the form to enter it."""

    title: str
    lines: list[AwayLine]
    form: AbsenceForm
    create_href: str
    today: str
    room: str = "away"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, coming: Sequence[Away], who: Sequence[Any], covers: Sequence[Any], form: AbsenceForm, today: date
    ) -> ListAbsencesPage:
        choose_away(form, who, covers)
        return cls(
            _("Time away"),
            [AwayLine.of(one) for one in coming],
            form,
            url_for("messaging.create_absence"),
            today.isoformat(),
        )


def choose_away(form: AbsenceForm, who: Sequence[Any], covers: Sequence[Any]) -> None:
    """Fill the lists of the form."""
    form.who.choices = [SelectChoice(str(key), name) for key, name in who]
    nobody = SelectChoice("", _("Nobody: the team’s pool answers"))
    form.cover.choices = [nobody, *(SelectChoice(str(key), name) for key, name in covers)]


@dataclass(frozen=True)
class ListOrphansPage:
    """What nobody can see to; it should be empty."""

    title: str
    rows: list[list[str]]
    move_href: str
    room: str = "watch"

    @classmethod
    def of(cls, orphans: Sequence[Orphan]) -> ListOrphansPage:
        return cls(_("Nobody can see to these"), [_orphan(one) for one in orphans], url_for("messaging.move_orphans"))


def _orphan(one: Orphan) -> list[str]:
    why = {
        "left": _("Can no longer sign in"),
        "empty": _("Nobody is in this team"),
        "ended": _("The caregiver’s access has ended"),
        "away": _("Away, and not passed to the cover yet"),
    }[one.why]
    urgency = {"emergency": _("Emergency"), "same_day": _("Same day")}.get(one.urgency, _("Routine"))
    due = filters.moment(one.due_at) if one.due_at else _("No day")
    return [known(one.owner) or _("A caregiver"), why, urgency, filters.moment(one.created_at), due]
