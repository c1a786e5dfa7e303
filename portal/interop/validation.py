"""Is it FHIR R4? Strict on what could mislead, forgiving of what can't: real exports break small rules all the time.

The structure comes from HL7's R4 (4.0.1) JSON schema, cut down to the types we take (see `data/README.md`).
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from portal.interop import fhir, text
from portal.interop.reasons import Refused

_SCHEMA = files("portal.interop") / "data" / "fhir-r4-subset.schema.json.gz"
_HARMLESS = frozenset({"AdditionalProperties", "MinItems", "MinLength", "MinProperties", "UniqueItems"})
_DATE_NAME = re.compile(
    r"(?:date|time|instant|issued|authoredon|recorded|start|end|created|sent|received|when)\Z", re.IGNORECASE
)

# value[x] and its kin: at most one may be given (JSON schema can't say so).
_ONE_OF: dict[str, tuple[str, ...]] = {
    "Observation": ("value", "effective"),
    "DiagnosticReport": ("effective",),
    "Condition": ("onset", "abatement"),
    "AllergyIntolerance": ("onset",),
    "MedicationRequest": ("medication", "reported"),
    "MedicationStatement": ("medication", "effective"),
    "Immunization": ("occurrence",),
    "Procedure": ("performed",),
    "Patient": ("deceased", "multipleBirth"),
    "ServiceRequest": ("occurrence", "quantity"),
    "Goal": ("start",),
}


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(_SCHEMA.read_bytes()))
    return found


@cache
def _validator(resource_type: str) -> Any:
    schema = _schema()
    if resource_type not in schema["definitions"]:
        return None
    return jsonschema_rs.validator_for({**schema, "$ref": f"#/definitions/{resource_type}"})


def check(resource: dict[str, Any], original: str) -> list[str]:
    """Remarks (keys of `reasons.REMARKS`) on a resource that can be taken; `original` is its compact JSON.

    Raises `Refused`: `structure`, `half-character`, `impossible-date`, `two-values`. Types without a schema here pass
    unseen.
    """
    kind = resource["resourceType"]
    validator = _validator(kind)
    remarks = []
    if validator is not None:
        try:
            if not validator.is_valid(resource):
                for error in validator.iter_errors(resource):
                    _judge(error)
                remarks.append("loose-structure")
        except UnicodeEncodeError as error:
            raise Refused("half-character") from error
        except (ValueError, OverflowError) as error:
            raise Refused("structure") from error
    for stem in _ONE_OF.get(kind, ()):
        if len(fhir.choices(resource, stem)) > 1:
            raise Refused("two-values")
    if kind == "Observation":
        for component in fhir.items(resource, "component"):
            if len(fhir.choices(component, "value")) > 1:
                raise Refused("two-values")
    if '"div":' in original and text.is_scripted(original):
        remarks.append("script")
    return remarks


def _judge(error: Any) -> None:
    kind = type(error.kind).__name__
    if kind in _HARMLESS:
        return
    if kind == "Pattern":
        name = next((part for part in reversed(error.instance_path) if isinstance(part, str)), "")
        value = error.instance
        if isinstance(value, str) and value.strip() and _DATE_NAME.search(name):
            raise Refused("impossible-date")
        return
    raise Refused("structure")
