"""Figures of teams: how soon, how late, how often passed on; for leads and administrators, without words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.errors import NotFound
from portal.messaging import figures, holding
from tests.messaging.test_absences import make_lead
from tests.messaging.world import EMERGENCY


def rows(world, who="admin", days=30):
    with world.open(who, write=False) as uow:
        return {row.name: row for row in figures.of_span(uow, days).rows}


def answered_after(world, **spans):
    thread_id = world.ask()
    world.services.clock.move(**spans)
    world.answer(thread_id)
    return thread_id


def test_median_and_90th_percentile_of_the_first_answers(world):
    for hours in (1, 2, 3, 4, 20):
        answered_after(world, hours=hours)
    row = rows(world)["Dr. Otto Heart"]
    assert (row.answers, row.median, row.ninetieth) == (5, timedelta(hours=3), timedelta(hours=20))


def test_what_is_overdue_and_what_was_passed_on_are_counted(world):
    thread_id = world.ask()
    with world.open("doctor") as uow:
        version = world.thread(thread_id).version
        holding.pass_on(uow, world.person_id, thread_id, str(world.staff["pcp"].id), "Yours.", version, "other_person")
    world.services.clock.move(days=9)
    row = rows(world)["Dr. Pia Prime"]
    assert (row.overdue, row.passed_on, row.answers) == (1, 1, 0)


def test_what_is_older_than_the_span_does_not_count(world):
    answered_after(world, hours=2)
    world.services.clock.move(days=40)
    assert "Dr. Otto Heart" not in rows(world, days=30)
    assert rows(world, days=90)["Dr. Otto Heart"].answers == 1


def test_who_leads_a_team_sees_that_team_and_nobody_else_sees_any(client, world):
    world.ask(EMERGENCY)
    answered_after(world, hours=2)
    for who in ("nurse", "doctor", "patient", "liaison"):
        with pytest.raises(NotFound):
            rows(world, who)
    make_lead(world, "nurse", world.pool_id)
    names = set(rows(world, "nurse"))
    assert "Dr. Otto Heart" not in names and len(names) >= 1


def test_the_page_shows_a_chart_and_tables_and_no_words(client, world):
    answered_after(world, hours=2)
    page = client.as_(world.accounts["admin"]).get("/desk/figures?days=90")
    assert page.select("svg.chart") and "Dr. Otto Heart" in page.text and "2 h" in page.text
    assert "bananas" not in page.text and world.patient.given_name not in page.text
    client.as_(world.accounts["patient"]).get("/desk/figures", status=404)


def test_figures_cost_the_same_for_few_and_for_many(client, world, count_statements):
    admin = client.as_(world.accounts["admin"])
    answered_after(world, minutes=5)
    admin.get("/desk/figures")
    with count_statements() as few:
        admin.get("/desk/figures")
    for _more in range(5):
        answered_after(world, minutes=1)
    admin.get("/desk/figures")
    with count_statements() as many:
        admin.get("/desk/figures")
    assert many.count == few.count


@pytest.mark.one_database
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_a_span_that_enough_do_not_exceed(numbers, share):
    spans = sorted(timedelta(seconds=number) for number in numbers)
    found = figures.percentile(spans, share)
    assert found in spans
    assert sum(span <= found for span in spans) >= share * len(spans) - 1e-9
    assert sum(span < found for span in spans) < share * len(spans) + 1e-9
