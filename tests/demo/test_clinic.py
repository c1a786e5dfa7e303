"""The demo clinic: built once, whole, from real records, with something true on every page."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.demo.clinic import accounts_text, build_if_empty
from portal.demo.roster import LOGINS, PATIENTS
from portal.models import Account, Person, Report, Thread
from portal.models.messaging import RouteStep


@pytest.fixture
def built(services):
    said: list[str] = []
    build_if_empty(services, said.append)
    return said


def count(services, model, *where):
    with services.database.connect() as connection:
        return connection.execute(select(func.count()).select_from(model).where(*where)).scalar_one()


@pytest.mark.one_database
def test_the_clinic_is_built_once_and_whole(services, built):
    assert any("0 skipped" in line for line in built)
    people, threads = count(services, Account), count(services, Thread)
    assert count(services, Person) >= len(PATIENTS)
    assert threads > 15
    assert not build_if_empty(services, built.append)
    assert (count(services, Account), count(services, Thread)) == (people, threads)


@pytest.mark.one_database
def test_every_question_has_an_owner_and_a_trail(services, built):
    with services.database.connect() as connection:
        without = connection.execute(
            select(Thread.id).where(~select(RouteStep.id).where(RouteStep.thread_id == Thread.id).exists())
        ).all()
    assert without == []


@pytest.mark.one_database
def test_the_newest_results_are_recent(services, built):
    with services.database.connect() as connection:
        newest = connection.execute(select(func.max(Report.effective_at))).scalar_one()
    assert 0 <= (services.clock.now() - newest).days < 10


@pytest.mark.one_database
def test_each_printed_account_is_there(services, built, settings):
    text = accounts_text(settings)
    with services.database.connect() as connection:
        found = {email for (email,) in connection.execute(select(Account.email))}
    for login in LOGINS:
        assert f"{login.email}@demo.example" in text
        assert f"{login.email}@demo.example" in found
