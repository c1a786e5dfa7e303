"""Statements kept for a process say for each request what they would say if they were written for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, update

from portal.models import Account, Job, Person
from portal.policy import rules
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.compiled import Compiled, put
from portal.work.guards import UnscopedQuery
from portal.work.prepared import KNOWN

READ = Action.PEOPLE_PERSON_READ


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins as a process does."""
    monkeypatch.setattr("portal.work.unit_of_work.KNOWN", {})


def names(uow, *, within=None):
    return uow.select(READ, Person, Person.given_name, within=within).order_by(Person.given_name)


def called(uow, *words, within=None, born=None):
    statement = uow.select(READ, Person, Person.given_name).where(Person.given_name.in_(words))
    return statement if born is None else statement.where(Person.birth_on > born)


def unscoped(uow, *, within=None):
    return select(Person.given_name)


@pytest.mark.parametrize("write", [False, True])
def test_one_statement_serves_two_people_and_shows_each_only_their_own(two, open_unit, write):
    for actor, name in ((two.actor, "Ada"), (two.other, "Bo"), (two.actor, "Ada")):
        with open_unit(actor, write=write) as uow:
            assert uow.prepared(names).scalars().all() == [name]
            assert uow.prepared(names, within=actor.person_id).scalars().all() == [name]


def test_what_was_built_for_ones_own_record_is_not_used_for_anothers(two, open_unit):
    with open_unit(two.actor) as uow:
        assert uow.prepared(names, within=two.patient.id).scalars().all() == ["Ada"]
        assert uow.prepared(names, within=two.stranger.id).scalars().all() == []


def test_a_rule_that_changes_is_noticed(two, open_unit, monkeypatch):
    with open_unit(two.actor) as uow:
        assert uow.prepared(names).scalars().all() == ["Ada"]
    monkeypatch.delitem(rules.RULES, READ)
    with open_unit(two.actor) as uow:
        assert uow.prepared(names).scalars().all() == []


def test_a_job_is_asked_by_what_its_kind_lists_and_not_by_the_statement_of_another(two, open_unit, monkeypatch):
    monkeypatch.setitem(rules.SYSTEM, "may.read", frozenset({READ}))
    monkeypatch.setitem(rules.SYSTEM, "may.nothing", frozenset())
    for job, found in (("may.read", ["Ada", "Bo"]), ("may.nothing", []), ("may.read", ["Ada", "Bo"])):
        with open_unit(Actor.system(job)) as uow:
            assert uow.prepared(names).scalars().all() == found
    monkeypatch.setitem(rules.SYSTEM, "may.read", frozenset())
    with open_unit(Actor.system("may.read")) as uow:
        assert uow.prepared(names).scalars().all() == []


def test_the_guard_hears_of_a_kept_statement_too(two, open_unit):
    with open_unit(two.actor) as uow, pytest.raises(UnscopedQuery):
        uow.prepared(unscoped)


@pytest.mark.parametrize("word", ["O'Hara", 'a "quoted" name', "100 %", "%s", "back\\slash", ":colon", "?", "é 日本"])
def test_a_constant_means_itself_whatever_it_holds(services, two, open_unit, word):
    with services.database.engine.begin() as connection:
        connection.execute(update(Person).where(Person.id == two.patient.id).values(given_name=word))
    with open_unit(two.actor) as uow:
        assert uow.prepared(called, word, "somebody").scalars().all() == [word]
        day = two.actor and uow.now.date() - timedelta(days=40_000)
        assert uow.prepared(called, word, born=day).scalars().all() == []


def test_constants_stand_in_the_text_and_what_differs_between_requests_does_not(services):
    wanted = select(Account.id).where(Account.language == bindparam("spoken", "en"))
    text = Compiled(wanted, services.database.engine.dialect, frozenset()).text
    assert "'en'" in text
    wanted = select(Account.id).where(Account.language == bindparam("spoken", "en"))
    given = Compiled(wanted, services.database.engine.dialect, frozenset({"spoken"})).text
    assert "'en'" not in given


def test_rows_are_put_once_by_their_key(services):
    now = services.clock.now()
    row = {"kind": "a.kind", "subject": "s", "key": "k", "run_at": now, "state": "ready", "attempts": 0}
    from portal.infra.ids import new_id

    with services.database.engine.begin() as connection:
        for _ in range(2):
            put(connection, Job.__table__, [{**row, "id": new_id(), "created_at": now}], unless_there=True)
        put(connection, Job.__table__, [], unless_there=True)
        found = connection.execute(select(Job.key, Job.run_at, Job.worker).where(Job.kind == "a.kind")).all()
    assert found == [("k", now, None)]


def test_the_same_page_asked_twice_builds_nothing_anew(two, open_unit):
    from portal.work import unit_of_work

    for _ in range(3):
        with open_unit(two.actor) as uow:
            uow.prepared(names)
    assert len(unit_of_work.KNOWN) == 1
    assert unit_of_work.KNOWN is not KNOWN
