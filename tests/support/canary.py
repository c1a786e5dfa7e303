"""Odd words to plant in records. Wherever one turns up that is no page, something leaked.

Plant them as names, message texts and values; every test then also proves that logs, addresses, job rows, mail and the
audit trail hold none of them (most leaks are by-products that no one looked for).
"""

from __future__ import annotations

from collections.abc import Iterable

given = "Zyxxquar"
family = "Vorblinth"
preferred = "Quemzil"
staff_given = "Brixofel"
staff_family = "Dwomberly"
email = "zyxxquar@example.org"
phone = "555-019-7731"
street = "17 Grembolt Alley"
text = "My frumwozzle has been hurting since Tuesday"
answer = "Please rest your skeenblatt"
subject = "Worried about yelpfinch"
test_name = "Plosmotic globulin"
condition = "Hypertwindle syndrome"
medicine = "Glaxxopred 40 mg"
value = "8417.25"

WORDS: tuple[str, ...] = (
    given, family, preferred, staff_given, staff_family, "grembolt", "frumwozzle", "skeenblatt", "yelpfinch",
    "plosmotic", "hypertwindle", "glaxxopred", "8417.25", "555-019-7731", "5550197731",
)  # fmt: skip


def found_in(text: str, words: Iterable[str] = WORDS) -> list[str]:
    """The planted words that occur in `text`, however they are written."""
    low = text.lower()
    return [word for word in words if word.lower() in low]
