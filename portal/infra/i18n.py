"""Names that come with the data and that most clinics share: teams, specialties, kinds of visits, kin, opening hours.

The clinic writes them in its own language. Those that the catalogs know are shown in the reader's; others as written.
"""

from __future__ import annotations

from flask_babel import get_locale, gettext


def known_text(text: str) -> str:
    """The text itself: marks it for the catalogs, without looking it up."""
    return text


_KNOWN = frozenset(
    {
        known_text("8 am to 5 pm, Monday to Friday"),
        # teams
        known_text("Nurse triage"),
        known_text("Scheduling"),
        known_text("Billing"),
        known_text("Medical records"),
        known_text("Portal help"),
        known_text("Primary care team"),
        known_text("Cardiology team"),
        known_text("Diabetes team"),
        # specialties and parts in a team
        known_text("Primary care provider"),
        known_text("Primary care"),
        known_text("Family medicine"),
        known_text("Internal medicine"),
        known_text("Care management"),
        known_text("Care manager"),
        known_text("Nurse"),
        known_text("Nursing"),
        known_text("Pharmacist"),
        known_text("Pharmacy"),
        known_text("Front desk"),
        known_text("Specialist"),
        known_text("Cardiology"),
        known_text("Dermatology"),
        known_text("Endocrinology"),
        known_text("Gastroenterology"),
        known_text("Nephrology"),
        known_text("Neurology"),
        known_text("Oncology"),
        known_text("Orthopedics"),
        known_text("Psychiatry"),
        known_text("Pulmonology"),
        # kinds of visits
        known_text("Primary care visit"),
        known_text("Annual wellness visit"),
        known_text("Heart failure visit"),
        known_text("Kidney care visit"),
        known_text("Dietitian visit"),
        known_text("Diabetes check"),
        known_text("Diabetes eye exam"),
        known_text("Cardiology consult"),
        known_text("Post-discharge follow-up"),
        # kin
        known_text("daughter"),
        known_text("son"),
        known_text("wife"),
        known_text("husband"),
        known_text("spouse"),
        known_text("partner"),
        known_text("mother"),
        known_text("father"),
        known_text("sister"),
        known_text("brother"),
        known_text("granddaughter"),
        known_text("grandson"),
        known_text("niece"),
        known_text("nephew"),
        known_text("friend"),
    }
)


def known(text: str | None) -> str:
    """The name in the reader's language where the catalogs know it, else as the clinic wrote it; "" for none."""
    if not text:
        return ""
    return gettext(text) if text in _KNOWN else text


def reader_language() -> str:
    """The code of the reader's language; English where nobody reads, as in jobs."""
    return str(get_locale() or "en").partition("_")[0]
