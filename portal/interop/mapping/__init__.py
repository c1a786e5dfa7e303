"""From FHIR to our columns: one function a type, pure but for the references it asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.interop.mapping import health, medicines, orders, plans, record, results
from portal.interop.mapping.common import Frame, Mapping, Row
from portal.models import (
    AdvanceDirective,
    Allergy,
    Appointment,
    CarePlan,
    Condition,
    Coverage,
    Device,
    Document,
    EmergencyContact,
    Encounter,
    FamilyHistory,
    Goal,
    ImagingStudy,
    Immunization,
    Medication,
    OrderedTest,
    Procedure,
    Referral,
    Report,
    Result,
)

# The order within a patient: what others lean on comes first.
RANKS = {"Patient": 0, "Encounter": 1, "ServiceRequest": 2, "DiagnosticReport": 3, "Observation": 4}
LAST = 5

MAPPERS: dict[str, tuple[Any, Callable[[Mapping], Row | None]]] = {
    "AllergyIntolerance": (Allergy, record.allergy),
    "Appointment": (Appointment, plans.appointment),
    "CarePlan": (CarePlan, plans.care_plan),
    "Composition": (Document, plans.composition),
    "Condition": (Condition, record.condition),
    "Consent": (AdvanceDirective, health.directive),
    "Coverage": (Coverage, health.coverage),
    "Device": (Device, health.device),
    "DiagnosticReport": (Report, results.report),
    "DocumentReference": (Document, plans.document),
    "Encounter": (Encounter, record.encounter),
    "FamilyMemberHistory": (FamilyHistory, health.family_history),
    "Goal": (Goal, plans.goal),
    "ImagingStudy": (ImagingStudy, health.imaging_study),
    "Immunization": (Immunization, record.immunization),
    "MedicationRequest": (Medication, medicines.request),
    "MedicationStatement": (Medication, medicines.statement),
    "Procedure": (Procedure, record.procedure),
    "RelatedPerson": (EmergencyContact, health.related_person),
    "ServiceRequest": (Referral, plans.referral),
}


def map_resource(m: Mapping) -> tuple[Any, Row] | None:
    """The table and row a resource becomes, or None when it is only kept. Raises `Refused`."""
    kind = m.resource["resourceType"]
    if kind == "Observation":
        row = results.observation(m, m.waiting.report, m.waiting.orderer)
        return (Result, row) if row else None
    if kind == "DiagnosticReport" and results.is_note(m.resource):
        return Document, plans.note_report(m)
    if kind not in MAPPERS:
        return None
    table, function = MAPPERS[kind]
    row = function(m)
    if row is None and kind == "ServiceRequest":
        table, row = OrderedTest, orders.ordered_test(m)
    return (table, row) if row else None


__all__ = ["LAST", "MAPPERS", "RANKS", "Frame", "Mapping", "map_resource"]
