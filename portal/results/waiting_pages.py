"""What the pages of waiting may know: when the patient wants to be told, what is held, why a clinician holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.i18n import reader_language
from portal.models import Report
from portal.results.explanations import plain_name
from portal.results.orders import Ordered
from portal.results.turnaround import ACTED_ON_WITHIN, LOOKED_AT_WITHIN, Usual
from portal.results.waiting import ASKED, HARM, OTHERS, Held
from portal.results.waiting_forms import ground_words
from portal.web import filters


def _at(moment: datetime) -> str:
    """Day and clock as they stand within a sentence."""
    return f"{filters.day(moment)}, {filters.clock(moment)}"


def kind_words(category: str) -> str:
    """What has come, said without what it is about."""
    return {
        "laboratory": _("A laboratory result is here"),
        "imaging": _("An imaging result is here"),
        "tissue": _("The result of a tissue sample is here"),
        "genetic": _("The result of a genetic test is here"),
        "private": _("A result is here"),
    }.get(category, _("A result is here"))


@dataclass(frozen=True, slots=True)
class HeldCard:
    """One held result, to whoever acts for the patient: that it is here, why it is not shown, how to go on."""

    id: UUID
    title: str
    text: str
    show_href: str
    ask_href: str

    @classmethod
    def of(cls, one: Held) -> HeldCard:
        ask = url_for("messaging.new_question", person_id=one.patient_id)
        until = _at(one.until)
        if one.kind == HARM:
            text = _(
                "%(name)s holds one result back until %(when)s at the latest, to prevent danger to somebody’s life or"
                " safety. You may ask that another clinician look at this decision.",
                name=one.by, when=until,
            )  # fmt: skip
            return cls(one.id, _("A result is held back"), text, "", ask)
        who = (
            _("You asked to hear about it from %(name)s first.", name=one.orderer)
            if one.orderer
            else _("You asked to hear about it from your clinician first.")
        )
        latest = _(
            "Taken %(day)s. It appears here on %(when)s at the latest.", day=filters.day(one.taken_at), when=until
        )
        show = url_for("results.tell_now", person_id=one.patient_id, hold_id=one.id)
        return cls(one.id, kind_words(one.category), f"{who} {latest}", show, ask)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A test that was ordered and has no result: what is usual, and whether it is later than that."""

    id: str
    name: str
    facts: str
    expected: str
    is_overdue: bool

    @classmethod
    def of(cls, one: Ordered) -> OrderLine:
        facts = [_("Ordered %(day)s", day=filters.day(one.ordered_at))]
        if one.orderer:
            facts[0] = _("Ordered by %(name)s on %(day)s", name=one.orderer, day=filters.day(one.ordered_at))
        if one.planned_on:
            facts.append(_("planned for %(day)s", day=filters.day(one.planned_on)))
        name = plain_name(one.code, one.name, reader_language())
        return cls(f"order-{one.id}", name, " · ".join(facts), _usual_words(one.expected), one.is_overdue)


def _usual_words(expected: Usual) -> str:
    """How long it usually takes, as a whole sentence."""
    if expected.low == expected.high:
        words = ngettext(
            "Usually here within %(num)s day after the sample or picture is taken.",
            "Usually here within %(num)s days after the sample or picture is taken.",
            expected.high,
        )
    else:
        words = _(
            "Usually here %(low)s to %(high)s days after the sample or picture is taken.",
            low=expected.low, high=expected.high,
        )  # fmt: skip
    return words + " " + _("That is how long it took in this clinic lately.") if expected.is_measured else words


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """What stands above the list of results: what is held, what was ordered, and the way to choose."""

    held: list[HeldCard]
    orders: list[OrderLine]
    next_words: str
    ask_href: str
    choose_href: str

    @classmethod
    def of(
        cls, person_id: UUID, held: Sequence[Held], orders: Sequence[Ordered], *, may_choose: bool, is_staff: bool
    ) -> WaitingPart:
        choose = url_for("results.edit_wishes", person_id=person_id) if may_choose else ""
        ask = "" if is_staff else url_for("messaging.new_question", person_id=person_id)
        words = _(
            "The result appears here as soon as the laboratory reports it. The clinician who ordered it looks at it and"
            " tells you what it means within %(days)s days, within %(few)s if something needs to be done.",
            days=LOOKED_AT_WITHIN, few=ACTED_ON_WITHIN,
        )  # fmt: skip
        return cls([HeldCard.of(one) for one in held], [OrderLine.of(one) for one in orders], words, ask, choose)


@dataclass(frozen=True)
class EditWishesPage:
    """When the patient wants to hear of results."""

    person_id: UUID
    title: str
    form: Any
    save_href: str
    back_href: str
    room: str = "results"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, person_id: UUID, form: Any) -> EditWishesPage:
        return cls(
            person_id,
            _("When you hear of results"),
            form,
            url_for("results.save_wishes", person_id=person_id),
            url_for("results.list_reports", person_id=person_id),
        )


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold, to clinicians."""

    id: UUID
    title: str
    who: str
    text: str
    ground: str
    reason: str
    until: str
    href: str
    release_href: str
    release_text: str
    review_href: str
    is_harm: bool
    is_due: bool

    @classmethod
    def of(cls, one: Held, *, may_hold: bool, due_at: Any) -> HoldLine:
        is_harm = one.kind == HARM
        text = (
            _("Held by %(name)s since %(when)s.", name=one.by, when=_at(one.made_at))
            if is_harm
            else _("The patient asked to hear of it from a clinician first.")
        )
        if one.audience == OTHERS:
            text += " " + _("The patient sees it; those who act for them do not.")
        place: dict[str, Any] = {"person_id": one.patient_id}
        href = (
            url_for("results.show_report", **place, report_id=one.report_id)
            if one.report_id
            else url_for("results.show_result", **place, result_id=one.result_id)
        )
        review = url_for("results.new_hold", **place, report_id=one.report_id) if is_harm and may_hold else ""
        may_release = may_hold or one.kind == ASKED
        return cls(
            id=one.id,
            title=plain_name(one.code, one.name, reader_language()),
            who=one.patient,
            text=text,
            ground=ground_words(one.ground) if one.ground else "",
            reason=one.reason,
            until=_at(one.until),
            href=href,
            release_href=url_for("results.release_hold", **place, hold_id=one.id) if may_release else "",
            release_text=_("Show it now") if is_harm else _("I talked with the patient, show it now"),
            review_href=review,
            is_harm=is_harm,
            is_due=one.until <= due_at,
        )


@dataclass(frozen=True)
class ListHoldsPage:
    """What is held of the patients a clinician treats: to review first, then what patients wait to hear of."""

    title: str
    harm: list[HoldLine]
    asked: list[HoldLine]
    back_href: str
    room: str = "reviews"

    @classmethod
    def of(cls, found: Sequence[Held], *, may_hold: bool, due_at: Any) -> ListHoldsPage:
        lines = [HoldLine.of(one, may_hold=may_hold, due_at=due_at) for one in found]
        return cls(
            _("Results that are held back"),
            [line for line in lines if line.is_harm],
            [line for line in lines if not line.is_harm],
            url_for("results.list_reviews") if may_hold else "",
        )


@dataclass(frozen=True)
class NewHoldPage:
    """Holding one result of one patient back, or looking at that again."""

    person_id: UUID
    title: str
    what: str
    form: Any
    save_href: str
    back_href: str
    was_opened: bool
    before: HoldLine | None
    room: str = "reviews"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, report: Report, form: Any, before: HoldLine | None, *, was_opened: bool) -> NewHoldPage:
        here: dict[str, Any] = {"person_id": report.patient_id, "report_id": report.id}
        name = plain_name(report.code, report.name, reader_language())
        return cls(
            person_id=report.patient_id,
            title=_("Hold this result back again") if before else _("Hold this result back"),
            what=_("%(name)s, %(day)s", name=name, day=filters.day(report.effective_at)),
            form=form,
            save_href=url_for("results.create_hold", **here),
            back_href=url_for("results.show_report", **here),
            was_opened=was_opened,
            before=before,
        )
