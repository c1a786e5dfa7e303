"""Whose chart it is: the person behind an id or a record number of a source. When in doubt, nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.interop import fhir, namespaces, persons, references
from portal.interop.reasons import Refused
from portal.interop.spool import Spooled
from portal.models import Person, SourceResource
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE


def named(uow: UnitOfWork, namespace: str, key: str) -> Person | None:
    """Whom a source calls by that id: the person made from it, or one known before whose original it sent."""
    name = namespace + key
    person = _find(uow, Person.source_key == name)
    if person is None and namespace:
        statement = uow.select(MAY, SourceResource, SourceResource.patient_id)
        known = uow.scalars(statement.where(SourceResource.source_key == name).limit(1))
        person = _find(uow, Person.id == known[0]) if known else None
    return person


def numbered(uow: UnitOfWork, namespace: str, columns: dict[str, Any]) -> Person | None:
    """Who has the record number of `columns`, if it is certainly the same human.

    Two systems may give one number to two people: it stays with the clinic's own patient then. Raises
    `Refused("identity-differs")` where one system does.
    """
    person = _find(uow, Person.mrn == columns["mrn"])
    if person is None or persons.is_certainly_same(person, columns):
        return person
    if namespaces.of_key(person.source_key) == namespace:
        raise Refused("identity-differs")
    if namespace:
        columns["mrn"] = None
    else:
        person.mrn = None
        uow.audit(MAY, person, patient=person.id)
        uow.flush()
    return None


def person_of(uow: UnitOfWork, namespace: str, waiting: Spooled, resource: fhir.Resource) -> Person | None:
    """Whose resource this is, when the Patient itself is not part of the input.

    A bare number names a patient only in the clinic's own system: that of another may be anybody's here.
    """
    token, _ = references.subject(resource, waiting.base)
    person = named(uow, namespace, token) if token and "?" not in token else None
    if person is None and not namespace:
        for number in _record_numbers(resource, token):
            person = _find(uow, Person.mrn == number)
            if person is not None:
                break
    return person


def _find(uow: UnitOfWork, where: Any) -> Person | None:
    found: Person | None = uow.session.scalars(uow.select(MAY, Person).where(where)).first()
    return found


def _record_numbers(resource: dict[str, Any], token: str | None) -> Iterable[str]:
    """Record numbers a resource names its patient by, beside the reference."""
    if token and token.startswith("Patient?identifier="):
        yield token.rpartition("|")[2]
    for name in ("subject", "patient", "beneficiary", "for"):
        for each in fhir.items(resource, name):
            if number := fhir.text(each.get("identifier"), "value"):
                yield number
    for participant in fhir.items(resource, "participant"):
        actor = participant.get("actor")
        if not isinstance(actor, dict) or not str(actor.get("reference", "")).startswith("Patient/"):
            continue
        if number := fhir.text(actor.get("identifier"), "value"):
            yield number
