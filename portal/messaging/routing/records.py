"""Which result, visit or referral a message means: by its name, what people call it, its kind and its date."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from portal.messaging.routing.context import Appointment, Context, Referral, Result
from portal.messaging.routing.lexicon import groups
from portal.messaging.routing.names import places
from portal.messaging.routing.text import Text, flatten
from portal.messaging.routing.when import Mention, mentions

_DULL = frozenset(
    "panel test level levels count total blood serum of the and with for screen scan visit follow up followup new appointment exam "  # noqa: E501
    "result study function clinic care check session consultation consult review medical evaluation left right bilateral high "  # noqa: E501
    "low de la el en y complete general".split()
)
_KIND_WORDS = {
    "lab": "labs lab bloodwork laboratorio laboratorios analisis sangre levels numbers".split(),
    "imaging": "scan imaging picture imagen imagenes estudio".split(),
    "pathology": "biopsy pathology biopsia patologia".split(),
    "genetic": "genetic genetics genetico genetica dna".split(),
}
_BLOOD = re.compile(r" blood (?:work|test|tests|draw|results)(?= )")
_RESULTS = re.compile(r" (?:results?|tests?|resultados?|examen|examenes|prueba|pruebas)(?= )")
_ELSEWHERE = re.compile(
    r" (?:outside|another|other|old|previous|previo|otro|otra|fuera) (?:lab|clinic|hospital|doctor|provider|laboratorio|clinica|doctora?)(?= )"  # noqa: E501
    r"| (?:home test|at home test|23andme|quest app|urgent care|the va|in mexico|en mexico)(?= )"
)


@lru_cache(maxsize=4096)
def _aliases(name: str, listing: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of what people may call a thing recorded under `name`: one for its own words, one for common names."""
    flat = flatten(name)
    own = [w for w in flat.split() if len(w) > 2 and w not in _DULL and w[0].isalpha()]
    common = [word for key, words in groups(listing).items() if f" {flatten(key).strip()}" in flat for word in words]
    both = ([" (?:" + "|".join(map(re.escape, own)) + ")s?(?= )"] if own else []) + (
        [" (?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in common) + ")(?= )"] if common else []
    )
    return tuple(re.compile(pattern) for pattern in both)


def _score(text: Text, name: str, listing: str) -> float:
    patterns = _aliases(name, listing)
    if not patterns:
        return 0.0
    found = {m.group(0) for pattern in patterns for m in pattern.finditer(text.flat)}
    return float(len(found))


def find_results(text: Text, results: tuple[Result, ...], days: list[Mention]) -> tuple[Result, ...]:
    """Results the message means, the best match first; of equals the most recent."""
    meant = frozenset(d for mention in days for d in mention.days)
    scored = []
    for result in results:
        score = _score(text, result.name, "result_names.txt")
        if score:
            dated = 0.5 if result.date in meant else 0.0
            scored.append((score + dated, result.date or date.min, result))
    if not scored:
        return _by_kind(text, results, meant)
    best = max(score for score, _, _ in scored)
    scored.sort(key=lambda item: (item[0], item[1]), reverse=True)
    return tuple(result for score, _, result in scored if score >= best - 0.9)


def _by_kind(text: Text, results: tuple[Result, ...], meant: frozenset[date]) -> tuple[Result, ...]:
    if _ELSEWHERE.search(text.flat):
        return ()
    kinds = {kind for kind, words in _KIND_WORDS.items() if text.words & set(words)}
    if _BLOOD.search(text.flat):
        kinds.add("lab")
    fits = [r for r in results if r.kind in kinds]
    if not fits and not kinds and _RESULTS.search(text.flat):
        fits = list(results)
    dated = [r for r in fits if r.date in meant]
    latest = max(dated or fits, key=lambda r: r.date or date.min, default=None)
    return (latest,) if latest else ()


def find_visit(context: Context, text: Text, days: list[Mention], past: bool) -> tuple[Appointment | None, bool]:
    """The visit or procedure meant, and whether the message ties itself to it by date, kind or procedure."""
    best: tuple[float, int, Appointment] | None = None
    for visit in context.appointments:
        dated = any(visit.date in mention.days for mention in days)
        named = _score(text, visit.type, "visit_words.txt")
        member = context.member(visit.provider)
        provider = bool(member and places(text.flat, member))
        score = 2.0 * dated + min(named, 3.0) + (0.6 if provider else 0.0)
        if score < 0.6:
            continue
        fits = (visit.status == "completed") == past
        distance = abs((visit.date - context.today).days)
        candidate = (score + (0.3 if fits else 0.0), -distance, visit)
        if best is None or candidate[:2] > best[:2]:
            best = candidate
    if best is None:
        return None, False
    return best[2], best[0] >= 1.0


def find_referral(text: Text, referrals: tuple[Referral, ...]) -> Referral | None:
    """The referral whose specialty the message names; the only one there is when it names none."""
    scored = [(_score(text, r.to, "specialties.txt"), r.date or date.min, r) for r in referrals]
    matched = [item for item in scored if item[0] > 0]
    if matched:
        return max(matched, key=lambda item: item[:2])[2]
    names_other = any(
        re.search(" (?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in words) + ")(?= )", text.flat)
        for words in groups("specialties.txt").values()
    )
    return referrals[0] if len(referrals) == 1 and not names_other else None


__all__ = ["find_referral", "find_results", "find_visit", "mentions"]
