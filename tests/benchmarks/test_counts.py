"""Exact counts of pages: statements, weight, what a browser fetches. They do not depend on the machine."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from benchmarks.dataset import Dataset, Size
from benchmarks.run import assets_of
from benchmarks.seeding import Seeder
from portal.models import Account

SMALL = Size(3, threads_each=1, inboxes=(30, 100), conversations=(3, 4, 50, 120), reports=30)


@pytest.fixture
def house(services):
    data = Dataset(SMALL)
    Seeder(services, data).run()
    return data


@pytest.fixture
def reader(services, client, house):
    def of(person):
        with services.database.connect() as connection:
            account = connection.execute(select(Account.__table__).where(Account.id == person.account_id)).one()
        return client.as_(account)

    return of


def statements(reader, count_statements, person, path) -> int:
    browser = reader(person)
    browser.get(path)
    with count_statements() as seen:
        browser.get(path)
    return seen.count


def test_an_inbox_asks_six_things_however_long_it_is(reader, house, count_statements):
    for person in (house.busy[30], house.busy[100]):
        assert statements(reader, count_statements, person, f"/people/{person.id}/messages") == 6


def test_a_conversation_asks_the_same_with_4_and_120_messages(reader, house, count_statements):
    """Of those in which somebody else wrote last; whoever wrote last is told whether it was opened: one thing more."""
    talker = house.talker
    counts = {
        n: statements(reader, count_statements, talker, f"/people/{talker.id}/messages/{house.conversations[n].id}")
        for n in (3, 4, 50, 120)
    }
    assert counts[4] == counts[50] == counts[120] == counts[3] - 1
    assert counts[3] <= 13


def test_home_asks_nine_things(reader, house, count_statements):
    assert statements(reader, count_statements, house.main, f"/people/{house.main.id}/home") == 9


def test_the_list_of_results_asks_seven_things(reader, house, count_statements):
    """Session, whether one may, rows, what is held, what was ordered, rooms with counts, trail."""
    assert statements(reader, count_statements, house.main, f"/people/{house.main.id}/results") == 7


def test_the_inbox_of_staff_asks_seven_things(reader, house, count_statements):
    """Session, rooms with counts, rows, counts of the views, offers to its teams, questions of colleagues, trail."""
    assert statements(reader, count_statements, house.doctors[house.main.number % 8], "/desk/inbox") == 7


def test_the_page_of_an_inbox_is_light(reader, house):
    page = reader(house.main).get(f"/people/{house.main.id}/messages")
    assert len(page.html.encode()) <= 25_000
    assert len([path for path in assets_of(page.html) if "/fonts/" not in path]) <= 4
