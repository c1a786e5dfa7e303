"""What the binder gives to take along comes back in: the same problems, allergies and medicines."""

from __future__ import annotations

import pytest

from portal.interop.mapping import Frame
from portal.outside import lines
from portal.outside.kinds import look
from tests.factories.people import made
from tests.factories.record import make_allergy, make_medicine, make_problem, make_result


@pytest.fixture
def chart(house, services):
    with made(services) as session:
        patient = house.patient
        snomed = {"code": "195967001", "code_system": "http://snomed.info/sct"}
        make_problem(session, patient, "Asthma", happened="2001", happened_on=None, **snomed)
        make_allergy(session, patient, "Peanut", reaction="Swelling of the lips", criticality=None, category="food")
        make_medicine(session, patient, "Metformin 500 MG Oral Tablet", sig="Take 1 tablet twice a day", code="861007",
                      code_system="http://www.nlm.nih.gov/research/umls/rxnorm", happened="2020-03-01")  # fmt: skip
        make_result(session, patient)
    return house


def read_back(house, services, file):
    content = house.browsers["patient"].get(f"/people/{house.patient.id}/binder/{file}").data
    read = look(content)
    frame = Frame(services.clock.now(), services.settings.zone, house.patient.birth_on)
    told, left = lines.read(read.paper.items, frame)
    assert left == [] and read.paper.left_out == ()
    return content, told


def of(told, part, *columns):
    return sorted(tuple(one.row.get(name) for name in columns) for one in told if one.part == part)


@pytest.mark.parametrize("file", ["ccd.xml", "summary.json"])
def test_the_three_lists_come_back_as_they_are(chart, services, file):
    _content, told = read_back(chart, services, file)
    assert of(told, "conditions", "name", "status", "happened") == [
        ("Asthma", "active", "2001"),
        ("Hypertension", "active", "2019-05-02"),
    ]
    assert [one.row["code"] for one in told if one.row["name"] == "Asthma"] == ["195967001"]
    assert of(told, "allergies", "name", "reaction", "status") == [
        ("Peanut", "Swelling of the lips", "active"),
        ("Penicillin", "Hives", "active"),
    ]
    assert of(told, "medicines", "name", "status") == [
        ("Lisinopril 10 MG Oral Tablet", "active"),
        ("Metformin 500 MG Oral Tablet", "active"),
    ]
    assert "861007" in [one.row["code"] for one in told if one.part == "medicines"]
    assert all(one.row["sig"] for one in told if one.part == "medicines")
    assert [(one.row["code"], str(one.row["value"])) for one in told if one.part == "results"] == [("2823-3", "5.6")]


@pytest.mark.parametrize("file", ["ccd.xml", "summary.json"])
def test_brought_back_every_line_is_the_same_as_ours(chart, services, file):
    content, _told = read_back(chart, services, file)
    paper = chart.paper(content)
    page = chart.browsers["doctor"].get(chart.desk(paper) + "?fill=yes")
    assert {one["value"] for one in page.select("input[type=radio][checked]")} == {"merge"}
    assert "Differs" not in page.text and "Only in the paper" not in page.text
