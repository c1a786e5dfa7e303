"""Orders of tests: ServiceRequest that asks for a laboratory test, a picture or a look at tissue."""

from __future__ import annotations

from portal.interop import fhir
from portal.interop.mapping.common import Mapping, Row, status
from portal.interop.mapping.results import category_of_codes
from portal.results.explanations import explain

_ORDERED = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
# SNOMED CT: laboratory procedure, imaging, and histopathology, as orders name them
_SNOMED = {"108252007": "laboratory", "363679005": "imaging", "252416005": "pathology", "laboratory": "laboratory",
           "imaging": "imaging", "pathology": "pathology"}  # fmt: skip


def ordered_test(m: Mapping) -> Row | None:
    """ServiceRequest of a test; None for what is only proposed, or asks for something else."""
    r = m.resource
    if fhir.text(r, "intent") not in _ORDERED:
        return None
    named = [c for each in fhir.items(r, "category") for _, c in fhir.codes(each)]
    category = next((_SNOMED[c] for c in named if c in _SNOMED), None) or category_of_codes(named)
    if category is None and any(explain(code) for _, code in fhir.codes(r.get("code"))):
        category = "laboratory"
    ordered = m.when(r.get("authoredOn")) or m.chosen("occurrence")
    at = m.instant(ordered)
    if category is None or at is None or not m.words(r.get("code")):
        return None
    row = m.entry(r.get("code"), status(r), happened=m.chosen("occurrence") or ordered, recorded=ordered)
    row["sensitivity"] = m.sensitivity(r.get("code"), *fhir.items(r, "reasonCode"))
    row |= {"category": category, "orderer_id": m.practitioner(r.get("requester")) or m.seen_by(), "ordered_at": at}
    return row
