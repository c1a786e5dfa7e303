"""access.csv is the policy for people: each cell says whether that kind of person may do that to that row.

A change to the file is a change a privacy officer can read. Every cell is put to the real rule in the database.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal import models
from portal.models import Base, Relationship
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.rules import RULES, SYSTEM
from portal.policy.scope import condition
from tests.policy.people import KINDS, Clinic

CSV = Path(__file__).with_name("access.csv")
MODELS = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}


def rows():
    with CSV.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def clinic(services):
    with services.database.session(write=True) as session:
        return Clinic(session, services.clock.now())


def model_of(row_name: str):
    return MODELS[row_name.split(" ")[0]]


def allowed(database, actor, action, row_name, row_id, now) -> bool:
    model = model_of(row_name)
    statement = select(model.id).where(model.id == row_id, condition(actor, action, model, now))
    with database.connect() as connection:
        return connection.execute(statement).first() is not None


def test_every_cell_holds(services, clinic):
    wrong = []
    for row in rows():
        for kind in KINDS:
            found = allowed(
                services.database,
                clinic.actors[kind],
                Action(row["action"]),
                row["row"],
                clinic.rows[row["row"]],
                clinic.now,
            )
            if found != (row[kind] == "yes"):
                wrong.append(f"{row['action']} on {row['row']}: {kind} is {'in' if found else 'out'}")
    assert wrong == []


def test_every_action_with_a_rule_has_a_row():
    without_rule = {Action.INTEROP_IMPORT_CREATE}
    assert {row["action"] for row in rows()} == {action.value for action in Action if action not in without_rule}
    assert set(RULES) == set(Action) - without_rule


def test_ending_the_relationship_leaves_nothing(services, clinic):
    with services.database.engine.begin() as connection:
        connection.execute(update(Relationship).values(state="ended"))
    for row in rows():
        for kind in ("liaison", "narrow", "family"):
            assert not allowed(
                services.database,
                clinic.actors[kind],
                Action(row["action"]),
                row["row"],
                clinic.rows[row["row"]],
                clinic.now,
            ), (row["action"], row["row"], kind)


@pytest.mark.parametrize("days", [-10, 10], ids=["before it starts", "after it ends"])
def test_a_relationship_opens_nothing_outside_its_dates(services, clinic, days):
    then = clinic.now + timedelta(days=days)
    for name in ("result", "thread", "person", "medication"):
        action = {"result": Action.RESULT_READ, "thread": Action.MESSAGE_THREAD_READ}.get(
            name, Action.PEOPLE_PERSON_READ if name == "person" else Action.RECORD_MEDICATION_READ
        )
        actor = clinic.actors["liaison"]
        assert allowed(services.database, actor, action, name, clinic.rows[name], clinic.now)
        assert not allowed(services.database, actor, action, name, clinic.rows[name], then)


def test_a_kind_of_job_that_is_not_listed_may_do_nothing(services, clinic):
    for action in Action:
        assert str(condition(Actor.system("not.listed"), action, models.Person, datetime.now(UTC))) == "false"
    assert all(actions <= set(Action) for actions in SYSTEM.values())
