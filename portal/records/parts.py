"""The parts of a record: one table, from which pages, search, downloads and the binder are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_

from portal.models import (
    AdvanceDirective,
    Allergy,
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
    Procedure,
    Report,
    Result,
)
from portal.policy.actions import Action
from portal.records.service import WRONG
from portal.results.release import NEVER


@dataclass(frozen=True)
class Part:
    """One part of a record. Its words are in `records.words`.

    `columns` are selected beside those every line has; `author` and `place` name the columns of who and where;
    `day` the column lines are ordered by; `now` the states that count as present (empty: there is no such question).
    """

    key: str
    model: Any
    action: Action
    columns: tuple[str, ...] = ()
    author: str | None = None
    place: str | None = None
    day: str = "happened_on"
    now: tuple[str, ...] = ()
    never: tuple[str, ...] = WRONG
    where: Callable[[Any], tuple[Any, ...]] | None = None
    is_confirmed: bool = False
    has_text: bool = False
    icon: str = "file-text"
    endpoint: str = ""  # the page of another room that shows this part; it is not in the list of pages here

    @property
    def is_measured(self) -> bool:
        """Whether its lines are results or reports, which have pages of their own."""
        return self.day == "effective_at"

    def shown(self) -> tuple[Any, ...]:
        """The conditions every line of the part fulfils beside the policy's."""
        found: list[Any] = [self.model.status.notin_(self.never)]
        if self.where is not None:
            found += self.where(self.model)
        return tuple(found)


MEASURED = (
    "category",
    "value",
    "decimals",
    "value_text",
    "comparator",
    "unit",
    "components",
    "low",
    "high",
    "range_text",
    "flag",
    "corrected_at",
)
RESULT = Action.RESULT_READ
_NEVER = tuple(sorted(NEVER))


def _measured(key: str, *categories: str, icon: str, endpoint: str = "") -> Part:
    return Part(
        key,
        Result,
        RESULT,
        columns=MEASURED,
        author="orderer_id",
        day="effective_at",
        never=_NEVER,
        where=lambda model: (model.category.in_(categories),),
        icon=icon,
        endpoint=endpoint,
    )


def _not_refuted(model: Any) -> tuple[Any, ...]:
    return (or_(model.verification.is_(None), model.verification.notin_(WRONG)),)


ACTIVE = ("active", "recurrence", "relapse")
PARTS: tuple[Part, ...] = (
    Part(
        "conditions", Condition, Action.RECORD_CONDITION_READ, ("category", "abated"), author="author_id",
        now=(*ACTIVE, "unknown"), is_confirmed=True, icon="clipboard-list",
    ),
    Part(
        "allergies", Allergy, Action.RECORD_ALLERGY_READ,
        ("category", "criticality", "reaction", "severity", "verification"), author="author_id",
        now=("active", "unknown", "confirmed", "unconfirmed"), where=_not_refuted, is_confirmed=True,
        icon="triangle-alert",
    ),
    Part(
        "medicines", Medication, Action.RECORD_MEDICATION_READ, ("sig", "purpose", "kind", "ended"),
        author="prescriber_id", now=("active", "on-hold", "intended", "unknown"),
        never=(*WRONG, "draft", "cancelled"), icon="pill", endpoint="medicines.list_medicines",
    ),
    Part("immunizations", Immunization, Action.RECORD_IMMUNIZATION_READ, author="author_id", icon="syringe"),
    Part("procedures", Procedure, Action.RECORD_PROCEDURE_READ, author="performer_id", icon="stethoscope"),
    _measured("results", "laboratory", "survey", "other", icon="flask-conical", endpoint="results.list_reports"),
    _measured("vitals", "vital-signs", icon="heart-pulse"),
    Part(
        "visits", Encounter, Action.RECORD_ENCOUNTER_READ, ("kind", "reason", "ended"), author="practitioner_id",
        place="organization_id", never=(*WRONG, "cancelled"), icon="calendar",
    ),
    Part(
        "documents", Document, Action.RECORD_DOCUMENT_READ, ("content_type", "encounter_id"), author="author_id",
        never=(*WRONG, "preliminary"), has_text=True, icon="file-text",
    ),
    Part(
        "imaging-reports", Report, RESULT, ("category", "conclusion"), author="orderer_id", place="laboratory_id",
        day="effective_at", never=_NEVER, where=lambda model: (model.category.in_(("imaging", "pathology")),),
        icon="search",
    ),
    Part(
        "imaging", ImagingStudy, Action.RECORD_IMAGING_READ, ("modality", "body_site", "series", "pictures"),
        author="performer_id", never=(*WRONG, "cancelled"), icon="monitor",
    ),
    Part(
        "care-plans", CarePlan, Action.RECORD_CARE_PLAN_READ, ("activities", "ended"), author="author_id",
        now=("active", "on-hold", "unknown"), never=(*WRONG, "draft"), icon="list-checks",
    ),
    Part(
        "goals", Goal, Action.RECORD_CARE_PLAN_READ, ("target", "due"), author="author_id",
        now=("proposed", "planned", "accepted", "active", "on-hold", "unknown"), icon="target",
    ),
    Part(
        "family-history", FamilyHistory, Action.RECORD_FAMILY_HISTORY_READ, ("conditions", "deceased"), icon="users",
    ),
    _measured("social-history", "social-history", icon="home"),
    Part(
        "devices", Device, Action.RECORD_DEVICE_READ, ("identifier", "maker", "model", "lot", "expires"),
        now=("active", "unknown"), icon="activity",
    ),
    Part(
        "insurance", Coverage, Action.RECORD_COVERAGE_READ,
        ("payer", "member_number", "group_number", "holder", "ended"), now=("active",),
        never=(*WRONG, "draft"), icon="shield-check",
    ),
    Part(
        "advance-directives", AdvanceDirective, Action.RECORD_DIRECTIVE_READ, ("decision", "agent", "ended"),
        now=("active",), never=(*WRONG, "draft", "rejected", "proposed"), icon="file-check",
    ),
    Part(
        "contacts", EmergencyContact, Action.RECORD_CONTACT_READ,
        ("relation", "phone", "email", "address", "is_emergency", "named_in_id"), now=("active",),
        is_confirmed=True, icon="phone",
    ),
)  # fmt: skip
BY_KEY = {part.key: part for part in PARTS}
PAGES = tuple(part for part in PARTS if not part.endpoint)
