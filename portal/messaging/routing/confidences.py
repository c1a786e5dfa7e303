"""What must stay between some people: sensitive content, requests to hide, worries about the liaison."""

from __future__ import annotations

import re

from portal.messaging.routing.assertion import Assertion
from portal.messaging.routing.context import Context
from portal.messaging.routing.lexicon import index, table
from portal.messaging.routing.medicines import names_unlisted
from portal.messaging.routing.names import words_for
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import SENSITIVE, Incoming, Matches

_REVEALING = {  # a medicine nobody listed reveals by its class alone
    "ssri": "mental_health", "snri": "mental_health", "tca": "mental_health", "maoi": "mental_health",
    "antipsychotic": "mental_health", "mood_stabilizer_lithium": "mental_health", "antidepressant_other": "mental_health",  # noqa: E501
    "opioid_partial_agonist": "substance_use", "alcohol_deterrent": "substance_use", "alcohol_craving": "substance_use",
    "hiv_integrase_inhibitor": "sexual_health", "hiv_nrti": "sexual_health", "hiv_protease_inhibitor": "sexual_health",
    "estrogen_contraceptive": "sexual_health", "pde5_inhibitor": "sexual_health",
}  # fmt: skip
_BEHAVIORAL = re.compile(r"psych|behavio|mental|counsel|lcsw|lmft")
_ADDICTION = re.compile(r"addict|substance|recovery|methadone|suboxone")
_ANYBODY = frozenset(
    "anyone anybody nobody family wife husband son daughter kids children everyone them her him she he mom mother dad father "  # noqa: E501
    "nadie familia esposa esposo hijo hija hijos marido mujer ella el mama papa".split()
)
_PRIVATE = re.compile(
    r" (?:between us|between you and me|just between|confidential\w*|in confidence|private\w*|secret|off the record|entre nosotros|entre usted y yo"  # noqa: E501
    r"|confidencial\w*|en privado|privad[oa]|en secreto|discre\w*)(?= )"
)
_STAFF_WORDS = frozenset("doctor dr nurse office you clinic doctora enfermera".split())


def _of_visit(context: Context, matches: Matches) -> str | None:
    visit = matches.visit
    if visit is None:
        return None
    if visit.sensitive:
        return visit.sensitive
    member = context.member(visit.provider)
    words = f"{visit.type} {member.role if member else ''} {member.pool or '' if member else ''}".lower()
    if _ADDICTION.search(words):
        return "substance_use"
    return "mental_health" if _BEHAVIORAL.search(words) else None


def _of_words(text: Text) -> set[str]:
    hits = index("sensitive").find(text)
    no_abuse = [h for h in hits if h.name == "abuse_not"]
    return {h.name for h in hits if h.name != "abuse_not" and not any(n.start <= h.start < n.end for n in no_abuse)}


def sensitive_category(context: Context, message: Incoming, text: Text, matches: Matches, topic: str) -> str | None:
    """The category of the words or of the records they are about; of several the gravest.

    A family update from the patient is judged by its own words only.
    """
    found = _of_words(text)
    if not (topic == "family_update" and message.sender_role == "patient"):
        found |= {m.sensitive for m in matches.medications if m.sensitive}
        found |= {r.sensitive for r in matches.results[:3] if r.sensitive}
        visit = _of_visit(context, matches)
        found |= {visit} if visit else set()
        if not matches.medications:
            named = names_unlisted(text)
            rows = table("medicines.csv") if named else ()
            found |= {
                _REVEALING[r["class_key"]] for r in rows if r["ingredient"] in named and r["class_key"] in _REVEALING
            }
    return next((category for category in SENSITIVE if category in found), next(iter(sorted(found)), None))


def wants_hidden(context: Context, message: Incoming, text: Text) -> bool:
    """Whether the sender asks that the liaison not see it. The liaison's own messages ask no such thing."""
    liaison = context.liaison
    if message.sender_role == "liaison":
        return False
    own = words_for(liaison) if liaison else frozenset()
    others = {w for r in context.family for w in words_of(r.name, r.relationship)} - own
    for hit in index("confidence").find(text):
        if hit.name != "hide":
            continue
        start, end = text.sentence(hit.start)
        said = text.flat[start:end].split()
        near = set(text.flat[max(start, hit.start - 40) : min(end, hit.end + 60)].split())
        if near & own:
            return True
        if near & others:
            continue  # another relative by name: that is a family matter, not the liaison's
        if _PRIVATE.search(text.flat[max(start, hit.start - 1) : hit.end + 1]) and "app" not in said:
            return True
        if near & _ANYBODY:
            return True
    return False


def words_of(name: str, relationship: str) -> set[str]:
    """First name and relationship words of a relative."""
    first = name.split()[:1]
    return {w.lower() for w in first} | {w.lower() for w in relationship.split()}


def worries_about_liaison(context: Context, message: Incoming, text: Text, assertion: Assertion) -> bool:
    """Whether somebody other than the liaison complains about the liaison."""
    liaison = context.active_liaison
    if liaison is None or message.sender_role == "liaison":
        return False
    own = words_for(liaison)
    for hit in index("confidence").find(text):
        if hit.name != "concern":
            continue
        start, end = text.sentence(hit.start)
        around = set(text.flat[max(start, hit.start - 45) : min(end, hit.end + 45)].split())
        if around & own:
            strong = any(
                h.name == "concern" and start <= h.start < end and h is not hit for h in index("confidence").find(text)
            )
            weak = text.flat[hit.start : hit.end].split()[0] in {
                "worried",
                "concern",
                "concerned",
                "afraid",
                "problem",
                "preocupa",
                "problema",
                "miedo",
            }
            if strong or not weak:
                return True
    return False
