"""How a value has changed: the picture and the table say the same, and units are never mixed."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.factories.people import made
from tests.factories.record import make_blood_pressure, make_result


@pytest.fixture
def history(panel, services):
    """Four more potassium values, one of them three years old, and one in another unit."""
    with made(services) as session:
        now = session.info["now"]
        for days, value in ((1100, "4.4"), (200, "4.6"), (100, "4.9"), (30, "5.2")):
            make_result(session, panel.patient, value, at=now - timedelta(days=days))
        make_result(session, panel.patient, "22", unit="mg/dL", at=now - timedelta(days=60))
    return panel


def test_the_table_holds_exactly_what_the_chart_draws(client, history):
    page = client.as_(history.account).get(history.result_url)
    points = page.select("svg.chart .chart__point")
    rows = page.select("details table tbody tr")
    assert len(points) == len(rows) == 5
    said = [re.search(r"([\d.]+) mmol/L", row.text).group(1) for row in rows]
    assert said == ["5.6", "5.2", "4.9", "4.6", "4.4"]
    labels = {label.text for label in page.select("svg.chart .chart__value")}
    assert labels <= set(said)


def test_values_in_another_unit_are_counted_and_not_drawn(client, history):
    page = client.as_(history.account).get(history.result_url)
    assert "1 value in another unit is not drawn here." in page.text
    assert "22 mg/dL" not in page.text


def test_more_than_two_years_are_not_bridged_by_a_line(client, history):
    lines = client.as_(history.account).get(history.result_url).select("svg.chart .chart__line")
    assert len(lines) == 1
    assert len(lines[0]["points"].split()) == 4


def test_a_single_value_has_no_trend(client, panel):
    assert not client.as_(panel.account).get(panel.result_url).select("svg.chart")


def test_a_caregiver_sees_no_older_value_that_is_not_theirs_to_see(client, history, services):
    with made(services) as session:
        now = session.info["now"]
        make_result(session, history.patient, "9.9", at=now - timedelta(days=10), sensitivity="PSY")
    assert "9.9" not in client.as_(history.liaison).get(history.result_url).text


def test_a_blood_pressure_is_drawn_as_its_two_numbers(client, panel, services):
    with made(services) as session:
        now = session.info["now"]
        for days, high, low in ((60, 150, 92), (30, 146, 88)):
            make_blood_pressure(session, panel.patient, high, low, at=now - timedelta(days=days))
        newest = make_blood_pressure(session, panel.patient)
    page = client.as_(panel.account).get(f"{panel.base}/results/{newest.id}")
    assert page.one(".value__number").text == "142/84"
    assert len(page.select("svg.chart")) == 2
    assert [row.select("td")[0].text for row in page.select("details table tbody tr")] == [
        "142/84 mmHg", "146/88 mmHg", "150/92 mmHg",
    ]  # fmt: skip


def test_preliminary_values_are_labelled_in_the_table(client, panel, services):
    with made(services) as session:
        now = session.info["now"]
        make_result(session, panel.patient, "5.0", at=now - timedelta(days=40), status="preliminary")
    page = client.as_(panel.account).get(panel.result_url)
    assert "Preliminary" in page.one("details table").text


def test_decimals_are_kept_in_the_table(client, panel, services):
    with made(services) as session:
        now = session.info["now"]
        make_result(session, panel.patient, Decimal("5.00"), decimals=2, at=now - timedelta(days=40))
    assert "5.00 mmol/L" in client.as_(panel.account).get(panel.result_url).one("details table").text
