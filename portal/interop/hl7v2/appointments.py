"""SIU: visits booked, moved, changed, cancelled and missed (chapter 10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.interop.hl7v2.reading import Segment
from portal.interop.hl7v2.refusals import Unaccepted
from portal.interop.hl7v2.telling import Resource, Teller, concept, identity, instant

_STATES = {"S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled", "S26": "noshow"}
_MINUTES = {"": 1, "MIN": 1, "M": 1, "S": 1 / 60, "SEC": 1 / 60, "H": 60, "HR": 60, "D": 1440}


def tell(teller: Teller) -> None:
    """Add the appointment. Raises `Unaccepted`: `no-appointment-id`, `no-time`, `impossible-date`."""
    sch = teller.message.first("SCH")
    number = _number(sch) if sch is not None else ""
    if sch is None or not number:
        raise Unaccepted("no-appointment-id", "SCH-2")
    event = teller.message.kind.partition("^")[2]
    before = teller.original(f"Appointment/{identity('appointment', number)}")
    if before is not None and event in ("S15", "S26"):  # the visit as it was, but for its state
        teller.add({**before, "status": _STATES[event]}, teller.sent)
        return
    begin, end = _time(teller, sch)
    people = [part for aip in teller.message.all("AIP") for part in aip.parts(3)]
    named = [r for part in people if (r := teller.practitioner(part))]
    places = [_place(ail) for ail in teller.message.all("AIL")]
    reason = concept(sch.part(7))
    kind = concept(sch.part(8))
    service = next((c for ais in teller.message.all("AIS") if (c := concept(ais.part(3)))), {})
    said = [text for each in teller.message.all("NTE") if each.get(2) == "P" and (text := each.lines(3))]
    made: Resource = {
        "resourceType": "Appointment",
        "id": identity("appointment", number),
        "status": _STATES[event],
        "identifier": [{"value": number}],
        "serviceType": [service] if service else [],
        "appointmentType": kind,
        "reasonCode": [reason] if reason else [],
        "description": (service or reason or kind).get("text"),
        "start": begin.isoformat(timespec="seconds"),
        "end": end.isoformat(timespec="seconds"),
        "patientInstruction": "\n".join(said),
        "participant": [
            {"actor": teller.subject, "status": "accepted"},
            *({"actor": {"reference": each}, "status": "accepted"} for each in dict.fromkeys(named)),
            *({"actor": {"reference": f"Location/{identity('location', p)}", "display": p}, "status": "accepted"}
              for p in places[:1] if p),
        ],
    }  # fmt: skip
    teller.add(made, teller.sent)


def _number(sch: Segment) -> str:
    """The number of the schedule that keeps the time (filler), else of who asked for it (placer)."""
    for field in (2, 1):
        if sch.get(field):
            return f"{field}/{sch.get(field)}^{sch.get(field, 2)}"
    return ""


def _place(ail: Segment) -> str:
    part = ail.part(3)
    return part.get(9) or ", ".join(text for n in (4, 1, 2) if (text := part.get(n)))


def _time(teller: Teller, sch: Segment) -> tuple[datetime, datetime]:
    """Begin and end: of TQ1, else of SCH-11, else of what is reserved."""
    zone = teller.zone
    found: list[tuple[datetime | None, datetime | None]] = [
        (instant(tq1.get(7), zone, "TQ1-7"), instant(tq1.get(8), zone, "TQ1-8")) for tq1 in teller.message.all("TQ1")
    ]
    found.append((instant(sch.get(11, 4), zone, "SCH-11"), instant(sch.get(11, 5), zone, "SCH-11")))
    for name, start, length in (("AIS", 4, 7), ("AIP", 6, 9), ("AIL", 6, 9), ("AIG", 8, 11)):
        for each in teller.message.all(name):
            begin = instant(each.get(start), zone, f"{name}-{start}")
            minutes = _minutes(each.get(length), each.get(length + 1))
            found.append((begin, begin + timedelta(minutes=minutes) if begin and minutes else None))
    begin = next((b for b, _ in found if b), None)
    if begin is None:
        raise Unaccepted("no-time", "SCH-11")
    end = next((e for b, e in found if b == begin and e and e > begin), None)
    if end is None:
        end = begin + timedelta(minutes=_minutes(sch.get(9), sch.get(10)) or 30)
    if end - begin > timedelta(days=1):
        raise Unaccepted("impossible-date", "TQ1-8")
    return begin, end


def _minutes(amount: str, unit: str) -> int:
    try:
        return max(0, min(1440, round(float(amount) * _MINUTES.get(unit.upper(), 1))))
    except (ValueError, OverflowError):
        return 0
