"""The record in parts: each in plain words, under the policy, and never empty for another reason than being empty."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from portal.models import Condition
from portal.records import lines as reading_lines
from portal.records.parts import PARTS
from portal.records.whole import parts
from tests.factories.people import made, make_caregiver
from tests.records.conftest import add_line


def test_each_part_has_its_line_in_plain_words(reading, record):
    with reading(record.account) as uow:
        found = {part.key: part for part in parts(uow, record.patient.id)}
    assert list(found) == [part.key for part in PARTS]
    assert {key for key, part in found.items() if part.state == "empty"} == {"results"}
    (line,) = found["conditions"].lines
    assert (line.name, line.plain_name, line.said) == (
        "Essential (primary) hypertension", "High blood pressure", "High blood pressure",
    )  # fmt: skip
    assert line.author == record.doctor.name and line.when and line.status_words == "Active"
    assert found["immunizations"].lines[0].plain_name == "Flu"
    assert ("Reaction", "Hives") in found["allergies"].lines[0].details
    assert ("Value", "Never smoked") in found["social-history"].lines[0].details


def test_a_sensitive_line_and_a_part_without_scope_are_not_there(services, reading, record):
    with made(services) as session:
        add_line(session, record.patient, Condition, "Depression", sensitivity="PSY")
        add_line(session, record.patient, Condition, "Wrong one", status="entered-in-error")
        basic, _ = make_caregiver(session, record.patient, kind="proxy", scopes=["record_basic"], name="Basic One")
    with reading(basic) as uow:
        found = {part.key: part for part in parts(uow, record.patient.id, hidden=True)}
    assert [line.name for line in found["conditions"].lines] == ["Essential (primary) hypertension"]
    assert found["documents"].state == "hidden" and found["insurance"].state == "hidden"
    with reading(record.account) as uow:
        (own,) = parts(uow, record.patient.id, ["conditions"])
    assert {line.name for line in own.lines} == {"Essential (primary) hypertension", "Depression"}


def test_a_part_that_cannot_be_read_is_failed_and_the_others_are_there(monkeypatch, reading, record):
    real = reading_lines.every

    def broken(uow, part, *rest, **more):
        if part.key == "goals":
            raise OperationalError("x", {}, Exception())
        return real(uow, part, *rest, **more)

    monkeypatch.setattr(reading_lines, "every", broken)
    with reading(record.account) as uow:
        found = {part.key: part.state for part in parts(uow, record.patient.id)}
    assert found["goals"] == "failed" and found["conditions"] == "filled" and found["results"] == "empty"


@pytest.mark.parametrize("rows", [10, 300])
def test_the_statements_do_not_grow_with_the_lines(services, reading, record, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            add_line(session, record.patient, Condition, f"Problem {number}")
    with reading(record.account) as uow, count_statements() as seen:
        parts(uow, record.patient.id)
    seen.at_most(4 * len(PARTS) + 2)
