"""By when a message is looked at and answered, and who hears of it when it is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.dates import WorkingCalendar, at_wall
from portal.messaging.escalation import due, kind_of, ladder, next_step, reply_due, steps_taken

pytestmark = pytest.mark.one_database
ZONE = ZoneInfo("America/New_York")
CLINIC = WorkingCalendar(ZONE)


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return at_wall(date(2026, month, day), time(hour, minute, second), ZONE)


@pytest.mark.parametrize(
    ("received", "reply"),
    [
        (at(20, 16, 10), at(25, 17)),  # G1: Friday afternoon
        (at(20, 17, 5), at(27, 17)),  # G2: too late on Friday; Thanksgiving skipped
        (at(21, 9), at(27, 17)),  # G3: Saturday
        (at(20, 17), at(25, 17)),  # the cut-off second itself still counts
        (at(20, 17, 0, 1), at(27, 17)),
        (at(26, 10), at(2, 17, month=12)),  # Thanksgiving itself
    ],
)
def test_a_reply_is_due_three_business_days_after_the_day_it_counts_as_received(
    received: datetime, reply: datetime
) -> None:
    assert reply_due(received, CLINIC) == reply


@pytest.mark.parametrize(
    ("urgency", "kind", "received", "look", "answer"),
    [
        ("emergency", "symptom", at(23, 10), at(23, 10, 15), at(23, 10, 15)),
        ("emergency", "clinical", at(22, 3), at(22, 3, 15), at(22, 3, 15)),
        ("same_day", "symptom", at(23, 10), at(23, 11), at(23, 17)),
        ("same_day", "symptom", at(23, 16, 30), at(24, 8, 30), at(24, 8, 30)),
        ("same_day", "symptom", at(22, 12), at(23, 9), at(23, 17)),
        ("routine", "symptom", at(23, 10), at(24, 17), at(24, 17)),
        ("routine", "clinical", at(23, 10), at(24, 17), at(25, 17)),
        ("routine", "administrative", at(23, 10), at(24, 17), at(27, 17)),
        ("routine", "liaison", at(23, 10), at(25, 10), at(27, 17)),
    ],
)
def test_each_service_level_gives_its_deadlines(
    urgency: str, kind: str, received: datetime, look: datetime, answer: datetime
) -> None:
    deadlines = due(urgency, kind, received, CLINIC)
    assert (deadlines.first_look_at, deadlines.answer_by) == (look, answer)


def test_an_emergency_outside_hours_goes_to_the_on_call_line() -> None:
    assert due("emergency", "symptom", at(22, 3), CLINIC).on_call
    assert not due("emergency", "symptom", at(23, 10), CLINIC).on_call


@pytest.mark.parametrize(
    ("urgency", "kind", "steps"),
    [
        ("emergency", "symptom", [("triage_lead", at(23, 10, 15)), ("on_call_physician", at(23, 10, 30))]),
        ("same_day", "symptom", [("triage_lead", at(23, 11)), ("triage_lead", at(23, 14))]),
        (
            "routine",
            "clinical",
            [("cover", at(24, 17)), ("owner", at(25, 13)), ("team_lead", at(25, 17)), ("care_manager", at(27, 17))],
        ),
        (
            "routine",
            "administrative",
            [("pool_lead", at(24, 17)), ("owner", at(27, 13)), ("pool_lead", at(27, 17)), ("care_manager", at(30, 17))],
        ),
        ("routine", "liaison", [("backup_liaison", at(25, 10)), ("care_manager", at(27, 10))]),
    ],
)
def test_each_ladder_has_its_steps(urgency: str, kind: str, steps: list[tuple[str, datetime]]) -> None:
    assert [(s.to, s.at) for s in ladder(urgency, kind, at(23, 10), CLINIC)] == steps


def test_what_was_looked_at_is_not_unread_and_what_was_answered_escalates_no_more() -> None:
    received, now = at(23, 10), at(23, 10, 5)
    first = next_step("same_day", "symptom", received, CLINIC, now)
    looked = next_step("same_day", "symptom", received, CLINIC, now, looked=True)
    assert first is not None and first.why == "unread"
    assert looked is not None and looked.why == "unanswered"
    assert next_step("same_day", "symptom", received, CLINIC, now, answered=True) is None
    assert [s.why for s in steps_taken("same_day", "symptom", received, CLINIC, at(23, 14))] == ["unread", "unanswered"]


@pytest.mark.parametrize(
    ("topic", "destination", "kind"),
    [
        ("new_symptom", "nurse_triage", "symptom"),
        ("family_update", "liaison", "liaison"),
        ("billing_insurance", "billing", "administrative"),
        ("access_technical", "portal_support", "administrative"),
        ("test_result", "ordering_provider", "clinical"),
    ],
)
def test_a_topic_is_one_kind_of_work(topic: str, destination: str, kind: str) -> None:
    assert kind_of(topic, destination) == kind


@given(
    st.sampled_from(["emergency", "same_day", "routine"]),
    st.sampled_from(["symptom", "clinical", "administrative", "liaison"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),
)
def test_deadlines_lie_ahead_and_steps_are_in_order(urgency: str, kind: str, received: datetime) -> None:
    deadlines = due(urgency, kind, received, CLINIC)
    assert received < deadlines.first_look_at <= deadlines.answer_by
    times = [s.at for s in ladder(urgency, kind, received, CLINIC)]
    assert times == sorted(times)
    assert times[0] >= received - timedelta(days=1)


@pytest.mark.parametrize(("urgency", "kind"), [("soon", "clinical"), ("routine", "gossip")])
def test_unknown_levels_are_refused(urgency: str, kind: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        due(urgency, kind, at(23, 10), CLINIC)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due("routine", "clinical", datetime(2026, 11, 23, 10), CLINIC)
