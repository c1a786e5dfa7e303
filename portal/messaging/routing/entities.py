"""The records a message is about. What a question explicitly starts from wins over what its words suggest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from portal.messaging.routing.context import Appointment, Context, Medication, Referral, Result
from portal.messaging.routing.medicines import find_medicines, names_unlisted
from portal.messaging.routing.records import find_recent, find_referral, find_results, find_visit, mentions
from portal.messaging.routing.text import Text, flatten
from portal.messaging.routing.types import About, Matches

Record = Medication | Result | Appointment | Referral


def resolve(context: Context, text: Text, about: About | None = None, past: bool = False) -> Matches:
    """Match a message against the records of its patient."""
    days = mentions(text.flat, context.today)
    medicines = tuple(medicine for _, medicine in find_medicines(text, context.medications))
    visit, tied = find_visit(context, text, days, past)
    referral, referral_is_named = find_referral(text, context.referrals)
    results, result_is_named = find_results(text, context.results, days)
    matches = Matches(
        medications=medicines,
        results=results,
        result_is_named=result_is_named,
        visit=visit,
        recent=find_recent(context, text, days),
        referral=referral,
        referral_is_named=referral_is_named,
        visit_is_tied=tied,
        unknown_medicine=not medicines and bool(names_unlisted(text)),
    )
    return _starting_from(context, matches, about) if about else matches


def _named(record: Record) -> tuple[str | None, str]:
    name = (
        record.to if isinstance(record, Referral) else record.type if isinstance(record, Appointment) else record.name
    )
    return record.id, flatten(name)


def _pick(records: Iterable[Record], key: str) -> Record | None:
    """By id; failing that by name."""
    flat, pool = flatten(key), list(records)
    return next((r for r in pool if r.id == key), None) or next((r for r in pool if _named(r)[1] == flat), None)


def _starting_from(context: Context, matches: Matches, about: About) -> Matches:
    if about.kind == "medication":
        medicine = _pick(context.medications, about.key)
        if isinstance(medicine, Medication):
            others = tuple(m for m in matches.medications if m != medicine)
            return replace(matches, medications=(medicine, *others), unknown_medicine=False)
    elif about.kind in {"result", "report"}:
        result = _pick(context.results, about.key)
        if isinstance(result, Result):
            return replace(matches, results=(result, *(r for r in matches.results if r != result)))
    elif about.kind in {"appointment", "visit"}:
        visit = _pick(context.appointments, about.key)
        if isinstance(visit, Appointment):
            return replace(matches, visit=visit, visit_is_tied=True)
    elif about.kind == "referral":
        referral = _pick(context.referrals, about.key)
        if isinstance(referral, Referral):
            return replace(matches, referral=referral, referral_is_named=True)
    return matches
