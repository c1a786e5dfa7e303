"""Numbers people write about their bodies, turned into findings. Thresholds are those of TAXONOMY 3.1 and 3.2."""

from __future__ import annotations

import re
from collections.abc import Callable

from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text

_NUMBER = re.compile(r" (\d{1,3}(?:[.,]\d{1,2})?)(?:f|c)?(?= )")
_PRESSURE = re.compile(r" (\d{2,3})(?:/| over | sobre | con )(\d{2,3})(?= )")
_SYSTOLIC = re.compile(r" (?:blood pressure|bp|systolic|top number|presion)(?: [^ .?!;]+){0,5}? (\d{3})(?= )")
_SUGAR = re.compile(
    r" (?:sugars?|glucose|bg|glucometer|meter|cgm|sensor|dexcom|libre|azucar|glucosa|glucometro)(?: [^ .?!;]+){0,8}? (\d{2,3})(?= (?!mg|units|pounds))"  # noqa: E501
)
_FEVER_NEAR = re.compile(
    r" (?:fever\w*|temp\w*|thermometer|degrees|running a|fiebre|calentura|grados|termometro|f|c"
    r"|chemo\w*|quimio\w*|transplant\w*|forehead|rectal|newborn)(?= )"
)
_BARE_FEVER = re.compile(  # "I have 38.4 since this morning": one decimal, no other unit behind it
    r" (?:38|39|40|41)[.,]\d(?= )(?! (?:kg|kilos?|lbs?|pounds|mg|mcg|ml|percent|dollars|euros|pesos|bucks|miles|km|hours|horas|years|weeks|semanas|%))"  # noqa: E501
)
_INR = re.compile(r" inr(?: [^ .?!;]+){0,5}? (\d{1,2}(?:\.\d)?)(?= )")
_OXYGEN = re.compile(
    r" (?:oxygen|o2|spo2|sats?|saturation|pulse ox|oximeter|oxigeno|saturacion|oximetro)(?: [^ .?!;]+){0,6}? (\d{2})(?:-\d{2,3})?%?(?= )"  # noqa: E501
)
_BREATHS = re.compile(
    r" (?:resps?|respiratory rate|respirations?|rr|breaths|breathing rate|respiraciones|frecuencia respiratoria)(?: [^ .?!;]+){0,4}? (\d{2})(?= )"  # noqa: E501
)
_POUNDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
           "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8}  # fmt: skip
_WEIGHT = re.compile(
    r" (\d{1,2}(?:\.\d)?|" + "|".join(_POUNDS) + r") (?:more )?(lbs?|pounds?|libras?|kg|kilos?)(?: [^ .?!;]+){0,4}?"
    r" (?:since|overnight|yesterday|day|days|week|this|desde|dia|dias|semana|ayer|noche)(?= )"
)


def _fever(text: Text) -> list[Hit]:
    hits = []
    for m in _NUMBER.finditer(text.flat):
        value = float(m.group(1).replace(",", "."))
        celsius = 37.95 <= value <= 43 and ("." in m.group(1) or "," in m.group(1) or value >= 38)
        if not (celsius or 100.4 <= value <= 109):
            continue
        start, end = text.sentence(m.start())
        around = text.flat[max(start, m.start() - 60) : min(end + 1, m.end() + 30)]
        if not _FEVER_NEAR.search(around) and not (celsius and _BARE_FEVER.match(text.flat[m.start() :])):
            continue
        hits.append(Hit("m_fever", 1, m.start(), m.end()))
        if value >= (39.4 if celsius else 103):
            hits.append(Hit("m_high_fever", 1, m.start(), m.end()))
    return hits


def _pressure(text: Text) -> list[Hit]:
    hits = []
    for m in _PRESSURE.finditer(text.flat):
        top, bottom = int(m.group(1)), int(m.group(2))
        if not (60 <= top <= 290 and 30 <= bottom <= 180 and top > bottom):
            continue
        names = [("m_bp_180", top >= 180 or bottom >= 110), ("m_bp_160", top >= 160 or bottom >= 110),
                 ("m_bp_140", top >= 140 or bottom >= 90), ("m_bp_low", top < 95)]  # fmt: skip
        hits += [Hit(name, 1, m.start(), m.end()) for name, met in names if met]
    for m in _SYSTOLIC.finditer(text.flat):
        if 180 <= int(m.group(1)) <= 290:
            hits += [Hit(name, 1, m.start(), m.end()) for name in ("m_bp_180", "m_bp_160", "m_bp_140")]
    return hits


def _one(name: str, pattern: re.Pattern[str], met: Callable[[float], bool]) -> Callable[[Text], list[Hit]]:
    def find(text: Text) -> list[Hit]:
        return [Hit(name, 1, m.start(), m.end()) for m in pattern.finditer(text.flat) if met(float(m.group(1)))]

    return find


def _weight(text: Text) -> list[Hit]:
    hits = []
    for m in _WEIGHT.finditer(text.flat):
        amount = _POUNDS.get(m.group(1)) or float(m.group(1))
        pounds = amount * 2.2 if m.group(2).startswith(("kg", "kilo")) else amount
        if 3 <= pounds <= 40:
            hits.append(Hit("m_weight_gain", 1, m.start(), m.end()))
    return hits


_FINDERS: tuple[Callable[[Text], list[Hit]], ...] = (
    _fever,
    _pressure,
    _one("m_glucose_300", _SUGAR, lambda v: 300 <= v <= 999),
    _one("m_glucose_low", _SUGAR, lambda v: 20 <= v < 65),
    _one("m_inr_high", _INR, lambda v: 4.5 <= v <= 20),
    _one("m_fast_breaths", _BREATHS, lambda v: 28 <= v <= 90),
    _one("m_low_oxygen", _OXYGEN, lambda v: 40 <= v <= 90),
    _weight,
)
_DIGIT = re.compile(r"\d")


def measurements(text: Text) -> list[Hit]:
    """Findings that follow from numbers, named `m_…`."""
    if not _DIGIT.search(text.flat) and not any(word in text.words for word in _POUNDS):
        return []
    return [hit for find in _FINDERS for hit in find(text)]
