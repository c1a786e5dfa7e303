"""Family history, devices, insurance, advance directives, contacts and imaging studies."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from portal.interop import fhir, references
from portal.interop.mapping.common import Mapping, Row, status
from portal.interop.reasons import Refused

# Consents that are advance directives: HL7 consentcategorycodes, LOINC document types, HL7 v3 ActCode.
_DIRECTIVES = frozenset(
    {
        "acd", "dnr", "polst", "emrgonly", "hcd", "adr", "42348-3", "75320-2", "78823-2", "78822-4", "64298-3",
        "86533-7", "92664-2", "81334-5", "84095-9",
    }
)  # fmt: skip
_KINDS = {
    "acd": "Advance directive", "dnr": "Do not resuscitate order", "polst": "Orders for life-sustaining treatment",
    "hcd": "Health care directive", "emrgonly": "Emergency only",
}  # fmt: skip
# HL7 v2 0131 and v3 RoleCode: whom to call
_EMERGENCY = frozenset({"C", "ECON", "EP"})


def family_history(m: Mapping) -> Row:
    """FamilyMemberHistory: one relative, with all that is known of them."""
    r = m.resource
    conditions = []
    concepts = []
    for each in fhir.items(r, "condition"):
        said = m.words(each.get("code"), 200)
        if not said:
            continue
        concepts.append(each.get("code"))
        code, system = fhir.best(each.get("code"))
        conditions.append(
            {
                "name": said,
                "code": code,
                "system": system,
                "onset": _aged(m, each, "onset"),
                "outcome": m.words(each.get("outcome"), 120),
            }
        )
    state = status(r, "completed")
    name = m.words(r.get("relationship")) or m.plain(fhir.text(r, "name"), 200) or "Relative"
    row = m.entry(r.get("relationship"), state, happened=m.when(r.get("date")), name=name)
    row["sensitivity"] = m.sensitivity(*concepts)
    row |= {"conditions": conditions[:50], "deceased": _deceased(m, r)}
    return row


def _aged(m: Mapping, element: fhir.Resource, stem: str) -> str | None:
    """An age, a date or words of a choice such as `onset[x]`."""
    for name in fhir.choices(element, stem):
        value = element[name]
        if isinstance(value, dict) and value.get("value") is not None:
            return m.plain(f"{value['value']} {value.get('unit') or ''}".strip(), 60)
        if isinstance(value, dict):
            ends = [e.get("value") for e in (value.get("low"), value.get("high")) if isinstance(e, dict)]
            return "–".join(str(e) for e in ends if e is not None) or None
        if isinstance(value, str) and value != "unknown onset":
            return m.plain(value, 60)
    return None


def _deceased(m: Mapping, r: fhir.Resource) -> str | None:
    told = r.get("deceasedBoolean")
    if isinstance(told, bool):
        return "yes" if told else "no"
    return _aged(m, r, "deceased")


def device(m: Mapping) -> Row:
    """Device that belongs to the patient: an implant, a pump, a walker."""
    r = m.resource
    carrier = fhir.first(r, "udiCarrier")
    named = [n for each in fhir.items(r, "deviceName") if (n := m.plain(fhir.text(each, "name"), 200))]
    name = m.words(r.get("type")) or (named[0] if named else None) or m.plain(fhir.text(r, "modelNumber"), 200)
    when = m.when(r.get("manufactureDate"))
    row = m.entry(r.get("type"), status(r, "active"), happened=when, name=name or "Device")
    expires = m.when(r.get("expirationDate"))
    number = carrier.get("carrierHRF") or carrier.get("deviceIdentifier") or r.get("serialNumber")
    row |= {
        "identifier": m.plain(number, 200),
        "maker": m.plain(fhir.text(r, "manufacturer"), 200),
        "model": m.plain(fhir.text(r, "modelNumber"), 200),
        "lot": m.plain(fhir.text(r, "lotNumber"), 80),
        "expires": expires.text[:40] if expires else None,
    }
    return row


def coverage(m: Mapping) -> Row:
    """Coverage. Its name is its kind in words; the plan and the group come from its classes."""
    r = m.resource
    start, end = m.period(r.get("period"))
    classes = {fhir.code(each.get("type")): each for each in fhir.items(r, "class")}
    plan, group = classes.get("plan", {}), classes.get("group", {})
    payer = next((p for each in fhir.items(r, "payor") if (p := m.plain(fhir.text(each, "display"), 200))), None)
    name = m.plain(fhir.text(plan, "name"), 400) or _kind(m, r) or payer or "Insurance"
    identifier = fhir.first(r, "identifier")
    row = m.entry(r.get("type"), status(r, "active"), happened=start, name=name)
    row["sensitivity"] = None
    row |= {
        "payer": payer,
        "member_number": m.plain(fhir.text(r, "subscriberId") or fhir.text(identifier, "value"), 80),
        "group_number": m.plain(fhir.text(group, "value"), 80),
        "holder": m.words(r.get("relationship"), 60),
        "ended": end.text[:40] if end else None,
    }
    return row


def _kind(m: Mapping, r: fhir.Resource) -> str | None:
    said = m.words(r.get("type"))
    return None if said == fhir.code(r.get("type")) else said  # a bare code tells nobody anything


def directive(m: Mapping) -> Row | None:
    """Consent, when it is an advance directive; None for other agreements, which are kept as they came."""
    r = m.resource
    concepts = [r.get("scope"), *fhir.items(r, "category")]
    found = {c for each in concepts for _, c in fhir.codes(each)}
    if not found & _DIRECTIVES:
        return None
    concept = next((c for c in fhir.items(r, "category") if fhir.code(c) in _DIRECTIVES), None) or r.get("scope")
    provision = fhir.first(r, "provision")
    start, end = m.period(provision.get("period"))
    when = m.when(r.get("dateTime")) or start
    actors = [each.get("reference") for each in fhir.items(provision, "actor")]
    agent = next((d for a in actors if isinstance(a, dict) and (d := m.plain(a.get("display"), 200))), None)
    name = _KINDS.get(fhir.code(concept) or "") or m.words(concept) or "Advance directive"
    row = m.entry(concept, status(r, "active"), happened=when, recorded=when, name=name)
    row["sensitivity"] = None
    decision = fhir.text(provision, "type")
    row |= {
        "decision": decision if decision in ("permit", "deny") else None,
        "agent": agent,
        "ended": end.text[:40] if end else None,
    }
    return row


def related_person(m: Mapping) -> Row:
    """RelatedPerson: somebody around the patient, and how to reach them. Raises `Refused("no-code")` without a name."""
    r = m.resource
    start, end = m.period(r.get("period"))
    is_over = r.get("active") is False or (end is not None and end.last_day < m.frame.now.date())
    relations = fhir.items(r, "relationship")
    row = m.entry(fhir.first(r, "relationship"), "inactive" if is_over else "active", happened=start, name=_name(m, r))
    row |= _reach(m, r, relations)
    return row


def contacts(m: Mapping, person_id: UUID) -> list[Row]:
    """The contacts that a Patient resource names; each is a row that goes when the Patient names it no more."""
    found = []
    for number, each in enumerate(fhir.items(m.resource, "contact")[:20]):
        start, end = m.period(each.get("period"))
        relations = fhir.items(each, "relationship")
        inner = Mapping(m.frame, m.waiting, each, m.targets, cut=m.cut)
        try:
            name = _name(inner, {"name": [each["name"]] if isinstance(each.get("name"), dict) else []})
        except Refused:
            continue
        is_over = end is not None and end.last_day < m.frame.now.date()
        row = inner.entry(
            fhir.first(each, "relationship"), "inactive" if is_over else "active", happened=start, name=name
        )
        row |= {"id": uuid5(m.waiting.row_id, f"contact/{number}"), "source_id": None, "patient_id": person_id}
        row |= _reach(inner, each, relations) | {"named_in_id": m.waiting.row_id}
        found.append(row)
    return found


def _name(m: Mapping, r: fhir.Resource) -> str:
    names = r.get("name")
    names = names if isinstance(names, list) else []
    whole = next((t for n in names if isinstance(n, dict) and (t := m.plain(n.get("text"), 200))), None)
    prefix, given, family, suffix = fhir.human_name(names)
    name = whole or m.plain(" ".join(p for p in (prefix, given, family, suffix) if p), 200)
    if not name:
        raise Refused("no-code")
    return name


def _reach(m: Mapping, r: fhir.Resource, relations: list[Any]) -> Row:
    address = m.plain(fhir.address(r), 300)
    said = [w for each in relations if (w := m.words(each, 60))]
    return {
        "sensitivity": None,
        "relation": m.plain(", ".join(dict.fromkeys(said)), 120),
        "phone": m.plain(fhir.contact(r, "phone"), 60),
        "email": m.plain(fhir.contact(r, "email"), 200),
        "address": address,
        "is_emergency": any(c in _EMERGENCY for each in relations for _, c in fhir.codes(each)),
        "named_in_id": None,
    }


def imaging_study(m: Mapping) -> Row:
    """ImagingStudy: which pictures of what, and how many. What they show is in the report."""
    r = m.resource
    parts = fhir.items(r, "series")
    modalities = [*fhir.items(r, "modality"), *(p["modality"] for p in parts if isinstance(p.get("modality"), dict))]
    sites = [s for p in parts if isinstance(p.get("bodySite"), dict) and (s := _coding(m, p["bodySite"]))]
    ways = [w for each in modalities if (w := _coding(m, each))]
    modality, site = next(iter(ways), None), m.plain(", ".join(dict.fromkeys(sites)), 200)
    name = m.words(fhir.first(r, "procedureCode")) or m.plain(fhir.text(r, "description"), 400)
    name = name or " ".join(p for p in (modality, f"({site})" if site else None) if p) or "Imaging study"
    row = m.entry(
        fhir.first(r, "procedureCode"), status(r, "available"), happened=m.done(m.when(r.get("started"))), name=name
    )
    row["sensitivity"] = m.sensitivity(*fhir.items(r, "procedureCode"), *fhir.items(r, "reasonCode"), more=name)
    row |= {
        "modality": modality[:120] if modality else None,
        "body_site": site,
        "series": _count(r.get("numberOfSeries")),
        "pictures": _count(r.get("numberOfInstances")),
        "performer_id": m.practitioner(*fhir.items(r, "interpreter"), r.get("referrer")) or m.seen_by(),
    }
    return row


def _coding(m: Mapping, coding: fhir.Resource) -> str | None:
    """A bare Coding, or a CodeableConcept, in words."""
    said = m.plain(coding.get("display"), 120) or m.words(coding, 120) or m.plain(coding.get("code"), 120)
    return said.removesuffix(" (body structure)") if said else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6 else None


def encounter_of(m: Mapping) -> UUID | None:
    """The visit a document tells of, where it is one of this patient's."""
    r = m.resource
    context = fhir.first(r, "context")
    for element in (r.get("encounter"), *fhir.items(context, "encounter"), *fhir.items(context, "related")):
        if (token := references.of(element, m.waiting.base)) and token.startswith(("Encounter/", "urn:")):
            found = m.target(element, "Encounter")
            if found is not None:
                return found.row_id
    return None
