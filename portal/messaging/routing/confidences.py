"""What must stay between some people: sensitive content, requests to hide, worries about the liaison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from portal.messaging.routing.assertion import Assertion
from portal.messaging.routing.context import Appointment, Context
from portal.messaging.routing.lexicon import index, table
from portal.messaging.routing.medicines import names_unlisted
from portal.messaging.routing.names import KIN, words_for
from portal.messaging.routing.phrases import Hit
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
    "anyone anybody nobody family parents folks padres kids children everyone them her him she he anyones "
    "nadie familia hijos ella el".split()
)
_PRIVATE = re.compile(
    r" (?:between us|between you and me|just between|confidential\w*|in confidence|private\w*|secret|off the record|entre nosotros|entre usted y yo"  # noqa: E501
    r"|confidencial\w*|en privado|privad[oa]|en secreto|discre\w*)(?= )"
)
_RECENT = 60  # days for which people ask after a result without saying which
_STAFF_WORDS = frozenset("doctor dr nurse office you clinic doctora enfermera".split())


def _of_visit(context: Context, visit: Appointment | None) -> str | None:
    if visit is None:
        return None
    if visit.sensitive:
        return visit.sensitive
    member = context.member(visit.provider)
    words = f"{visit.type} {member.role if member else ''} {member.pool or '' if member else ''}".lower()
    if _ADDICTION.search(words):
        return "substance_use"
    return "mental_health" if _BEHAVIORAL.search(words) else None


def words_said(text: Text) -> list[Hit]:
    """The sensitive words of a text by category; what `…_not` lists as harmless ("genetic counselor") is left out."""
    hits = index("sensitive").find(text)
    harmless = [h for h in hits if h.name.endswith("_not")]
    return [
        h
        for h in hits
        if not h.name.endswith("_not")
        and not any(n.name == f"{h.name}_not" and n.start <= h.start < n.end for n in harmless)
    ]


def sensitive_category(context: Context, message: Incoming, text: Text, matches: Matches, topic: str) -> str | None:
    """The category of the words or of the records they are about; of several the gravest."""
    found = {hit.name for hit in words_said(text)} | of_records(context, message, text, matches, topic)
    return next((category for category in SENSITIVE if category in found), next(iter(sorted(found)), None))


def of_records(context: Context, message: Incoming, text: Text, matches: Matches, topic: str) -> set[str]:
    """The categories of the records a message is about. A family update from the patient has none but its own words."""
    if topic == "family_update" and message.sender_role == "patient":
        return set()
    found = {m.sensitive for m in matches.medications} | {r.sensitive for r in matches.results[:3]}
    found.add(_of_visit(context, matches.visit))
    if topic == "follow_up_symptom":
        found.add(_of_visit(context, matches.recent))
    if not matches.medications:
        found |= revealed_by(names_unlisted(text))
    found |= _of_the_unnamed(context, matches, topic)
    return {category for category in found if category}


def _of_the_unnamed(context: Context, matches: Matches, topic: str) -> set[str | None]:
    """What the records of a topic reveal when a message is about one of them and nobody can tell which: the worst."""
    if topic == "test_result" and not matches.results:
        return {r.sensitive for r in context.results if not r.date or abs((context.today - r.date).days) <= _RECENT}
    if topic == "medication_refill" and not matches.medications and not matches.unknown_medicine:
        return {m.sensitive for m in context.medications if m.status.lower() in {"active", ""}}
    if topic in {"appointment_scheduling", "appointment_question"} and matches.visit is None:
        coming = [a for a in context.appointments if a.status == "upcoming" and a.date >= context.today]
        return {_of_visit(context, min(coming, key=lambda a: a.date, default=None))}
    return set()


def revealed_by(ingredients: Set[str]) -> frozenset[str]:
    """The categories that medicines with these ingredients reveal by their kind."""
    rows = table("medicines.csv") if ingredients else ()
    return frozenset(
        _REVEALING[r["class_key"]] for r in rows if r["ingredient"] in ingredients and r["class_key"] in _REVEALING
    )


def said_of(context: Context, message: Incoming, text: Text, assertion: Assertion) -> frozenset[str]:
    """Which private matters the rules see in the words alone, by name of PRIVATE; `hide_word` and `concern_word` tell
    that a word for it stands somewhere.
    """
    found = {hit.name for hit in words_said(text)}
    found |= {f"{hit.name}_word" for hit in index("confidence").find(text)}
    if wants_hidden(context, message, text):
        found.add("hide")
    if worries_about_liaison(context, message, text, assertion):
        found.add("concern")
    return frozenset(found)


def wants_hidden(context: Context, message: Incoming, text: Text) -> bool:
    """Whether the sender asks that the liaison not see it. The liaison's own messages ask no such thing."""
    return message.sender_role != "liaison" and bool({"own", "any"} & set(_kept_from(context, text)))


def kept_from_others_only(context: Context, text: Text) -> bool:
    """Whether something is to be kept from relatives, and from none but others than the liaison."""
    aims = set(_kept_from(context, text))
    return "other" in aims and not {"own", "any"} & aims


def _kept_from(context: Context, text: Text) -> Iterator[str]:
    """Of each request to hide whom it means: the liaison (`own`), another relative, anyone, or nobody known."""
    liaison = context.liaison
    own = words_for(liaison) if liaison else frozenset()
    others = {w for r in context.family for w in words_of(r.name, r.relationship)} - own
    for hit in index("confidence").find(text):
        if hit.name != "hide":
            continue
        start, end = text.sentence(hit.start)
        said = text.flat[start:end].split()
        near = set(text.flat[max(start, hit.start - 40) : min(end, hit.end + 60)].split())
        secretive = _PRIVATE.search(text.flat[max(start, hit.start - 1) : hit.end + 1]) and "app" not in said
        if near & own:
            yield "own"
        elif near & others or (own & KIN and near & KIN):
            yield "other"  # another relative, by name or kind: that is a family matter, not the liaison's
        else:
            yield "any" if secretive or near & _ANYBODY else "nobody"


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
