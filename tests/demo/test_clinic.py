"""The demo clinic: built once, whole, from real records, with something true on every page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.demo.clinic import accounts_text, build_if_empty
from portal.demo.roster import LOGINS, PATIENTS
from portal.models import AccessInvitation, Account, FamilyUpdate, Person, Relationship, Report, Thread
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


@pytest.mark.one_database
def test_no_page_of_access_is_empty(services, built):
    """Everything that access can be is somewhere: asked, ending, paused, over, by law, waiting, handed over."""
    now = services.clock.now()
    with services.database.connect() as connection:
        rows = connection.execute(select(Relationship.__table__)).all()
        asked = connection.execute(select(AccessInvitation.state, AccessInvitation.kind)).all()
    active = [row for row in rows if row.state == "active"]
    assert ("invited", "backup") in asked and ("filed", "representative") in asked
    assert any(row.kind == "proxy" and timedelta() < row.ends_at - now < timedelta(days=30) for row in active)
    assert any(row.state == "suspended" and row.suspended_by == "patient" for row in rows)
    (parent,) = [row for row in active if row.kind == "parent"]
    assert timedelta(days=7) < parent.narrows_at - now < timedelta(days=60) < parent.ends_at - now
    assert len([row for row in rows if row.kind == "liaison" and row.state == "ended"]) == 2
    assert any(row.kind == "liaison" and now - row.starts_at < timedelta(days=7) for row in active)
    assert count(services, FamilyUpdate) >= 1
