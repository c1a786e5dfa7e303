"""What a name of a medicine means: its ingredients, strength, route and class, from tables. Source: `data/README.md`.

Pure. The tables are read once a process, when the first name is looked up.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
CATEGORIES = ("SDV", "HIV", "ETH", "PSY", "STD", "SEX", "GDIS")  # the strictest first: one item carries one
LOCAL_ROUTES = frozenset({"topical", "ophthalmic", "otic", "nasal", "inhalation", "vaginal", "rectal"})

_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(mg/ml|mcg/ml|mg|mcg|µg|ug|grams?|g|units?|iu|meq|ml|%)(?![a-z/])")
_WORD = re.compile(r"[a-z0-9][a-z0-9.'’]*(?:-[a-z0-9]+)*|%")
_TO_MG = {"mg": 1.0, "mcg": 0.001, "µg": 0.001, "ug": 0.001, "g": 1000.0, "gram": 1000.0, "grams": 1000.0}
_ROUTES = (
    ("ophthalmic", ("ophthalmic", "eye")),
    ("otic", ("otic", "ear")),
    ("nasal", ("nasal", "nose", "intranasal")),
    ("inhalation", ("inhaler", "inhalation", "inhalant", "actuation", "inhaled", "puffs", "puff", "nebulizer", "hfa")),
    ("vaginal", ("vaginal", "vaginally")),
    ("rectal", ("rectal", "suppository", "enema", "rectally")),
    ("transdermal", ("transdermal", "patch")),
    ("sublingual", ("sublingual", "sublingually")),
    ("injection", ("injection", "injectable", "injector", "auto-injector", "syringe", "pen", "intravenous",
                   "subcutaneous", "intramuscular", "inject")),
    ("topical", ("topical", "cream", "ointment", "gel", "lotion", "shampoo", "skin")),
)  # fmt: skip
# Words beside a name that say nothing about which medicine it is: forms, salts, how and when it is taken.
_BESIDE = frozenset(
    """
    a and at by day daily each every for hour hours hr in its morning night noon of once one or per take taken the
    three times to twice two used use week weekly when with x bedtime evening needed mouth tab tabs tablet tablets
    cap caps capsule capsules pill pills caplet caplets softgel softgels chewable chew gummy gummies drop drops liquid
    solution suspension syrup elixir powder oral film coated disintegrating dissolving delayed extended immediate
    sustained controlled modified release er xr sr xl cr ir dr la odt ec enteric lozenge spray swallow pack kit dose
    doses metered strength extra regular maximum max low high baby adult children's childrens infant's junior generic
    brand over-the-counter otc rx prefilled auto-injector abuse-deterrent topical ophthalmic otic nasal inhaler inhalant
    inhalation vaginal rectal transdermal patch sublingual injection injectable injector syringe pen eye ear nose skin
    cream ointment gel lotion foam shampoo suppository enema actuation hfa puff puffs
    hydrochloride hcl sodium potassium calcium magnesium sulfate sulphate maleate tartrate succinate besylate besilate
    mesylate fumarate citrate phosphate acetate bromide hydrobromide hyclate monohydrate dihydrate trihydrate anhydrous
    nitrate mononitrate dinitrate malate lactate gluconate carbonate chloride oxide disoproxil medoxomil cilexetil
    axetil propionate furoate valerate dipropionate sesquihydrate tromethamine bitartrate pamoate estolate stearate
    olamine alafenamide hemihydrate arginine meglumine mg mcg g gram grams ml unit units iu meq % percent ds
    mucosal actuat xt over the counter supplement
    """.split()
)  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class Common:
    """A common medicine: `kind` is rx, otc, both or supp."""

    ingredient: str
    kind: str
    class_key: str
    purpose: str
    brands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Medicine:
    """What a text names. `strengths` are milligrams in one unit (tablet, capsule) by ingredient, where they are said.

    `is_known` is False where nothing, or not every word that matters, was recognised: such a medicine needs a person,
    and whatever the checks find about it is not all.
    """

    text: str
    ingredients: tuple[str, ...] = ()
    strengths: dict[str, float] = field(default_factory=dict)
    route: str = "oral"
    is_known: bool = False


class Tables:
    """The names, ready to be looked up."""

    def __init__(self) -> None:
        self.common: dict[str, Common] = {}
        for row in _rows("medications_common.csv"):
            brands = tuple(one for one in row["brands"].split("|") if one)
            one = Common(row["ingredient"], row["kind"], row["class_key"], row["plain_purpose"], brands)
            self.common[one.ingredient.lower()] = one
        self.names: dict[str, tuple[str, ...]] = {}
        for row in _rows("rxnorm_ingredients.csv"):
            name = row["name"].lower()
            if row["tty"] == "MIN":
                self.names[name] = tuple(sorted(self._base(part) for part in name.split(" / ")))
            else:
                self.names.setdefault(name, (name,) if row["tty"] == "IN" else ("",))
        for name, meant in list(self.names.items()):
            if meant == ("",):  # a precise ingredient: the medicine with its salt
                self.names[name] = (self._base(name),)
        for name in self.common:
            self.names[name] = (name,)
        for one in self.common.values():  # "vitamin D3" is said of cholecalciferol as what it is for
            if one.purpose.lower().startswith("vitamin ") and len(one.purpose.split()) == 2:
                self.names[one.purpose.lower()] = (one.ingredient.lower(),)
        self.brands: dict[str, tuple[str, ...]] = {}
        self.brand_names: dict[str, str] = {}
        for row in _rows("drug_brands.csv"):
            parts = (self._base(one) for one in row["ingredients"].lower().split("|"))
            self.brands[row["brand"].lower()] = tuple(sorted(set(parts)))
            self.brand_names[row["brand"].lower()] = row["brand"]
        for one in self.common.values():
            for brand in one.brands:
                self.brands.setdefault(brand.lower(), (one.ingredient.lower(),))
                self.brand_names.setdefault(brand.lower(), brand)
        sensitive = _rows("medication_sensitivity.csv")
        self.sensitive = {row["ingredient"].lower(): row["sensitivity_default"] for row in sensitive}
        self.longest = 6

    def _base(self, name: str) -> str:
        """The ingredient without its salt, if that is known by itself."""
        words = name.split()
        if name in self.common:
            return name
        for size in range(len(words) - 1, 0, -1):
            shorter = " ".join(words[:size])
            if all(word in _BESIDE for word in words[size:]):
                known = shorter in self.common or self.names.get(shorter) == (shorter,)
                if known:
                    return shorter
        return name

    def meaning(self, name: str) -> tuple[str, ...]:
        """The ingredients of exactly this name, a brand before a substance; empty where nobody knows it."""
        return self.brands.get(name) or self.names.get(name) or ()


@cache
def tables() -> Tables:
    """The tables, read once."""
    return Tables()


@lru_cache(maxsize=8192)
def understand(text: str, sig: str = "") -> Medicine:
    """What a name as people or systems write it means: brand, substance, combination, with or without strength.

    "Lisinopril 10 MG Oral Tablet", "Zestril", "Percocet 5/325", "sulfamethoxazole-trimethoprim". `sig` is read for the
    route alone. Never raises; what it does not understand is not known.
    """
    name = " ".join(text.lower().replace("’", "'").split())
    name = re.sub(r"\bvitamin ([a-z]) (\d+)\b", r"vitamin \1\2", name)
    found, is_known = _ingredients(name)
    if not found:
        return Medicine(text, route=route_of(name, sig))
    return Medicine(text, found, _strengths(name, found), route_of(name, sig), is_known)


def _ingredients(name: str) -> tuple[tuple[str, ...], bool]:
    exact = tables().meaning(name)
    if exact:
        return exact, True
    plain = re.sub(r"\[([^\]]*)\]", " ", name)  # the brand in brackets repeats what stands before it
    found, is_known = _scan(plain)
    if not found and plain != name:
        found, is_known = _scan(name)
    return tuple(sorted(found)), bool(found) and is_known


def _scan(text: str) -> tuple[set[str], bool]:
    """Longest known names from left to right. Words that matter and are not understood make the whole unsure."""
    words = _WORD.findall(_NUMBER.sub(" ", text))
    found: set[str] = set()
    is_known, at = True, 0
    while at < len(words):
        size, meant = _longest(words, at)
        if meant:
            found.update(meant)
            at += size
            continue
        parts = words[at].split("-")
        pieces = [tables().meaning(part) for part in parts] if len(parts) > 1 else []
        if pieces and all(pieces):
            for piece in pieces:
                found.update(piece)
        elif not _says_nothing(words[at]):
            is_known = False
        at += 1
    return found, is_known


def _longest(words: list[str], at: int) -> tuple[int, tuple[str, ...]]:
    for size in range(min(tables().longest, len(words) - at), 0, -1):
        if size == 1 and words[at] in _BESIDE:
            break
        meant = tables().meaning(" ".join(words[at : at + size]))
        if meant:
            return size, meant
    return 1, ()


def _says_nothing(word: str) -> bool:
    return word in _BESIDE or not any(c.isalpha() for c in word) or re.fullmatch(r"\d+[a-z]{0,2}", word) is not None


def _strengths(name: str, ingredients: tuple[str, ...]) -> dict[str, float]:
    """Milligrams of each ingredient in one unit. Nothing is guessed: two numbers without names are looked up among
    the products with these ingredients, and left out where none has them.
    """
    if len(ingredients) == 1:
        found = _NUMBER.search(name)
        mg = _mg(found) if found else None
        return {ingredients[0]: mg} if mg is not None else {}
    said: dict[str, float] = {}
    for part in re.split(r" / | and |\+|;", re.sub(r"\[[^\]]*\]", " ", name)):
        found, meant = _NUMBER.search(part), _scan(part)[0]
        if found is not None and len(meant) == 1 and (mg := _mg(found)) is not None:
            said[next(iter(meant))] = mg
    if set(said) == set(ingredients):
        return said
    numbers = re.search(r"(\d+(?:\.\d+)?)\s*(?:mg)?\s*[-/]\s*(\d+(?:\.\d+)?)(?:\s*[-/]\s*(\d+(?:\.\d+)?))?", name)
    if numbers is None:
        return {}
    wanted = sorted(float(one) for one in numbers.groups() if one)
    for strengths in products().get(ingredients, ()):
        if sorted(strengths.values()) == wanted:
            return dict(strengths)
    return {}


def _mg(found: re.Match[str]) -> float | None:
    factor = _TO_MG.get(found.group(2))
    return float(found.group(1).replace(",", "")) * factor if factor is not None else None


@cache
def products() -> dict[tuple[str, ...], tuple[dict[str, float], ...]]:
    """Strengths of common products with several ingredients, by their ingredients."""
    known = tables()
    found: dict[tuple[str, ...], list[dict[str, float]]] = {}
    for row in _rows("rxnorm_products_common.csv"):
        if "|" not in row["ingredients"]:
            continue
        parts = row["ingredients"].lower().split("|")
        strengths: dict[str, float] = {}
        for said in row["name"].lower().split(" / "):
            number = _NUMBER.search(said)
            which = next((one for one in parts if re.search(rf"\b{re.escape(one)}\b", said)), None)
            if number is not None and which is not None and (mg := _mg(number)) is not None:
                strengths[known._base(which)] = mg
        if len(strengths) == len(parts):
            found.setdefault(tuple(sorted(strengths)), []).append(strengths)
    return {key: tuple(each) for key, each in found.items()}


@lru_cache(maxsize=4096)
def route_of(name: str, sig: str = "") -> str:
    """How it gets into the body; by mouth where nothing else is said."""
    words = set(_WORD.findall(f"{name} {sig}".lower()))
    if "by mouth" in sig.lower() or "oral" in words:
        return "oral"
    return next((route for route, signs in _ROUTES if not words.isdisjoint(signs)), "oral")


def common_of(ingredients: tuple[str, ...]) -> Common | None:
    """What is known about a medicine of one ingredient; None for combinations and for what is not common."""
    return tables().common.get(ingredients[0]) if len(ingredients) == 1 else None


def class_of(ingredient: str) -> str:
    """The class an ingredient belongs to, or nothing."""
    found = tables().common.get(ingredient)
    return found.class_key if found else ""


def purpose_of(text: str) -> str:
    """What a common medicine is for, in plain English words, or nothing."""
    found = common_of(understand(text).ingredients)
    return found.purpose if found else ""


def sensitivity_of(*texts: str) -> str | None:
    """The sensitive category that names of medicines reveal; the strictest where there are several."""
    known = tables().sensitive
    found = {known[one] for text in texts for one in understand(text).ingredients if one in known}
    return next((category for category in CATEGORIES if category in found), None)
