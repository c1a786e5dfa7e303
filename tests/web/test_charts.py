"""The trend chart: what it draws, what it refuses to join, and that words say what the picture shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.charts import HEIGHT, LEFT, RIGHT, LineChart, Reading, line_chart, state_of

POTASSIUM = [
    Reading(date(2026, 11, 20), 5.6),
    Reading(date(2024, 8, 12), 4.4),
    Reading(date(2025, 1, 14), 4.6),
    Reading(date(2026, 7, 9), 5.1),
]


def drawn(readings: list[Reading], **more: object) -> LineChart:
    chart = line_chart(readings, title="Potassium over time", **more)  # type: ignore[arg-type]
    assert chart is not None
    return chart


def test_without_readings_there_is_no_chart() -> None:
    assert line_chart([], title="Potassium over time") is None


def test_points_stand_in_the_order_of_time_whatever_order_they_came_in() -> None:
    chart = drawn(POTASSIUM, unit="mmol/L", low=3.5, high=5.1)
    assert [p.label for p in chart.points] == ["4.4", "4.6", "5.1", "5.6"]
    assert [p.x for p in chart.points] == sorted(p.x for p in chart.points)


def test_distance_on_the_picture_is_distance_in_time() -> None:
    chart = drawn([Reading(date(2026, 1, 1), 1), Reading(date(2026, 1, 11), 2), Reading(date(2026, 1, 31), 3)])
    first, second, third = (p.x for p in chart.points)
    assert (third - second) == pytest.approx(2 * (second - first), abs=0.2)


def test_both_ends_of_the_usual_range_belong_to_it() -> None:
    assert state_of(3.5, 3.5, 5.1) == "in"
    assert state_of(Decimal("5.1"), 3.5, 5.1) == "in"
    assert state_of(5.2, 3.5, 5.1) == "high"
    assert state_of(3.4, 3.5, None) == "low"
    assert state_of(3.4, None, None) == "unknown"


def test_a_value_outside_the_range_has_another_shape_not_only_another_colour() -> None:
    chart = drawn([*POTASSIUM, Reading(date(2025, 6, 1), 3.1)], low=3.5, high=5.1)
    shapes = {p.state: bool(p.path) for p in chart.points}
    assert shapes == {"in": False, "low": True, "high": True}


def test_readings_more_than_two_years_apart_are_not_joined() -> None:
    chart = drawn(
        [
            Reading(date(2020, 1, 1), 4.0),
            Reading(date(2020, 6, 1), 4.1),
            Reading(date(2023, 1, 1), 4.2),
            Reading(date(2023, 6, 1), 4.3),
        ]
    )
    assert [len(line.split()) for line in chart.lines] == [2, 2]


def test_a_lone_reading_is_a_point_without_a_line() -> None:
    chart = drawn([Reading(date(2026, 1, 1), 4.0)], low=3.5, high=5.1)
    assert chart.lines == []
    assert len(chart.points) == 1


def test_the_summary_names_the_latest_value_its_unit_and_where_it_stands() -> None:
    chart = drawn(POTASSIUM, unit="mmol/L", low=3.5, high=5.1)
    assert "The latest value is 5.6 mmol/L on Nov 2026, above the usual range (3.5 to 5.1 mmol/L)." in chart.summary
    assert "There are 4 values since Aug 2024." in chart.summary
    assert "1 of them is outside the usual range." in chart.summary


def test_without_a_range_nothing_is_called_usual() -> None:
    chart = drawn(POTASSIUM)
    assert chart.band is None
    assert "usual" not in chart.summary
    assert {row.note for row in chart.rows} == {"No usual range on file"}


def test_the_table_has_every_reading_newest_first_with_its_unit() -> None:
    chart = drawn(POTASSIUM, unit="mmol/L", low=3.5, high=5.1)
    assert [row.value for row in chart.rows] == ["5.6 mmol/L", "5.1 mmol/L", "4.6 mmol/L", "4.4 mmol/L"]
    assert chart.rows[0].note == "Above the usual range"


def test_a_value_is_shown_as_its_source_wrote_it() -> None:
    chart = drawn([Reading(date(2026, 1, 1), Decimal("5.60"), shown="5.60")], unit="mmol/L")
    assert chart.rows[0].value == "5.60 mmol/L"
    assert chart.points[0].label == "5.60"


def test_the_newest_label_and_those_outside_the_range_stay_where_room_is_short() -> None:
    crowd = [Reading(datetime(2026, 3, 1, hour, tzinfo=UTC), 4.0) for hour in range(24)]
    crowd[20] = Reading(crowd[20].at, 6.0)
    chart = drawn([Reading(date(2026, 1, 1), 4.0), *crowd, Reading(date(2026, 6, 1), 4.2)], low=3.5, high=5.1)
    labels = [p.label for p in chart.points if p.label]
    assert "6.0" in labels
    assert labels[-1] == "4.2"
    assert len(labels) < 8


@given(
    st.lists(
        st.tuples(st.dates(date(1930, 1, 1), date(2030, 1, 1)), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1
    ),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
)
def test_every_point_is_inside_the_picture(
    rows: list[tuple[date, float]], low: float | None, high: float | None
) -> None:
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    chart = drawn([Reading(at, value) for at, value in rows], low=low, high=high)
    for point in chart.points:
        assert LEFT <= point.x <= RIGHT
        assert 0 <= point.y <= HEIGHT
    if chart.band:
        assert chart.band.height >= 0
