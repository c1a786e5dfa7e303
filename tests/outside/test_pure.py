"""Whose paper it is, and what theirs is beside ours: tables."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from portal.outside.matching import Known, compare
from portal.outside.reconciliation import Side
from portal.outside.reconciliation import compare as side_by_side

pytestmark = pytest.mark.one_database
KNOWN = Known(
    "José Luis",
    "García-Pérez",
    date(1950, 4, 12),
    "male",
    "(212) 555-0142",
    "j@x.example",
    "1 River Road, Oldtown",
    "77",
)


def person(given=("Jose", "Luis"), family="Garcia Perez", birth="1950-04-12", gender="male", **more):
    told = {"resourceType": "Patient", "name": [{"given": list(given), "family": family}], **more}
    return told | ({"birthDate": birth} if birth else {}) | ({"gender": gender} if gender else {})


PHONE = {"telecom": [{"system": "phone", "value": "+1 212-555-0142"}]}
MAIL = {"telecom": [{"system": "email", "value": "J@X.example"}]}
NUMBER = {"identifier": [{"value": "77"}]}
STREET = {"address": [{"line": ["1 River Road"]}]}


@pytest.mark.parametrize(
    ("told", "state", "differs"),
    [
        (person(**PHONE), "matched", ()),
        (person(**MAIL), "matched", ()),
        (person(**NUMBER), "matched", ()),
        (person(**STREET), "matched", ()),
        (person(given=("JOSÉ",), **PHONE), "matched", ()),
        (person(), "unsure", ()),
        (person(birth="1950-04", **PHONE), "unsure", ()),
        (person(birth=None, **PHONE), "unsure", ()),
        (person(gender=None, **PHONE), "unsure", ()),
        (person(gender="unknown", **PHONE), "unsure", ()),
        (person(gender="female", **PHONE), "unsure", ("sex",)),
        (person(family="Garcia", **PHONE), "unsure", ("name",)),
        (person(given=("Luis",), **PHONE), "unsure", ("name",)),
        (person(given=("Luis",), gender="female", **PHONE), "other", ("name", "sex")),
        (person(birth="1951-04-12", **PHONE), "other", ("birth",)),
        (person(given=("Ada",), family="Lovelace", **PHONE), "other", ("name",)),
        (
            person(given=("Ada",), family="Lovelace", birth="1815-12-10", gender="female"),
            "other",
            ("name", "birth", "sex"),
        ),
        ({"resourceType": "Patient"}, "unsure", ()),
    ],
)
def test_whose_it_is(told, state, differs):
    found = compare(KNOWN, told)
    assert (found.state, found.differs) == (state, differs)


def test_any_of_several_names_may_be_theirs():
    told = person(given=("Ada",), family="Lovelace", **PHONE)
    told["name"].append({"given": ["Jose"], "family": "García Pérez", "use": "old"})
    assert compare(KNOWN, told).state == "matched"


def side(name, how="", status="active", code="", system="s", is_none=False):
    return Side(uuid4(), name, code, system if code else "", how, status, is_none)


def paired(part, ours, theirs):
    (found,) = side_by_side(part, ours, [theirs])
    index: dict[UUID | None, int | None] = {one.key: at for at, one in enumerate(ours)}
    return found.kind, index.get(found.ours), found.proposal


@pytest.mark.parametrize(
    ("part", "ours", "theirs", "wanted"),
    [
        ("conditions", [], side("Asthma"), ("new", None, "add")),
        ("conditions", [side("ASTHMA (disorder)")], side("Asthma"), ("same", 0, "merge")),
        ("conditions", [side("Bronchial asthma", code="1")], side("Asthma", code="1"), ("same", 0, "merge")),
        ("conditions", [side("Asthma", code="1")], side("Asthmatic", code="1", system="t"), ("new", None, "add")),
        ("conditions", [side("Asthma")], side("Asthma", status="resolved"), ("differs", 0, "merge")),
        ("conditions", [], side("Sinusitis", status="resolved"), ("past", None, "ignore")),
        ("allergies", [side("Tylenol")], side("Acetaminophen"), ("same", 0, "merge")),
        ("allergies", [side("Peanut")], side("Acetaminophen"), ("new", None, "add")),
        ("allergies", [side("Peanut")], side("No known allergies", is_none=True), ("none", None, "ignore")),
        ("medicines", [side("Lisinopril 10 MG Oral Tablet", "1 tablet once a day")],
         side("Lisinopril 10 MG Oral Tablet", "Take 1 tablet once a day"), ("same", 0, "merge")),
        ("medicines", [side("Lisinopril 10 MG Oral Tablet", "1 tablet once a day")],
         side("Lisinopril 20 MG Oral Tablet", "1 tablet once a day"), ("differs", 0, "replace")),
        ("medicines", [side("Zestril 10 mg", "1 tablet once a day")],
         side("lisinopril 10 mg", "1 tablet once a day"), ("same", 0, "merge")),
        ("medicines", [side("Lisinopril 10 MG", "1 tablet once a day")],
         side("Lisinopril 10 MG", "1 tablet twice a day"), ("differs", 0, "replace")),
        ("medicines", [side("Lisinopril 10 MG", "1 tablet once a day")],
         side("Lisinopril 10 MG", "1 tablet once a day", status="stopped"), ("differs", 0, "ignore")),
        ("medicines", [side("Ibuprofen 200 MG Oral Tablet")], side("Ibuprofen 5 % Topical Gel"), ("new", None, "add")),
        ("medicines", [], side("Warfarin 5 MG", status="completed"), ("past", None, "ignore")),
    ],
)  # fmt: skip
def test_theirs_beside_ours(part, ours, theirs, wanted):
    assert paired(part, ours, theirs) == wanted


def test_another_name_of_the_same_medicine_is_said_to_be_one():
    (found,) = side_by_side(
        "medicines", [side("Zestril 10 mg", "1 tablet once a day")], [side("lisinopril 10 mg", "1 tablet once a day")]
    )
    assert found.is_other_name


def test_nothing_against_something_is_a_conflict_either_way():
    none, some = side("No known allergies", is_none=True), side("Penicillin")
    assert side_by_side("allergies", [none], [some])[0].is_conflict
    assert side_by_side("allergies", [some], [none])[0].is_conflict
    assert not side_by_side("allergies", [], [none])[0].is_conflict
