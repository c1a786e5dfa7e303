"""Which section of a C-CDA document is read by which maker: by its LOINC code, else by its template."""

from __future__ import annotations

from portal.interop.ccda.entries import Maker, allergies, medicines, problems
from portal.interop.ccda.others import family, immunizations, measured, procedures, visits

MAKERS: dict[str, Maker] = {
    "11450-4": problems,  # problem list
    "11348-0": problems,  # history of past illness
    "46241-6": problems,  # admission diagnosis
    "42347-5": problems,
    "11535-2": problems,  # discharge diagnosis
    "78375-3": problems,
    "48765-2": allergies,
    "10160-0": medicines,
    "10183-2": medicines,  # discharge medications
    "75311-1": medicines,
    "42346-7": medicines,  # admission medications
    "29549-3": medicines,  # medications administered
    "11369-6": immunizations,
    "47519-4": procedures,
    "46240-8": visits,
    "30954-2": measured("laboratory"),
    "8716-3": measured("vital-signs"),
    "29762-2": measured("social-history"),
    "10157-6": family,
}
# Sections that are known by their template where their code is missing or not that of LOINC.
BY_TEMPLATE = {
    "2.16.840.1.113883.10.20.22.2.5": "11450-4", "2.16.840.1.113883.10.20.22.2.5.1": "11450-4",
    "2.16.840.1.113883.10.20.22.2.20": "11348-0", "2.16.840.1.113883.10.20.22.2.24": "11535-2",
    "2.16.840.1.113883.10.20.22.2.43": "46241-6", "2.16.840.1.113883.10.20.22.2.6": "48765-2",
    "2.16.840.1.113883.10.20.22.2.6.1": "48765-2", "2.16.840.1.113883.10.20.22.2.1": "10160-0",
    "2.16.840.1.113883.10.20.22.2.1.1": "10160-0", "2.16.840.1.113883.10.20.22.2.11": "10183-2",
    "2.16.840.1.113883.10.20.22.2.11.1": "10183-2", "2.16.840.1.113883.10.20.22.2.2": "11369-6",
    "2.16.840.1.113883.10.20.22.2.2.1": "11369-6", "2.16.840.1.113883.10.20.22.2.3": "30954-2",
    "2.16.840.1.113883.10.20.22.2.3.1": "30954-2", "2.16.840.1.113883.10.20.22.2.4": "8716-3",
    "2.16.840.1.113883.10.20.22.2.4.1": "8716-3", "2.16.840.1.113883.10.20.22.2.7": "47519-4",
    "2.16.840.1.113883.10.20.22.2.7.1": "47519-4", "2.16.840.1.113883.10.20.22.2.22": "46240-8",
    "2.16.840.1.113883.10.20.22.2.22.1": "46240-8", "2.16.840.1.113883.10.20.22.2.17": "29762-2",
    "2.16.840.1.113883.10.20.22.2.15": "10157-6",
}  # fmt: skip
