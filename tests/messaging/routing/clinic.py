"""A made-up patient with a full team, and a classifier that reads whatever a test wants it to have read."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from portal.messaging.routing import Context, Incoming, Reading

RAW: dict[str, Any] = {
    "context_id": "T1",
    "as_of": "2026-05-12T09:00",
    "patient": {"name": "Ada Quill", "age": 58, "language": "en", "conditions": ["epilepsy"]},
    "care_team": [
        {"key": "dr_pine", "name": "Dr. Olive Pine", "role": "pcp", "pool": "pool:primary_care"},
        {"key": "dr_reed", "name": "Dr. Tom Reed", "role": "neurologist", "pool": "pool:neurology"},
        {"key": "dr_moss", "name": "Dr. Eva Moss", "role": "surgeon", "pool": "pool:surgery"},
        {"key": "np_fern", "name": "Lou Fern, PMHNP", "role": "psychiatric NP", "pool": "pool:behavioral_health"},
        {"key": "cm_birch", "name": "Sam Birch, RN", "role": "care manager", "pool": "pool:care_management"},
    ],
    "pcp": "dr_pine",
    "care_manager": "cm_birch",
    "liaison": {
        "key": "li_max", "name": "Max Quill", "relationship": "son", "active": True,
        "scopes": ["appointments", "medications", "clinical"], "backup": "li_ivy",
    },
    "family": [{"key": "fam_joy", "name": "Joy Quill", "relationship": "daughter"}],
    "medications": [
        {"name": "levetiracetam", "aka": ["Keppra"], "prescriber": "dr_reed", "for": "seizures", "status": "active"},
        {"name": "gabapentin", "aka": ["Neurontin"], "prescriber": "dr_pine", "for": "nerve pain", "status": "active"},
        {"name": "escitalopram", "aka": ["Lexapro"], "prescriber": "np_fern", "for": "depression", "status": "active",
         "sensitive": "mental_health"},
    ],
    "results": [
        {"name": "Brain MRI", "kind": "imaging", "date": "2026-05-05", "ordering_provider": "dr_reed", "status": "final"},  # noqa: E501
        {"name": "Hemoglobin A1c", "kind": "lab", "date": "2026-05-01", "ordering_provider": "dr_pine", "status": "final"},  # noqa: E501
        {"name": "Hemoglobin A1c", "kind": "lab", "date": "2025-11-01", "ordering_provider": "dr_moss", "status": "final"},  # noqa: E501
        {"name": "HIV screen", "kind": "lab", "date": "2026-05-02", "ordering_provider": "dr_pine", "status": "final",
         "sensitive": "sexual_health"},
    ],
    "appointments": [
        {"date": "2026-05-19", "type": "neurology follow-up", "provider": "dr_reed", "status": "upcoming"},
        {"date": "2026-05-26", "type": "medication management", "provider": "np_fern", "status": "upcoming"},
        {"date": "2026-04-28", "type": "hernia repair", "provider": "dr_moss", "status": "completed"},
        {"date": "2026-03-02", "type": "knee replacement", "provider": "dr_moss", "status": "completed"},
    ],
    "referrals": [{"to": "nephrology", "referring_provider": "dr_pine", "status": "pending", "date": "2026-04-20"}],
    "absences": [],
}  # fmt: skip


def context(**changes: Any) -> Context:
    """The made-up context with some fields changed; `scopes` and `liaison_active` are shortcuts."""
    raw = copy.deepcopy(RAW)
    if "scopes" in changes:
        raw["liaison"]["scopes"] = changes.pop("scopes")
    if "liaison_active" in changes:
        raw["liaison"]["active"] = changes.pop("liaison_active")
    raw |= changes
    return Context.parse(raw)


def away(
    who: str, covering: str | None = None, start: str = "2026-05-10", end: str | None = "2026-05-20"
) -> dict[str, Any]:
    return {"who": who, "from": start, "to": end, "covering": covering}


@dataclass(frozen=True)
class Fixed:
    """A classifier that always reads the same."""

    reading: Reading

    def read(self, context: Context, message: Incoming) -> Reading:
        return self.reading
