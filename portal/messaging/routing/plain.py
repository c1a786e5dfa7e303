"""Recorded names in the words people use: what a chart calls by method, unit and strength, said in one or two words.

The forms cut off are those of LOINC long names (component, property in brackets, system, method) and of RxNorm
drug names (duration, ingredient, strength, form, brand in brackets).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from portal.messaging.routing.lexicon import table

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_REMARK = re.compile(r"\s*(?:\([^)]*\)|\[[^\]]*\])")
_SYSTEM = re.compile(
    r"\s+(?:(?:-|in|of|from|by|on)\s+)(?:(?:arterial|venous|capillary|whole|platelet poor|automated|test|manual)\s+)?"
    r"(?:serum|plasma|blood|urine|stool|body|count|strip|calculation|method|auto).*$",
    re.IGNORECASE,
)
_URINE = re.compile(r" (?:in|of|-) urine\b", re.IGNORECASE)
_METHOD = re.compile(r"\s+(?:by|auto)\b.*$", re.IGNORECASE)
_RATIO = re.compile(r"/\S.*$")
_YEAR = re.compile(r"\s+(?:19|20)\d\d\b")
_BLANKS = re.compile(r"\s+")
_STRENGTH = re.compile(
    r"\b\d[\d.,/]*\s*(?:mg|mcg|ug|g|ml|iu|unt|units?|meq|mmol|%|hr|actuat|day|nda\d+)(?:/(?:[\d.]+\s*)?(?:mg|ml|actuat|hr|\w+))?\b"
    r"|\bnda\d+\b|\b\d+(?:\.\d+)?(?:/\d[\d.]*)*\b(?!-)(?!\w)",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\b(?:extended|delayed|immediate|sustained|release|er|xr|xl|oral|tablets?|capsules?|chewable|injectable|injection|solution"
    r"|suspension|metered|dose|inhaler|nasal|spray|topical|cream|ointment|gel|patch|drops|pack|auto-injector|pen|prefilled"
    r"|syringe|implant|vaginal|ring|drug|transdermal|ophthalmic|otic|powder|hydrochloride|hcl|maleate|succinate|tartrate|besylate"
    r"|per|day)\b",
    re.IGNORECASE,
)
_VITAMIN = re.compile(r"\bvitamin\s+[a-k]\s?\d{0,2}\b", re.IGNORECASE)
_VISIT = re.compile(r"^encounter (?:for|with) ", re.IGNORECASE)


def clean(name: str) -> str:
    """A recorded name without invisible characters and doubled blanks."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))).strip()


@lru_cache(maxsize=8192)
def component(name: str) -> str:
    """What a test measures: `Potassium [Moles/volume] in Serum or Plasma` is `Potassium`. Never empty for a name."""
    name = clean(name)
    bare = _SYSTEM.sub("", _REMARK.sub("", name))
    bare = _YEAR.sub("", _METHOD.sub("", _RATIO.sub("", bare))).replace(".", " ")
    return _BLANKS.sub(" ", bare).strip(" -,") or name


@cache
def _said() -> dict[str, tuple[str, str]]:
    return {row["name"]: (row["en"], row["es"]) for row in table("plain_names.csv")}


def result_name(name: str, lang: int = 0) -> str:
    """A test in plain words, with its article: `the potassium test`, `la prueba de potasio` (`lang` 1)."""
    bare = component(name)
    if _URINE.search(name):
        said = _lower(bare)
        return f"la prueba de orina ({said})" if lang else f"the urine test ({said})"
    known = _said().get(bare.lower())
    said = known[lang] if known else _lower(bare)
    if lang:
        return f"la prueba de {said}"
    return f"the {said}" if _TESTS & set(said.lower().split()) else f"the {said} test"


_TESTS = frozenset(
    "test panel scan mri ct x-ray xray screen study culture biopsy echo echocardiogram ultrasound mammogram count "
    "level imaging report ekg ecg colonoscopy smear".split()
)


def _lower(name: str) -> str:
    """Ordinary words in small letters; acronyms and mixed spellings (MRI, pH) as they are."""
    return " ".join(w.lower() if w[:1].isupper() and w[1:].islower() else w for w in name.split())


@lru_cache(maxsize=4096)
def medicine_name(name: str) -> str:
    """A medicine without duration, strength and form: `metformin`. Never empty for a name."""
    name = clean(name)
    first = _REMARK.sub("", name).split(" / ")[0]
    vitamin = _VITAMIN.search(first)
    if vitamin:
        return _lower(vitamin.group(0)).replace("vitamin d 3", "vitamin D3")
    bare = _BLANKS.sub(" ", _FORM.sub(" ", _STRENGTH.sub(" ", first))).strip(" -,/")
    words = bare.split(",")[0].split()
    if not words:
        return name
    if len(words) == 2 and words[1].lower() in {"potassium", "sodium", "calcium", "propionate", "acetate"}:
        words = words[:1]
    return _lower(" ".join(words))


def visit_name(name: str) -> str:
    """A visit without the words of the code system: `Encounter for check up (procedure)` is `check up`."""
    bare = _VISIT.sub("", _REMARK.sub("", clean(name))).strip(" '\"")
    return _lower(bare) or name
