"""Reading the data types of FHIR out of parsed JSON, forgiving of what is missing or of the wrong shape."""

from __future__ import annotations

from typing import Any

from portal.interop.text import Cut

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
CVX = "http://hl7.org/fhir/sid/cvx"
V2_0074 = "http://terminology.hl7.org/CodeSystem/v2-0074"
PREFERRED = (LOINC, ICD10CM, RXNORM, CVX, SNOMED)
KNOWN_SYSTEMS = frozenset(
    {
        *PREFERRED, ICD10, V2_0074, "http://hl7.org/fhir/sid/ndc", "http://www.ama-assn.org/go/cpt",
        "http://hl7.org/fhir/sid/icd-9-cm", "http://www.cms.gov/Medicare/Coding/ICD10",
        "urn:oid:2.16.840.1.113883.6.59",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "http://nucc.org/provider-taxonomy",
        "http://www.ada.org/cdt", "http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.4.642.3.1",
        "http://hl7.org/fhir/sid/icd-10-pcs", "urn:oid:1.2.392.200119.4.401", "http://www.whocc.no/atc",
        "http://hl7.org/fhir/ndfrt", "http://www.nlm.nih.gov/research/umls/hcpcs", "urn:ietf:bcp:47",
    }
)  # fmt: skip

Resource = dict[str, Any]


def items(resource: Any, name: str) -> list[Any]:
    """The elements of a repeating element that are objects; a single one counts as one."""
    value = resource.get(name) if isinstance(resource, dict) else None
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def first(resource: Any, name: str) -> Resource:
    found = items(resource, name)
    return found[0] if found else {}


def text(resource: Any, name: str) -> str | None:
    value = resource.get(name) if isinstance(resource, dict) else None
    return value if isinstance(value, str) and value else None


def codes(concept: Any) -> list[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept."""
    return [
        (coding.get("system") or "", coding["code"])
        for coding in items(concept, "coding")
        if isinstance(coding.get("code"), str) and coding["code"] and isinstance(coding.get("system") or "", str)
    ]


def code(concept: Any) -> str | None:
    """The first code, whatever its system: for small closed lists such as a status."""
    found = codes(concept)
    return found[0][1] if found else None


def best(concept: Any) -> tuple[str | None, str | None]:
    """The code to keep, with its system: of a system we can use if there is one."""
    found = codes(concept)
    for system in PREFERRED:
        for pair in found:
            if pair[0] == system:
                return pair[1], pair[0]
    return (found[0][1], found[0][0] or None) if found else (None, None)


def words(concept: Any, cut: Cut, most: int = 400) -> str | None:
    """What a CodeableConcept says in words: its own text, else a coding's display, else the bare code."""
    if not isinstance(concept, dict):
        return None
    if own := cut.plain(concept.get("text"), most):
        return own
    for coding in items(concept, "coding"):
        if shown := cut.plain(coding.get("display"), most):
            return shown
    return cut.plain(code(concept), most)


def is_foreign(concept: Any) -> bool:
    """Whether its codes all come from systems we do not know."""
    found = codes(concept)
    return bool(found) and not any(
        system in KNOWN_SYSTEMS
        or system.startswith(("http://terminology.hl7.org/", "http://hl7.org/fhir/", "urn:clinosim"))
        for system, _ in found
    )


def choices(resource: Resource, stem: str) -> list[str]:
    """The names given of a choice element (`value[x]`)."""
    size = len(stem)
    return [name for name in resource if name.startswith(stem) and len(name) > size and name[size].isupper()]


def human_name(names: Any) -> tuple[str, str, str, str]:
    """(prefix, given, family, suffix) of the name to use: official or usual before others."""
    order = {"official": 0, "usual": 1, None: 2, "nickname": 4, "anonymous": 5, "old": 6, "maiden": 7}
    found = sorted((n for n in names if isinstance(n, dict)), key=lambda n: order.get(n.get("use"), 3))
    if not found:
        return "", "", "", ""
    name = found[0]

    def joined(part: str) -> str:
        value = name.get(part)
        return " ".join(p.strip() for p in value if isinstance(p, str) and p.strip()) if isinstance(value, list) else ""

    family = name.get("family") if isinstance(name.get("family"), str) else ""
    given = joined("given")
    whole = name.get("text")
    if not family and not given and isinstance(whole, str) and whole.strip():
        given, _, family = whole.strip().rpartition(" ")
    return joined("prefix"), given, (family or "").strip(), joined("suffix")


def contact(resource: Any, system: str) -> str | None:
    """The phone number or address to use: `rank` first, mobile before home before work, never an old one."""
    order = {"mobile": 0, "home": 1, None: 2, "work": 3, "temp": 4}
    found = [
        (c.get("rank") if isinstance(c.get("rank"), int) else 99, order.get(c.get("use"), 5), c["value"])
        for c in items(resource, "telecom")
        if c.get("system") == system and c.get("use") != "old" and isinstance(c.get("value"), str)
    ]
    return min(found)[2] if found else None


def address(resource: Any) -> str | None:
    """An address in one line."""
    order = {"home": 0, None: 1, "work": 2, "temp": 3, "billing": 4}
    found = sorted(
        (a for a in items(resource, "address") if a.get("use") != "old"), key=lambda a: order.get(a.get("use"), 5)
    )
    if not found:
        return None
    one = found[0]
    line = one.get("line")
    parts = [p for p in line if isinstance(p, str)] if isinstance(line, list) else []
    place = " ".join(p for p in (text(one, "state"), text(one, "postalCode")) if p)
    return ", ".join(p for p in (*parts, text(one, "city"), place) if p) or text(one, "text")
