"""Which result, visit or referral a message means: by its name, what people call it, its kind and its date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache, lru_cache

from portal.messaging.routing.context import Appointment, Context, Referral, Result
from portal.messaging.routing.lexicon import groups
from portal.messaging.routing.names import places
from portal.messaging.routing.plain import component
from portal.messaging.routing.text import Text, flatten
from portal.messaging.routing.when import Mention, mentions

_DULL = frozenset(
    "panel test level levels count total blood serum of the and with for screen scan visit follow up followup new appointment exam "  # noqa: E501
    "result study function clinic care check session consultation consult review medical evaluation left right bilateral high "  # noqa: E501
    "low de la el en y complete general mean volume width distribution total automated group encounter "
    "problem symptom procedure color appearance clarity odor specific".split()
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


FOLLOW_UP = timedelta(days=30)  # a symptom belongs to a visit or procedure for this long
SURGICAL = re.compile(
    r"surg|operat|repair|replacement|ectomy|procedure|cesarean|c-section|bypass|biops|implant|discharge|cirug"
)
_AFTER_SURGERY = re.compile(
    r" (?:surgery|surgeon|operation|operated|procedure|stitches|staples|incisions?|wound|scar|dressing|bandage|steri strips"  # noqa: E501
    r"|drain|sling|hospital|discharged?|came home|back home|got home|recovery|recovering|post ?op|cirugia|operacion"
    r"|operaron|operado|operada|puntos|grapas|herida|cicatriz|vendaje|sonda|drenaje|alta|cirujan[oa])(?= )"
)
_AFTER_VISIT = re.compile(
    r" (?:(?:since|after|at|from|in) (?:my|the|our|her|his|last|that) (?:last )?(?:visit|appointment|appt|checkup|check up|exam)"  # noqa: E501
    r"|(?:last|previous|that) (?:visit|appointment|appt)|(?:since|when) (?:i|we|you|he|she) saw|saw (?:me|you|us|him|her)"  # noqa: E501
    r"|as you (?:asked|told|said)|you (?:told|asked) me to|(?:desde|despues de|en) (?:la|mi|su) (?:ultima )?(?:cita|consulta|visita|control)"  # noqa: E501
    r"|la ultima (?:cita|consulta|visita|vez)|(?:me|la|lo) vio|como me (?:dijo|dijeron|pidio|pidieron))(?= )"
)
_EXISTING = re.compile(
    r" (?:(?:my|the|your|her|his|that|la|mi|su|esa) (?:\w+ )?(?:referral|referencia|derivacion|remision)"
    r"|(?:referral|referencia|derivacion) (?:you|dr|status|still|from|que))(?= )"
)
_AWAITED = re.compile(
    r" (?:(?:orders?|authorization|auth|approval|okay|fax|faxed|referral) (?:\w+ ){0,4}"
    r"(?:still|never|yet|pending|sent|come|came|through)"
    r"|(?:still|never|not|havent|hasnt|didnt|nobody) (?:\w+ ){0,4}"
    r"(?:orders?|authorized|authorization|approved|approval|faxed|scheduled me)"
    r"|(?:orden|autorizacion|referencia|remision) (?:\w+ ){0,4}(?:sigue|atorad[ao]|pendiente|nueva|lleg\w+)"
    r"|(?:no|ya|sigue|todavia|aun) (?:\w+ ){0,5}(?:orden|autoriz\w+|aprob\w+|acept\w+|atorad[ao]))(?= )"
)
_OVER = frozenset({"completed", "closed", "cancelled", "declined", "denied"})
_DONE = frozenset({"final", "amended", "corrected", "appended", ""})
_CAME_OUT = re.compile(
    r" (?:(?:come|came|coming|turn|turned) (?:out|back)|(?:look|looked) at|read|show|showed|showing|say|said"
    r"|sali\w+|saldr\w+|dice|dijo|mostr\w+)(?= )"
)
_WAITING = re.compile(
    r" (?:back yet|not back|isnt back|waiting|pending|any news|no news|come in yet|in yet|ready|havent heard"
    r"|havent seen|when will|is the [a-z0-9 ]{2,30} back|esperando|ya salio|ya salieron|ya estan?|todavia no"
    r"|listos?|cuando salen?)(?= )"
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


def _closeness(text: Text, name: str) -> float:
    """How well the words of a message fit a test: its own words count most, the more so the fewer are left over."""
    own, common = _test_names(component(name))
    said = sum(1 for word in own if word in text.words or f"{word}s" in text.words)
    called = min(2, len({m.group(0) for m in common.finditer(text.flat)})) if common else 0
    return said + 0.5 * said / len(own) if said else 0.8 * called


@lru_cache(maxsize=4096)
def _test_names(name: str) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """The words of a test's plain name, and a pattern of what else people call it."""
    flat = flatten(name)
    own = tuple(w for w in flat.split() if len(w) > 2 and w not in _DULL and w[0].isalpha())
    common = [
        w for key, words in groups("result_names.txt").items() if f" {flatten(key).strip()}" in flat for w in words
    ]
    pattern = " (?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in common) + ")(?= )"
    return own, re.compile(pattern) if common else None


def find_results(text: Text, results: tuple[Result, ...], days: list[Mention]) -> tuple[tuple[Result, ...], bool]:
    """Results the message means, the best match first, and whether it names them (not merely a kind such as "labs").

    Of equals a finished one comes before one still awaited, unless the message waits for it; then the most recent.
    """
    meant = frozenset(d for mention in days for d in mention.days)
    waits = bool(_WAITING.search(text.flat))
    scores: dict[str, float] = {}
    scored = []
    for result in results:
        if result.name not in scores:
            scores[result.name] = _closeness(text, result.name)
        if scores[result.name]:
            score = scores[result.name] + (0.5 if result.date in meant else 0.0)
            scored.append((score, waits or result.status.lower() in _DONE, result.date or date.min, result))
    if not scored:
        return _by_kind(text, results, meant), False
    best = max(score for score, *_ in scored)
    scored.sort(key=lambda item: item[:3], reverse=True)
    return tuple(result for score, *_, result in scored if score >= best - 0.9), True


def _by_kind(text: Text, results: tuple[Result, ...], meant: frozenset[date]) -> tuple[Result, ...]:
    if _ELSEWHERE.search(text.flat):
        return ()
    kinds = {kind for kind, words in _KIND_WORDS.items() if text.words & set(words)}
    if _BLOOD.search(text.flat):
        kinds.add("lab")
    fits = [r for r in results if r.kind in kinds]
    if not fits and not kinds:
        asked = _RESULTS.search(text.flat) or _WAITING.search(text.flat) or _CAME_OUT.search(text.flat)
        dated = bool(asked) and any(r.date in meant for r in results)
        fits = list(results) if dated or _RESULTS.search(text.flat) else []
    of_that_day = [r for r in fits if r.date in meant]
    latest = max(of_that_day or fits, key=lambda r: r.date or date.min, default=None)
    return (latest,) if latest else ()


def find_visit(context: Context, text: Text, days: list[Mention], past: bool) -> tuple[Appointment | None, bool]:
    """The visit or procedure meant, and whether the message ties itself to it by date, kind or procedure."""
    best: tuple[float, int, Appointment] | None = None
    for visit in context.appointments:
        dated = sum(1.0 if len(mention.days) == 1 else 0.6 for mention in days if visit.date in mention.days)
        named = _score(text, visit.type, "visit_words.txt")
        member = context.member(visit.provider)
        provider = bool(member and places(text.flat, member))
        score = 2.0 * min(dated, 1.6) + min(named, 3.0) + (0.6 if provider else 0.0)
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


def is_recent(context: Context, visit: Appointment) -> bool:
    """Whether a visit is over and lies at most 30 days back."""
    return visit.status == "completed" and timedelta(0) <= context.today - visit.date <= FOLLOW_UP


def find_recent(context: Context, text: Text, days: list[Mention]) -> Appointment | None:
    """The visit or procedure of the last 30 days that a message ties itself to: by its date, its kind, who saw the
    patient, or what is left of it, such as stitches. Of equals the latest.
    """
    best: tuple[float, date, Appointment] | None = None
    for visit in context.appointments:
        if not is_recent(context, visit):
            continue
        member = context.member(visit.provider)
        left = _AFTER_SURGERY if SURGICAL.search(visit.type.lower()) else _AFTER_VISIT
        score = (
            2.0 * any(visit.date in mention.days for mention in days)
            + min(_score(text, visit.type, "visit_words.txt"), 3.0)
            + bool(member and places(text.flat, member))
            + bool(left.search(text.flat))
        )
        if score >= 1.0 and (best is None or (score, visit.date) > best[:2]):
            best = (score, visit.date, visit)
    return best[2] if best else None


def find_referral(text: Text, referrals: tuple[Referral, ...]) -> tuple[Referral | None, bool]:
    """The referral whose specialty the message names. Where it names none: the newest open one if it waits for an order
    or an approval, or the only one there is. And whether it was named.
    """
    scored = [(_score(text, r.to, "specialties.txt"), r.date or date.min, r) for r in referrals]
    matched = [item for item in scored if item[0] > 0]
    if matched:
        return max(matched, key=lambda item: item[:2])[2], True
    open_ = [r for r in referrals if r.status.lower() not in _OVER] or list(referrals)
    if open_ and (_EXISTING.search(text.flat) or (_AWAITED.search(text.flat) and not _names_specialty(text))):
        return max(open_, key=lambda r: r.date or date.min), False
    return (referrals[0] if len(referrals) == 1 and not _names_specialty(text) else None), False


@cache
def _specialties() -> re.Pattern[str]:
    words = sorted({w for words in groups("specialties.txt").values() for w in words}, key=len, reverse=True)
    return re.compile(" (?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in words) + ")(?= )")


def _names_specialty(text: Text) -> bool:
    """Whether a message names any specialty or service at all."""
    return bool(_specialties().search(text.flat))


__all__ = ["find_recent", "find_referral", "find_results", "find_visit", "is_recent", "mentions"]
