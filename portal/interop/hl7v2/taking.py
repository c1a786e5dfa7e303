"""From a message to the record: whose it is, what it says in FHIR, and the importer that everything comes in by."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.appointments import outside
from portal.interop import namespaces
from portal.interop.hl7v2 import appointments, documents, known, people, results, visits
from portal.interop.hl7v2.reading import Message
from portal.interop.hl7v2.refusals import Unaccepted
from portal.interop.hl7v2.telling import NPI, Resource, Teller, dumps
from portal.interop.importing import import_resources
from portal.models import Occupied, Practitioner, SourceResource
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

ACTOR: Final = Actor.system("interop.feed")
EVENTS: Final[dict[str, frozenset[str]]] = {
    "ORU": frozenset({"R01"}),
    "ADT": frozenset({"A01", "A03", "A04", "A08", "A28", "A31", "A40"}),
    "SIU": frozenset({"S12", "S13", "S14", "S15", "S26"}),
    "MDM": frozenset({"T02", "T04", "T08", "T10", "T11"}),
}
_TELL = {"ORU": results.tell, "ADT": visits.tell, "SIU": appointments.tell, "MDM": documents.tell}


def check(message: Message, *, is_production: bool) -> None:
    """Raises `Unaccepted` for what is not even kept: `no-control-id`, `type`, `event`, `processing-id`."""
    if not message.control_id:
        raise Unaccepted("no-control-id", "MSH-10")
    kind, _, event = message.kind.partition("^")
    if kind not in EVENTS:
        raise Unaccepted("type", "MSH-9")
    if event not in EVENTS[kind]:
        raise Unaccepted("event", "MSH-9")
    if is_production and message.header.get(11) in ("T", "D"):
        raise Unaccepted("processing-id", "MSH-11")


def take(services: Services, message: Message) -> tuple[str | None, str | None]:
    """Take what a message says; returns what there is to look at, as code and place, or None twice.

    Raises `Unaccepted` when nothing of it was taken.
    """
    if message.kind == "ADT^A40":
        raise Unaccepted("merge", "MRG-1")
    source = source_of(services, message)
    with UnitOfWork.open(services, ACTOR, write=False) as uow:
        namespace = namespaces.of_source(uow, source)
        found = people.match(uow, namespace, message, tells_who=message.kind.startswith("ADT"))
        person_id = found.person.id if found.person is not None else None
        teller = Teller(message, uow.settings.zone, found.subject, _doctors(uow, message))
        if person_id is not None:
            teller.original = lambda name: known.original(uow, namespace, person_id, name)
        _TELL[message.kind[:3]](teller)
        if found.patient is not None:
            teller.add(found.patient, teller.sent)
        behind = known.older(uow, namespace, teller.written)
    for name in behind:
        teller.made.pop(name, None)
    if all(name.startswith("Practitioner/") for name in teller.made):
        if behind:
            return "older", "MSH-7"
        if message.kind.startswith("ADT"):  # of somebody whose name and address others keep
            return None, None
        raise Unaccepted("nothing-to-take")
    code = _import(services, teller, source)
    with UnitOfWork.open(services, ACTOR, write=True) as uow:
        known.note(uow, namespace, teller.written, teller.made)
    if message.kind.startswith("SIU") and code is None and _overlaps(services, namespace, teller):
        code = "overlaps"
    return (code or ("older" if behind else None)), ("SCH-11" if code == "overlaps" else None)


def source_of(services: Services, message: Message) -> str:
    """The name of the source: the clinic's own for its own facilities, else that of the sending facility."""
    own = {name.strip().casefold() for name in services.settings.hl7_own_facilities.split(",") if name.strip()}
    if message.facility.casefold() in own:
        return namespaces.OWN
    return f"HL7 v2 {message.facility}"[:120]


def _import(services: Services, teller: Teller, source: str) -> str | None:
    made = [(dumps(resource), resource) for resource in _sorted(teller.made)]
    report = import_resources(services, made, source=source, actor=ACTOR)
    refusals = set(report.refusals)
    if report.patients_refused or not report.patients:
        if "identity-differs" in refusals:
            raise Unaccepted("identity-differs", "PID-3")
        if "unknown-patient" in refusals:
            raise Unaccepted("unknown-patient", "PID-3")
        raise Unaccepted("not-stored")
    directory = {"Practitioner", "ServiceRequest", "Patient"}
    if refusals and not any(
        sum(counts[o] for o in ("new", "changed", "unchanged"))
        for kind, counts in report.counts.items()
        if kind not in directory
    ):
        raise Unaccepted("nothing-to-take")
    return "partly" if refusals else None


def _sorted(made: dict[str, Resource]) -> list[Resource]:
    return sorted(made.values(), key=lambda r: r["resourceType"] != "Patient")


def _doctors(uow: UnitOfWork, message: Message) -> dict[str, str]:
    """References to the clinicians known here by a national number that the message holds."""
    numbers = {
        part.get(1)
        for each in message.segments
        if each.name in ("OBR", "ORC", "PV1", "AIP", "TXA")
        for field in range(3, min(24, len(each.fields)))
        for part in each.parts(field)[:20]
        if part.get(1).isdigit() and len(part.get(1)) == 10
    }
    if not numbers:
        return {}
    rows = uow.session.scalars(select(Practitioner.npi).where(Practitioner.npi.in_(sorted(numbers)[:400])))
    return {npi: f"Practitioner?identifier={NPI}|{npi}" for npi in rows if npi}


def _overlaps(services: Services, namespace: str, teller: Teller) -> bool:
    """Whether the visit had to take a place beside another one's time."""
    outside.occupy(services)
    with UnitOfWork.open(services, ACTOR, write=False) as uow:
        for name in teller.made:
            if not name.startswith("Appointment/"):
                continue
            row = _appointment(uow, namespace, name)
            seats = set(uow.session.scalars(select(Occupied.seat).where(Occupied.claim_id == row))) if row else set()
            if any(seats):
                return True
    return False


def _appointment(uow: UnitOfWork, namespace: str, name: str) -> UUID | None:
    statement = uow.select(known.MAY, SourceResource, SourceResource.id)
    found: UUID | None = uow.session.scalar(statement.where(SourceResource.source_key == namespace + name))
    return found
