"""Why a resource, a patient or a file was not taken, or was taken with a remark; each said in one sentence.

Sentences are written for whoever runs the import. They name what to do, never a value out of the record.
"""

from __future__ import annotations

from dataclasses import dataclass

# What stops a file, a patient or a resource.
REFUSALS: dict[str, str] = {
    # files
    "unreadable": "The file can't be read. Check that it exists and that this account may read it.",
    "nothing-here": "There is no FHIR file here (.json, .ndjson, .jsonl, or one of these as .gz).",
    "empty-file": "The file is empty.",
    "broken-json": "The JSON is broken here. Nothing of this file was taken; export it again.",
    "broken-line": "This line is not JSON. The other lines were taken; export this resource again.",
    "cut-off": "The file ends too early. Nothing of it was taken; copy or export it again.",
    "not-gzip": "The name says .gz, but the content is not gzip. Nothing of it was taken.",
    "not-utf8": "The text is not UTF-8, the encoding FHIR asks for. Nothing of this file was taken.",
    "too-dense": "The compressed file grows beyond reason when opened. Nothing of it was taken.",
    "too-deep": "The JSON is nested beyond reason here.",
    "too-large": "One resource is larger than 24 MB. Send large documents by reference.",
    "not-fhir": "This is JSON, but not a FHIR R4 resource or Bundle (no resourceType).",
    "bundle-type": "Bundles of this type carry no record (taken: transaction, batch, collection, searchset, document).",
    # entries
    "no-resource": "The Bundle entry holds no resource.",
    "method": "Only entries that create or update (POST, PUT) are taken.",
    "no-id": "The resource has no id and no fullUrl, so a second import could not recognise it.",
    "bad-id": "The id is not a FHIR id (letters, digits, '-', '.', at most 64).",
    "bad-type": "The resourceType is not one of FHIR R4.",
    "no-patient": "The resource names no patient.",
    "unknown-patient": "The resource belongs to a patient who is not in this import and not known here.",
    "twice": "The same id stands twice in this file with different content; the later one was taken.",
    "structure": "The resource does not have the structure FHIR R4 gives it (wrong type, code or date format).",
    "half-character": "A text holds half a character (an unpaired surrogate), which is no Unicode.",
    "two-values": "More than one value[x] is given; which one is meant can't be known.",
    "impossible-date": "A date can't be (such as February 30, or the year 0000).",
    "in-the-future": "It is recorded as done, but its date lies in the future.",
    "before-birth": "Its date lies before the patient's birth.",
    "no-date": "The result has no date, so it has no place in the record.",
    "no-unit": "The number has no unit. A value without a unit is not safe to show.",
    "no-code": "It does not say what it is (no code and no text).",
    "slot-time": "The slot has no exact start and end, ends before it begins, or is longer than a day.",
    "slot-status": "The slot is neither free nor busy, so its time was not changed.",
    # patients
    "birth-after-death": "The date of birth lies after the date of death.",
    "identity-differs": "This id or record number is somebody else's here. An import never merges two charts.",
    "not-stored": "The patient could not be stored; nothing of this patient was changed. Import again.",
    "patient-refused": "The Patient resource was refused, so nothing of this patient was taken.",
}

# What was taken all the same.
REMARKS: dict[str, str] = {
    "loose-structure": "Not quite FHIR R4 (an unknown element or an empty value); kept as sent.",
    "loose-reference": "A reference leads to nothing that is known; the link was left out.",
    "other-patient": "A reference leads into another patient's record; the link was left out.",
    "slot-whose": "The slot's schedule leads to no clinician and place known here; its time was not offered.",
    "slot-night": "The slot goes over midnight or is shorter than five minutes; its time was not offered.",
    "script": "A narrative holds script. It is never shown; the original is kept.",
    "long-text": "A text was longer than can be shown; the whole of it is in the original.",
    "unknown-system": "A code comes from a code system that is not known here; its text is shown.",
    "byte-order-mark": "The file begins with a byte order mark; it was skipped.",
    "repeated": "The same resource stands in several files; it was taken once.",
    "death-without-day": "The patient is recorded as dead without a day.",
    "older": "A newer version of this resource is already here.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in what was given: a file as it was named, a place inside (`entry[12]`, `line 40`), and the type found."""

    file: str
    inside: str = ""
    resource_type: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.file, self.inside, self.resource_type) if part)


class Refused(Exception):
    """This resource, patient or file is not taken. `code` is a key of `REFUSALS`."""

    def __init__(self, code: str, inside: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.inside = inside
