"""Names in a message: a team member asked for or addressed, and words for the patient and the liaison."""

from __future__ import annotations

import re
from functools import lru_cache

from portal.messaging.routing.context import Context, Liaison, Member
from portal.messaging.routing.text import Text, flatten

_TITLES = frozenset(
    "dr dra doctor doctora np pa rn md do phd lcsw pmhnp cnm dnp msw pharmd mr mrs ms the nurse mid ii iii jr sr de la".split()  # noqa: E501
)
_ROLES = {
    "pcp": ("my primary", "my pcp", "primary care", "family doctor", "my regular doctor", "medico de cabecera", "mi doctor de cabecera"),  # noqa: E501
}  # fmt: skip
_BEFORE = (
    r"(?:for|attention|attn|attn to|to|para|pa|atencion|dirigid[oa] a|(?:pass|send|forward|get|give|route|direct|show|relay)(?: this| it| that| my message| my question)?"  # noqa: E501
    r"(?: along| on)? to|(?:question|message|note|one|pregunta|mensaje|esto|es|consulta|duda)s? (?:is )?(?:for|para|pa)(?: la| el)?"  # noqa: E501
    r"|ask|check with|run (?:this|it) by|pregunt\w+(?:le)?(?: a)?(?: la| el)?|pas\w+(?: esto| este mensaje)? a(?: la|l)?|signed by|firmad[oa] por|firma de|firmar(?:l[oa]s?)?|digale(?: a)?|dile(?: a)?|decirle(?: a)?|reviewed by"  # noqa: E501
    r"|opinion of|opinion del?|want|hear from|answer from|respuesta de|que (?:lo|la|me)? ?(?:conteste|responda|firme|vea)(?: la| el)?"  # noqa: E501
    r"|want to hear what|only|solo|solamente|speak (?:to|with)|talk (?:to|with)|hablar con|reach|know what|saber que (?:piensa|opina)(?: la| el)?)"  # noqa: E501
)
_NOT_REQUEST = re.compile(
    r" (?:appointment|visit|appt|refill|prescription|surgery|referral|bill|cita|consulta|thanks|thank you|gracias|regards|hi|hello|hola|dear)(?: \S+)? $"  # noqa: E501
)
_REQUEST_BEFORE = re.compile(rf" {_BEFORE}(?: (?:dr|dra|doctor|doctora|nurse|la|el|a|al|my|mi))* $")
_REQUEST_AFTER = re.compile(
    r" (?:please|pls|only|por favor|porfa|nomas|nada mas|solamente|unicamente|solo|,? please|s opinion|opinion|s eyes|s take|s thoughts|should answer|must sign|has to sign|to sign|to answer|to decide|would (?:feel|think|want|say|advise|recommend)|to look at this|que conteste|tiene que firmar|que firme)(?= )"  # noqa: E501
)
_FOR = re.compile(r" (?:consulta|pregunta|duda)s? (?:es )?(?:para|pa)(?: (?:dr|dra|doctor|doctora|la|el))* $")
_OPENING = re.compile(
    r"^ ?(?:(?:hi|hello|hey|dear|good morning|good afternoon|hola|estimad[oa]|buenos dias|buenas tardes|quick question for|fyi|for|to|attn|para|a|,) )*$"  # noqa: E501
)


@lru_cache(maxsize=4096)
def surnames(name: str) -> tuple[str, ...]:
    """The words of a name that may stand for the person, the last name first."""
    words = [w for w in flatten(name.split(",")[0]).split() if w.isalpha() and w not in _TITLES and len(w) > 1]
    return tuple(reversed(words))


def _titled(flat: str, at: int) -> bool:
    return bool(re.search(r" (?:dr|dra|doctor|doctora|nurse|enfermer[ao]) $", flat[: at + 1]))


_EVERYDAY = frozenset(  # first names that are words of everyday, too: a bill is no Bill
    "bill mark will grace hope may june april august joy faith rose dawn art ray rich chance page frank grant case"
    " miles guy pat sue gene dean max skip chase hunter summer autumn luz paz sol alma cruz angel".split()
)


def places(flat: str, member: Member) -> list[tuple[int, int]]:
    """Where a team member is named: by last name, by full name, or by a first name nobody else could mean."""
    found = []
    for i, word in enumerate(surnames(member.name)):
        if i and word in _EVERYDAY:
            continue
        for m in re.finditer(rf" {re.escape(word)}s?(?= )", flat):
            if i == 0 or not _titled(flat, m.start()):
                found.append((m.start(), m.end()))  # noqa: PERF401
    return found


def addressee(context: Context, text: Text) -> str | None:
    """The team member a sender explicitly asks for. A greeting or a mention asks for nobody."""
    flat = text.flat
    for member in context.care_team:
        for start, end in places(flat, member):
            first = flat[max(0, start - 70) : start + 1]
            full = re.sub(rf" (?:{'|'.join(map(re.escape, surnames(member.name)))}) $", " ", first)
            after = flat[end : end + 40]
            possessive = flat[start:end].endswith("s") and not member.name.lower().split(",")[0].endswith("s")
            if possessive and not _REQUEST_AFTER.match(after) and " nurse " in after:
                continue
            if _FOR.search(full):
                return member.key
            if _NOT_REQUEST.search(
                re.sub(r" (?:with|for|from|to|con|de|para)(?: (?:dr|dra|doctor|doctora|la|el))* $", " ", full)
            ):
                continue
            if (_REQUEST_AFTER.match(after) and "thank" not in full[-25:]) or _REQUEST_BEFORE.search(full):
                return member.key
    return None


def opening(context: Context, text: Text) -> str | None:
    """The team member whom a message between colleagues addresses with its first words."""
    flat = text.flat[text.body_at :]
    best: tuple[int, str] | None = None
    for member in context.care_team:
        for start, _ in places(flat, member):
            lead = re.sub(r" (?:dr|dra|doctor|doctora|nurse)(?= )", "", flat[: start + 1])
            lead = re.sub(rf" (?:{'|'.join(map(re.escape, surnames(member.name)))})(?= )", "", lead)
            if _OPENING.match(lead) and (best is None or start < best[0]):
                best = (start, member.key)
    return best[1] if best else None


_INVERSE = {
    "child": "mom mother dad father mama papa moms dads mothers fathers mum madre padre",
    "spouse": "husband wife spouse partner husbands wifes esposo esposa marido mujer pareja",
    "sibling": "brother sister brothers sisters hermano hermana sis bro",
    "parent": "son daughter child kid boy girl baby hijo hija nino nina bebe",
    "grandchild": "grandma grandpa grandmother grandfather nana granny abuela abuelo abuelita abuelito",
    "nibling": "aunt uncle auntie tia tio",
    "in_law": "in law suegra suegro",
    "friend": "friend amigo amiga neighbor vecino vecina",
    "cousin": "cousin primo prima",
}
_CLASS = {
    "son": "child", "daughter": "child", "hijo": "child", "hija": "child", "husband": "spouse", "wife": "spouse",
    "partner": "spouse", "spouse": "spouse", "esposo": "spouse", "esposa": "spouse", "brother": "sibling",
    "sister": "sibling", "hermano": "sibling", "hermana": "sibling", "mother": "parent", "father": "parent", "parent": "parent",  # noqa: E501
    "madre": "parent", "padre": "parent", "grandson": "grandchild", "granddaughter": "grandchild", "nieto": "grandchild",  # noqa: E501
    "nieta": "grandchild", "nephew": "nibling", "niece": "nibling", "sobrino": "nibling", "sobrina": "nibling",
    "friend": "friend", "neighbor": "friend", "cousin": "cousin",
}  # fmt: skip


def kin(relationship: str) -> frozenset[str]:
    """The words with which a relative of this kind speaks of the patient."""
    words = flatten(relationship).split()
    kinds = [_CLASS[w] for w in words if w in _CLASS] + (["in_law"] if "law" in words else [])
    return frozenset(word for kind in kinds for word in _INVERSE[kind].split())


_SPANISH = {
    "son": "hijo", "daughter": "hija", "wife": "esposa mujer", "husband": "esposo marido", "sister": "hermana",
    "brother": "hermano", "mother": "mama madre mom", "father": "papa padre dad", "niece": "sobrina", "nephew": "sobrino",  # noqa: E501
    "granddaughter": "nieta", "grandson": "nieto", "friend": "amiga amigo", "partner": "pareja", "cousin": "prima primo",  # noqa: E501
    "aunt": "tia", "uncle": "tio", "grandmother": "abuela", "grandfather": "abuelo",
}  # fmt: skip

KIN = frozenset(word for key, words in _SPANISH.items() for word in (key, *words.split())) | {
    "suegra",
    "suegro",
    "hermanos",
}


@lru_cache(maxsize=1024)
def words_for(liaison: Liaison) -> frozenset[str]:
    """The words with which others speak of the liaison or the backup."""
    words = {"liaison", "caregiver", "proxy", "enlace", "cuidador", "cuidadora"}
    for name in (liaison.name, liaison.backup_name or ""):
        words |= set(surnames(name)[1:] or surnames(name))
    for word in flatten(liaison.relationship).split():
        words |= {word, *_SPANISH.get(word, "").split()}
    return frozenset(words | {f"{word}s" for word in words})


_GREETING = re.compile(
    r"^ ?(?:(?:hi|hello|hey|dear|good|morning|afternoon|evening|hola|oye|mira|querid[oa]|buenos|buenas|dias|tardes|noches|mi|,) )*"  # noqa: E501
)
_SPOKEN_TO = re.compile(
    r" (?:,|please|pls|plz|can you|could you|will you|remember|dont forget|tell|por favor|porfa|acuerdate|recuerda|no te olvides"  # noqa: E501
    r"|puedes|podrias|dile|trae|traeme|compra|avisa|avisale)(?= )"
)
_SOUNDS = (("ph", "f"), ("ks", "x"), ("ck", "k"), ("y", "i"), ("z", "s"), ("h", ""))


@lru_cache(maxsize=1024)
def _sound(name: str) -> str:
    """A name as it is spoken: letters of one sound as one, doubled ones once."""
    for written, spoken in _SOUNDS:
        name = name.replace(written, spoken)
    return re.sub(r"(.)\1", r"\1", name)


def speaks_to_liaison(context: Context, text: Text) -> bool:
    """Whether a message opens by speaking to the liaison or the backup by first name ("Rosa, please buy cat food")."""
    liaison = context.active_liaison
    if liaison is None:
        return False
    body = f" {_GREETING.sub('', text.flat[text.body_at :])}"
    word = body.split(None, 1)[0] if body.strip() else ""
    if len(word) < 3 or not _SPOKEN_TO.match(body[1 + len(word) :]):
        return False
    names = {flatten(name).split()[0] for name in (liaison.name, liaison.backup_name or "") if flatten(name).split()}
    team = {w for member in context.care_team for w in surnames(member.name)}
    return word not in team and _sound(word) in {_sound(name) for name in names}
