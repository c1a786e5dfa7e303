"""ADT: visits and discharges (chapter 3). Who the patient is belongs to `people`."""

from __future__ import annotations

from typing import Final

from portal.interop.hl7v2.telling import Resource, Teller, concept, identity

WITH_VISIT: Final = frozenset({"A01", "A03", "A04", "A08"})
# HL7 table 0004 to v3 ActCode
_CLASSES = {"I": ("IMP", "inpatient encounter"), "O": ("AMB", "ambulatory"), "E": ("EMER", "emergency"),
            "P": ("PRENC", "pre-admission"), "R": ("AMB", "ambulatory"), "B": ("IMP", "inpatient encounter"),
            "C": ("AMB", "ambulatory")}  # fmt: skip
_ROLES = {7: "ATND", 8: "REF", 9: "CON", 17: "ADM"}


def tell(teller: Teller) -> None:
    """Add the visit of an A01, A03, A04 or A08, where it has a number of its own (PV1-19)."""
    event = teller.message.kind.partition("^")[2]
    pv1, pv2 = teller.message.first("PV1"), teller.message.first("PV2")
    if event not in WITH_VISIT or pv1 is None:
        return
    number = pv1.get(19) or _account(teller)
    if not number:
        return
    evn = teller.message.first("EVN")
    happened = (teller.when(evn, 6) or teller.when(evn, 2)) if evn is not None else None
    happened = happened or teller.when(teller.message.header, 7)
    begin, end = teller.when(pv1, 44), teller.when(pv1, 45)
    if event in ("A01", "A04"):
        begin = begin or happened
    if event == "A03":
        end = end or happened
    before = teller.original(f"Encounter/{identity('visit', number, pv1.get(19, 4))}") or {}
    period = before.get("period", {})
    begin, end = begin or period.get("start"), end or (period.get("end") if event == "A08" else None)
    code, words = _CLASSES.get(pv1.get(2), ("AMB", "ambulatory"))
    people = [
        {"type": [{"coding": [{"code": role}]}], "individual": {"reference": named}}
        for field, role in _ROLES.items()
        for part in pv1.parts(field)
        if (named := teller.practitioner(part))
    ]
    made: Resource = {
        "resourceType": "Encounter",
        "id": identity("visit", number, pv1.get(19, 4)),
        "status": "finished" if end else "in-progress",
        "identifier": [{"value": number}],
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code, "display": words},
        "subject": teller.subject,
        "participant": people,
        "period": {k: v for k, v in (("start", begin), ("end", end)) if v},
    }
    if pv2 is not None and (reason := concept(pv2.part(3))):
        made["reasonCode"] = [reason]
    for name in ("participant", "reasonCode"):  # an empty field says nothing
        made[name] = made.get(name) or before.get(name)
    teller.add(made, teller.sent)


def _account(teller: Teller) -> str:
    """The account number stands in for a visit number that is missing."""
    pid = teller.message.first("PID")
    return pid.get(18) if pid is not None else ""
