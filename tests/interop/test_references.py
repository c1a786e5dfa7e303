"""References: however a resource is named, it is the same resource."""

from __future__ import annotations

import pytest

from portal.interop import references

BASE = "http://clinic.example/fhir"


@pytest.mark.parametrize(
    ("reference", "token"),
    [
        ("Patient/1", "Patient/1"),
        ("Patient/1/_history/3", "Patient/1"),
        (f"{BASE}/Patient/1", "Patient/1"),
        (f"{BASE}/Patient/1/_history/2", "Patient/1"),
        ("http://elsewhere.example/Patient/1", "http://elsewhere.example/Patient/1"),
        ("urn:uuid:AB12", "urn:uuid:ab12"),
        ("Practitioner?identifier=http%3A%2F%2Fnpi%7C12", "Practitioner?identifier=http://npi|12"),
        ("#inside", None),
        ("", None),
        ("Patient/", None),
        ("Patient/../../etc", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_reference_has_one_token(reference: str, token: str | None) -> None:
    assert references.token(reference, BASE) == token


def test_an_absolute_reference_without_a_base_is_taken_by_its_end() -> None:
    assert references.token("http://clinic.example/fhir/Patient/1") == "Patient/1"


@pytest.mark.parametrize(
    ("resource", "whose"),
    [
        ({"resourceType": "Observation", "subject": {"reference": "Patient/1"}}, ("Patient/1", None)),
        ({"resourceType": "Observation", "subject": {"reference": "urn:uuid:a-1"}}, ("Patient/a-1", None)),
        ({"resourceType": "Coverage", "beneficiary": {"reference": f"{BASE}/Patient/1"}}, ("Patient/1", None)),
        ({"resourceType": "Observation", "subject": {"reference": "Group/1"}}, (None, None)),
        ({"resourceType": "Observation", "subject": {"reference": 7}}, (None, None)),
        ({"resourceType": "Observation"}, (None, None)),
        (
            {"resourceType": "Observation", "subject": {"identifier": {"system": "s", "value": "7"}}},
            ("Patient?identifier=s|7", None),
        ),
        ({"resourceType": "Provenance", "target": [{"reference": "Observation/1"}]}, (None, "Observation/1")),
        (
            {
                "resourceType": "Appointment",
                "participant": [{"actor": {"reference": "Practitioner/1"}}, {"actor": {"reference": "Patient/1"}}],
            },
            ("Patient/1", None),
        ),
    ],
)
def test_each_resource_says_whose_it_is(resource: dict[str, object], whose: tuple[str | None, str | None]) -> None:
    assert references.subject(resource, BASE) == whose


def test_all_references_in_a_text_are_found_but_not_the_inner_ones() -> None:
    text = '{"a":{"reference":"Patient/1"},"b":[{"reference":"#x"},{"reference":"urn:uuid:A"}]}'
    assert references.in_text(text, "") == {"Patient/1", "urn:uuid:a"}


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "ü", 5, None])
def test_an_id_is_what_fhir_calls_one(bad: object) -> None:
    assert not references.is_id(bad)
