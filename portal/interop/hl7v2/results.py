"""ORU^R01: reports and their results (chapter 7). Each OBR is a report; each OBX, or run of text lines, a result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from portal.interop.hl7v2.documents import attachment
from portal.interop.hl7v2.reading import Segment
from portal.interop.hl7v2.telling import Number, Resource, Teller, concept, exact, identity, instant, notes, number

# HL7 tables 0123 and 0085 to FHIR
_REPORT = {"P": "preliminary", "R": "preliminary", "A": "partial", "F": "final", "M": "final", "C": "corrected",
           "K": "corrected", "X": "cancelled", "I": "registered", "O": "registered", "S": "registered",
           "Y": "registered", "Z": "registered"}  # fmt: skip
_RESULT = {"F": "final", "U": "final", "B": "final", "V": "final", "P": "preliminary", "R": "preliminary",
           "S": "preliminary", "C": "corrected", "A": "amended", "X": "cancelled", "N": "cancelled",
           "D": "entered-in-error", "W": "entered-in-error", "I": "registered", "O": "registered"}  # fmt: skip
_TEXT = frozenset({"TX", "FT", "ST"})
_FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_RANGE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*-\s*([+-]?\d+(?:\.\d+)?)\s*\Z")
_BOUND = re.compile(r"\s*(<=?|>=?)\s*([+-]?\d+(?:\.\d+)?)\s*\Z")
_COMPARED = re.compile(r"\s*(<=?|>=?)\s*([+-]?\d+(?:\.\d+)?)\s*\Z")


@dataclass
class _Group:
    """One OBR with what follows it; without an OBR: what is told of the patient or a specimen."""

    order: Segment | None
    orc: Segment | None = None
    notes: list[Segment] = field(default_factory=list)
    results: list[tuple[Segment, list[Segment]]] = field(default_factory=list)


def tell(teller: Teller) -> None:
    """Add the reports and results of the message."""
    for index, group in enumerate(_groups(teller), 1):
        _report(teller, group, index)


def _groups(teller: Teller) -> list[_Group]:
    groups: list[_Group] = []
    current = _Group(None)
    orc: Segment | None = None
    after: str = ""
    for each in teller.message.segments:
        if each.name == "ORC":
            orc = each
        elif each.name in ("OBR", "SPM", "PID", "PV1"):
            groups.append(current)
            current = _Group(each if each.name == "OBR" else None, orc)
            orc = None if each.name == "OBR" else orc
        elif each.name == "OBX":
            current.results.append((each, []))
        elif each.name == "NTE" and after in ("OBR", "OBX", "NTE"):
            (current.results[-1][1] if current.results else current.notes).append(each)
        after = each.name if each.name in ("OBR", "OBX", "NTE", "SPM", "PID", "PV1", "ORC") else after
    groups.append(current)
    return [group for group in groups if group.order is not None or group.results]


def _report(teller: Teller, group: _Group, index: int) -> None:
    obr = group.order
    order = _number(group, 3) or _number(group, 2)
    sender = teller.message.header.get(3)
    about = identity(sender, order or f"{teller.message.sender}/{teller.message.control_id}/{index}",
                     obr.get(4) if obr else "")  # fmt: skip
    written = (instant(obr.get(22), teller.zone, "OBR-22") if obr else None) or teller.sent
    issued = (teller.when(obr, 22) if obr else None) or teller.when(teller.message.header, 7)
    taken = teller.when(obr, 7) if obr else None
    orderer = teller.practitioner(obr.part(16)) if obr else None
    if orderer is None and group.orc is not None:
        orderer = teller.practitioner(group.orc.part(12))
    forms: list[Resource] = []
    listed: list[str] = []
    seen: dict[str, int] = {}
    service: str | None = None
    if orderer and obr is not None:
        service = teller.add(
            {"resourceType": "ServiceRequest", "id": identity("order", about), "status": "completed",
             "intent": "order", "code": concept(obr.part(4)), "subject": teller.subject,
             "requester": {"reference": orderer}},
            written,
        )  # fmt: skip
    for obx, said in _merged(group.results):
        if obx[0].get(2) in ("ED", "RP"):
            if obr is not None and obx[0].get(2) == "ED" and (form := attachment(obx[0])):
                forms.append(form)
            continue
        name = obx[0].get(3) or obx[0].get(3, 2)
        key = f"{name}/{obx[0].get(4)}"
        seen[key] = seen.get(key, 0) + 1
        made = _result(teller, obx, said, taken or issued, issued)
        made["id"] = identity(about, key, str(seen[key]))
        made["basedOn"] = [{"reference": service}] if service else []
        if obr is not None or taken or made.get("effectiveDateTime"):
            listed.append(teller.add(made, written))
    if obr is None:
        return
    state = _REPORT.get(obr.get(25), "final" if listed or forms else "registered")
    section = obr.get(24) or "LAB"
    comment = "\n".join(n["text"] for n in notes(group.notes))
    effective = taken or min((t for key in listed if (t := teller.made[key].get("effectiveDateTime"))), default=None)
    teller.add(
        {
            "resourceType": "DiagnosticReport", "id": about, "status": state,
            "identifier": [{"value": order}] if order else [],
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": section}]}],
            "code": concept(obr.part(4)), "subject": teller.subject,
            "effectiveDateTime": effective or issued, "issued": exact(issued), "conclusion": comment,
            "basedOn": [{"reference": service}] if service else [],
            "result": [{"reference": key} for key in listed], "presentedForm": forms,
        },
        written,
    )  # fmt: skip


def _number(group: _Group, which: int) -> str:
    for segment in (group.order, group.orc):
        if segment is not None and (found := segment.part(which)).get(1):
            return "^".join(found.get(n) for n in (1, 2, 3)).rstrip("^")
    return ""


def _merged(found: list[tuple[Segment, list[Segment]]]) -> list[tuple[list[Segment], list[Segment]]]:
    """Lines of one text, sent as an OBX each with the same code and sub-id, come together."""
    merged: list[tuple[list[Segment], list[Segment]]] = []
    for obx, said in found:
        last = merged[-1][0][-1] if merged else None
        if last is not None and obx.get(2) in ("TX", "FT") and _about(last) == _about(obx):
            merged[-1][0].append(obx)
            merged[-1][1].extend(said)
            continue
        merged.append(([obx], list(said)))
    return merged


def _about(obx: Segment) -> tuple[str, str, str, str]:
    return obx.get(2), obx.get(3), obx.get(3, 2), obx.get(4)


def _result(
    teller: Teller, lines: list[Segment], said: list[Segment], taken: str | None, issued: str | None
) -> Resource:
    obx = lines[0]
    unit = _unit(obx)
    code = concept(obx.part(3))
    made: Resource = {
        "resourceType": "Observation",
        "status": _RESULT.get(obx.get(11), "preliminary"),
        "code": code,
        "subject": teller.subject,
        "effectiveDateTime": teller.when(obx, 14) or taken,
        "issued": exact(issued),
        "note": notes(said),
    }
    if flags := [p.get(1) for p in obx.parts(8) if re.fullmatch(r"[A-Z<>+\-]{1,3}", p.get(1))]:
        made["interpretation"] = [{"coding": [{"system": _FLAGS, "code": flag}]} for flag in flags]
    if not set(_codes(code)) & _VITALS:
        made["category"] = [{"coding": [{"code": "laboratory"}]}]
    made |= _value(obx, lines, unit)
    if usual := _usual(obx.get(7), unit):
        made["referenceRange"] = [usual]
    return made


_VITALS = frozenset(
    {"85354-9", "8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "29463-7", "8302-2", "39156-5", "2708-6", "59408-5"}
)


def _codes(code: Resource) -> list[str]:
    return [each["code"] for each in code.get("coding", [])]


def _unit(obx: Segment) -> Resource:
    part = obx.part(6)
    code = part.get(1)
    made = {"unit": part.get(1) or part.get(2)}
    if code and part.get(3).upper() == "UCUM":
        made |= {"system": "http://unitsofmeasure.org", "code": code}
    return made if made["unit"] else {}


def _quantity(text: str, unit: Resource, comparator: str = "") -> Resource | None:
    found = number(text)
    if found is None:
        return None
    made: Resource = {"value": Number(found), **unit}
    if comparator:
        made["comparator"] = comparator
    return made


def _value(obx: Segment, lines: list[Segment], unit: Resource) -> Resource:
    kind = obx.get(2)
    parts = obx.parts(5)
    if not parts or obx.is_deleted(5):
        return {}
    part = parts[0]
    if kind in ("CE", "CWE", "CNE", "IS", "ID", "CF"):
        if len(parts) > 1:
            return {"valueString": ", ".join(concept(p).get("text", "") for p in parts)}
        return {"valueCodeableConcept": concept(part)}
    if kind == "SN":
        return _structured([part.get(n) for n in (1, 2, 3, 4)], unit)
    if kind in ("NM", "ST") and len(parts) == 1:
        text = part.text().strip()
        compared = _COMPARED.match(text)
        made = _quantity(compared[2], unit, compared[1]) if compared else _quantity(text, unit)
        if made is not None and (kind == "NM" or unit):
            return {"valueQuantity": made}
    joined = "\n".join(text for line in lines if (text := line.lines(5)))
    words = f"{joined} {unit['unit']}" if unit and kind not in _TEXT and joined else joined
    return {"valueString": words} if words else {}


def _structured(sn: list[str], unit: Resource) -> Resource:
    """SN: comparator, number, separator, number."""
    sign, one, between, two = sn
    if not two and (made := _quantity(one, unit, sign if sign in ("<", "<=", ">=", ">") else "")):
        return {"valueQuantity": made}
    tail: Any = f" {unit['unit']}" if unit else ""
    said = f"{sign if sign != '=' else ''}{one}{between or ('-' if two else '')}{two}{tail}".strip()
    return {"valueString": said} if said else {}


def _usual(text: str, unit: Resource) -> Resource:
    if not text:
        return {}
    made: Resource = {"text": text}
    if found := _RANGE.match(text):
        made |= {"low": _quantity(found[1], unit), "high": _quantity(found[2], unit)}
    elif found := _BOUND.match(text):
        made |= {("high" if found[1].startswith("<") else "low"): _quantity(found[2], unit)}
    return made
