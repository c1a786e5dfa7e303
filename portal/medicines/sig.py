"""How a medicine is taken: an instruction read into amount, times a day, time of day and "as needed". Pure.

Frequencies come from `data/sig_frequencies.csv`. What the reader can't make out stays unknown: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from portal.medicines.terminology import FOLDER

SLOTS = ("morning", "noon", "evening", "bedtime")
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "once": 1, "twice": 2, "half": 0.5,
            "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "media": 0.5}  # fmt: skip
_N = r"(\d+(?:\.\d+)?|one|two|three|four|five|six|half)"
_UNITS = (r"(tablets?|tabs?|capsules?|caps?|pills?|caplets?|softgels?|puffs?|sprays?|drops?|patch(?:es)?|units?|"
          r"tsp|teaspoons?|ml|mL|gumm(?:y|ies)|packets?|suppositor(?:y|ies)|injections?)")  # fmt: skip
_AMOUNT = re.compile(rf"\b{_N}(?:\s*-\s*\d+|\s+to\s+{_N})?\s*{_UNITS}\b", re.IGNORECASE)
_MG = re.compile(r"\b(\d[\d,]*(?:\.\d+)?)\s*(mg|mcg)\b(?!/)", re.IGNORECASE)
_MOST = re.compile(
    rf"(?:max(?:imum)?|no more than|not more than|up to)\.?\s*(?:of\s*)?{_N}\s*(?:{_UNITS}|times)?\s*"
    r"(?:a|per|in|every|/)\s*(?:24\s*hours?|day)",
    re.IGNORECASE,
)
_REASON = re.compile(r"(?:as needed|prn|when needed|if needed)\s+for\s+([^.;,]+)", re.IGNORECASE)
_NEEDED = re.compile(r"\b(?:as needed|prn|when needed|only when needed|if needed)\b", re.IGNORECASE)
_EACH = r"(?:a|per|each|every)"
_ONCE = r"(?:once|one time|1 time|1x)"
_TWICE = r"(?:twice|two times|2 times|2x)"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (rf"\b{_TWICE} {_EACH} week\b|\btwice weekly\b|\b2 times weekly\b", "TWICE WEEKLY"),
        (rf"\b{_ONCE} {_EACH} week\b|\b(?:once )?weekly\b|\bevery week\b|\bevery 7 days\b", "WEEKLY"),
        (r"\b(?:once (?:a|per|every) )?month(?:ly)?\b|\bevery month\b", "MONTHLY"),
        (r"\bevery other day\b|\bqod\b|\bevery 2 days\b", "EVERY OTHER DAY"),
        (rf"\b{_TWICE} (?:{_EACH} day|daily)\b|\bbid\b|\bmorning and (?:evening|night)\b", "BID"),
        (rf"\b(?:three|3)(?: times|x) (?:{_EACH} day|daily)\b|\btid\b", "TID"),
        (rf"\b(?:four|4)(?: times|x) (?:{_EACH} day|daily)\b|\bqid\b", "QID"),
        (r"\b(?:every|q) ?4(?: ?to ?\d)? ?(?:h|hours?|hrs?)\b", "Q4H"),
        (r"\b(?:every|q) ?6(?: ?to ?\d)? ?(?:h|hours?|hrs?)\b", "Q6H"),
        (r"\b(?:every|q) ?8 ?(?:h|hours?|hrs?)\b", "Q8H"),
        (r"\b(?:every|q) ?12 ?(?:h|hours?|hrs?)\b", "Q12H"),
        (r"\b(?:every|q) ?24 ?(?:h|hours?|hrs?)\b", "Q24H"),
        (r"\bat (?:bedtime|night)\b|\bqhs\b|\bbedtime\b|\bevery night\b|\bnightly\b", "QHS"),
        (r"\b(?:every|each|in the) morning\b|\bqam\b|\b(?:before|with) breakfast\b", "QAM"),
        (r"\b(?:every|each|in the) evening\b|\bqpm\b|\bwith (?:supper|dinner)\b", "QPM"),
        (rf"\b{_ONCE} {_EACH} day\b|\b(?:once )?daily\b|\b(?:every|each) day\b|\bqd\b|\ba day\b", "DAILY"),
        (r"\bone time only\b|\bonce only\b|\bsingle dose\b", "ONCE"),
    )
)  # fmt: skip
_SLOTS_OF = {
    "DAILY": ("morning",), "QD": ("morning",), "Q24H": ("morning",), "QAM": ("morning",), "QPM": ("evening",),
    "QHS": ("bedtime",), "BID": ("morning", "evening"), "Q12H": ("morning", "evening"),
    "TID": ("morning", "noon", "evening"), "Q8H": ("morning", "noon", "bedtime"),
    "QID": ("morning", "noon", "evening", "bedtime"), "Q6H": ("morning", "noon", "evening", "bedtime"),
}  # fmt: skip
# What may be chosen in a form: everything but what the Joint Commission says not to write, and one time only.
CHOICES = ("DAILY", "QAM", "QPM", "QHS", "BID", "TID", "QID", "Q4H", "Q6H", "Q8H", "Q12H", "EVERY OTHER DAY",
           "WEEKLY", "TWICE WEEKLY", "MONTHLY", "PRN")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taking:
    """How it is taken. None means that it is not said, or not understood."""

    amount: float | None = None
    unit: str = ""
    mg: float | None = None  # where the dose is said in milligrams, not in tablets
    code: str = ""
    times_per_day: float | None = None
    is_as_needed: bool = False
    reason: str = ""
    most_per_day: float | None = None

    @property
    def slots(self) -> tuple[str, ...]:
        """The times of day: an instruction such as "once a day" is shown in the morning, as most people take it."""
        return () if self.is_as_needed else _SLOTS_OF.get(self.code, ())


@cache
def frequencies() -> dict[str, float | None]:
    """Times a day by code; None for "only when needed"."""
    with (FOLDER / "sig_frequencies.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["code"]: float(row["times_per_day"]) if row["times_per_day"] else None for row in rows}


def plain(code: str) -> str:
    """A code in the plain English words of the table: the language of the record."""
    return _plain_words().get(code, "")


@cache
def _plain_words() -> dict[str, str]:
    with (FOLDER / "sig_frequencies.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["plain_text"] for row in csv.DictReader(file)}


def day_of(text: str | None) -> date | None:
    """The first day that a partial date ("2019", "2019-04", "2019-04-30") can mean, or None."""
    try:
        return date.fromisoformat(f"{text}-01-01"[:10] if text and len(text) < 10 else text or "")
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def read(text: str | None) -> Taking:
    """The instruction, as far as it is understood."""
    said = " ".join((text or "").split())
    if not said:
        return Taking()
    most = _MOST.search(said)
    plain = said.replace(most.group(0), " ") if most else said
    amount = _AMOUNT.search(plain)
    code = next((code for pattern, code in _PATTERNS if pattern.search(plain)), "")
    reason = _REASON.search(said)
    is_needed = bool(_NEEDED.search(said))
    return Taking(
        amount=_largest(amount) if amount else None,
        mg=_milligrams(plain) if not amount else None,
        unit=amount.group(amount.lastindex or 0).lower() if amount else "",
        code=code or ("PRN" if is_needed else ""),
        times_per_day=frequencies().get(code),
        is_as_needed=is_needed,
        reason=reason.group(1).strip() if reason else "",
        most_per_day=_number(most.group(1)) if most else None,
    )


def _largest(found: re.Match[str]) -> float | None:
    """Of "1 to 2 tablets" the larger number: what may be taken counts."""
    numbers = [_number(one) for one in re.findall(rf"{_N}", found.group(0), re.IGNORECASE)]
    return max((one for one in numbers if one is not None), default=None)


def _milligrams(text: str) -> float | None:
    found = _MG.search(text)
    return float(found.group(1).replace(",", "")) * (0.001 if found.group(2).lower() == "mcg" else 1) if found else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return _NUMBERS.get(text.lower())
