"""One name for each resource, however it is referred to (FHIR R4, 2.3.0 References and Bundle 2.36.4).

`Patient/1`, `Patient/1/_history/2`, `http://base/Patient/1` within the same base, and a Bundle's `urn:uuid:…` all
come down to a token; tokens are compared, never the references.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_TYPE = re.compile(r"[A-Z][A-Za-z]{2,39}\Z")
_LITERAL = re.compile(r"([A-Z][A-Za-z]{2,39})/([A-Za-z0-9\-.]{1,120})(?:/_history/[A-Za-z0-9\-.]+)?\Z")
_ABSOLUTE = re.compile(r"(https?://.*?)/([A-Z][A-Za-z]{2,39})/([A-Za-z0-9\-.]{1,120})(?:/_history/[A-Za-z0-9\-.]+)?\Z")
_QUERY = re.compile(r"([A-Z][A-Za-z]{2,39})\?identifier=(.+)\Z")
_IN_TEXT = re.compile(r'"reference":"([^"\\]*)"')

# Types that belong to no patient unless they say so.
DIRECTORY = frozenset(
    {
        "Organization", "Location", "Practitioner", "PractitionerRole", "Medication", "Schedule", "Slot", "Endpoint",
        "HealthcareService", "InsurancePlan", "OrganizationAffiliation", "Substance", "Device", "Questionnaire",
        "PlanDefinition", "ActivityDefinition", "ValueSet", "CodeSystem", "Library", "Measure",
    }
)  # fmt: skip


def is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.match(value) is not None


def is_type(value: str) -> bool:
    return _TYPE.match(value) is not None


def base_of(full_url: str | None) -> str:
    """The server's base address of an absolute fullUrl, or an empty text."""
    found = _ABSOLUTE.match(full_url) if full_url and full_url.startswith("http") else None
    return found.group(1) if found else ""


def id_in(full_url: str | None) -> str | None:
    """The id a fullUrl gives to a resource that has none of its own."""
    if not full_url:
        return None
    tail = full_url.rsplit(":" if full_url.startswith("urn:") else "/", 1)[-1]
    return tail if is_id(tail) else None


@lru_cache(maxsize=8192)
def token(reference: str, base: str = "") -> str | None:
    """The token of a reference in a resource that came from `base`; None for a contained one (`#…`) or none at all."""
    if reference.startswith("urn:"):
        return reference.lower()
    if found := _LITERAL.match(reference):
        return f"{found[1]}/{found[2]}"
    if found := _ABSOLUTE.match(reference):
        local = f"{found[2]}/{found[3]}"
        return local if not base or found[1] == base else f"{found[1]}/{local}"
    if found := _QUERY.match(reference):
        return f"{found[1]}?identifier={unquote(found[2])}"
    return None


def identifier_token(resource_type: str, identifier: Any) -> str | None:
    """The token of a conditional reference to a resource with this identifier."""
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str):
        return None
    system = identifier.get("system")
    return f"{resource_type}?identifier={system if isinstance(system, str) else ''}|{identifier['value']}"[:400]


def in_text(text: str, base: str) -> set[str]:
    """The tokens of all references in the compact JSON of a resource, contained ones left out."""
    return {found for reference in _IN_TEXT.findall(text) if (found := token(reference, base))}


def of(element: Any, base: str) -> str | None:
    """The token of a Reference element, or None."""
    reference = element.get("reference") if isinstance(element, dict) else None
    return token(reference, base) if isinstance(reference, str) else None


def as_patient(found: str | None) -> str | None:
    """A token that stands where only a patient can: a Bundle's urn is then taken for the Patient of that id."""
    if found is None:
        return None
    if found.startswith("urn:"):
        return f"Patient/{found.rsplit(':', 1)[-1]}"
    return found if found.startswith(("Patient/", "Patient?")) or "/Patient/" in found else None


def subject(resource: dict[str, Any], base: str) -> tuple[str | None, str | None]:
    """Whose resource it is: the patient's token, and failing that the token of what it is about (Provenance)."""
    kind = resource["resourceType"]
    for name in ("subject", "patient", "beneficiary", "for", "individual"):
        element = resource.get(name)
        if isinstance(element, list):
            element = element[0] if element else None
        if isinstance(element, dict):
            if found := as_patient(of(element, base)):
                return found, None
            if named := as_patient(identifier_token("Patient", element.get("identifier"))):
                return named, None
    if kind in ("Appointment", "AppointmentResponse"):
        return _participant(resource, base)
    if kind == "Provenance":
        targets = resource.get("target")
        found = of(targets[0], base) if isinstance(targets, list) and targets else None
        if found and found.startswith("Patient/"):
            return found, None
        return None, found
    context = resource.get("securityContext")
    return None, of(context, base) if context else None


def _participant(resource: dict[str, Any], base: str) -> tuple[str | None, str | None]:
    actor = resource.get("actor")
    people = resource.get("participant")
    actors = [actor] if isinstance(actor, dict) else []
    actors += [p["actor"] for p in people if isinstance(p, dict) and "actor" in p] if isinstance(people, list) else []
    via = None
    for each in actors:
        found = of(each, base)
        if found and (found.startswith("Patient/") or (isinstance(each, dict) and each.get("type") == "Patient")):
            return as_patient(found), None
        if found and found.startswith("urn:"):
            via = via or found
    return None, via
