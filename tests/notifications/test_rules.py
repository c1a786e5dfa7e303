"""When a notice goes out: a table, both changes of the clocks, two zones, and what holds for every moment."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications.kinds import CHANNELS, KINDS, ROLES, TOPICS, TOPICS_OF, topic_of
from portal.notifications.rules import DIGESTS, Timing, held_until

NEW_YORK, PHOENIX = ZoneInfo("America/New_York"), ZoneInfo("America/Phoenix")
PLAIN = Timing()
DAILY, WEEKLY = Timing("daily"), Timing("weekly")
NO_QUIET = Timing(quiet_from=None, quiet_until=None)


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "timing", "goes"),
    [
        ("2026-03-10T15:00", PLAIN, None),
        ("2026-03-10T19:59", PLAIN, None),
        ("2026-03-10T20:00", PLAIN, "2026-03-11T08:00"),
        ("2026-03-11T00:30", PLAIN, "2026-03-11T08:00"),
        ("2026-03-11T07:59", PLAIN, "2026-03-11T08:00"),
        ("2026-03-11T08:00", PLAIN, None),
        ("2026-03-11T03:00", NO_QUIET, None),
        ("2026-03-10T15:00", DAILY, "2026-03-11T08:00"),
        ("2026-03-11T08:00", DAILY, "2026-03-12T08:00"),
        ("2026-03-11T06:00", DAILY, "2026-03-11T08:00"),
        ("2026-03-11T06:00", WEEKLY, "2026-03-16T08:00"),  # a Wednesday; Monday is the 16th
        ("2026-03-16T09:00", WEEKLY, "2026-03-23T08:00"),
        ("2026-03-10T13:00", Timing(quiet_from=12 * 60, quiet_until=14 * 60), "2026-03-10T14:00"),
        ("2026-03-10T15:00", Timing("daily", 7 * 60, 9 * 60), "2026-03-11T09:00"),  # gathered in the quiet hours
        ("2026-03-07T22:00", PLAIN, "2026-03-08T08:00"),  # the clocks go forward this night
        ("2026-10-31T22:00", PLAIN, "2026-11-01T08:00"),  # and back
        ("2026-03-08T01:00", Timing(quiet_from=0, quiet_until=150), "2026-03-08T03:30"),  # 2:30 is left out that day
    ],
)
def test_it_goes_out_by_the_hours_of_the_reader(when: str, timing: Timing, goes: str | None) -> None:
    found = held_until(at(when), NEW_YORK, timing, is_urgent=False, is_fixed=False)
    assert found == (at(goes) if goes else None)


def test_a_night_in_which_the_clocks_change_is_shorter_or_longer_in_one_zone_and_not_in_another() -> None:
    nights = {
        zone: held_until(at(f"2026-03-07T{20}:00", zone), zone, PLAIN, is_urgent=False, is_fixed=False)
        for zone in (NEW_YORK, PHOENIX)
    }
    lengths = {zone: end - at("2026-03-07T20:00", zone) for zone, end in nights.items() if end}
    assert lengths == {NEW_YORK: timedelta(hours=11), PHOENIX: timedelta(hours=12)}


def test_what_is_urgent_never_waits_and_what_is_fixed_only_for_the_morning() -> None:
    night, noon = at("2026-03-10T23:00"), at("2026-03-10T12:00")
    assert held_until(night, NEW_YORK, DAILY, is_urgent=True, is_fixed=False) is None
    assert held_until(noon, NEW_YORK, WEEKLY, is_urgent=False, is_fixed=True) is None
    assert held_until(night, NEW_YORK, WEEKLY, is_urgent=False, is_fixed=True) == at("2026-03-11T08:00")


TWO_YEARS = 2 * 365 * 24 * 60
MOMENTS = st.integers(0, TWO_YEARS).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
MINUTES = st.integers(0, 24 * 60 - 1)


@given(MOMENTS, st.sampled_from([NEW_YORK, PHOENIX, ZoneInfo("Europe/Madrid"), ZoneInfo("Pacific/Auckland")]),
       st.sampled_from(DIGESTS), MINUTES, MINUTES)  # fmt: skip
def test_it_goes_out_later_never_earlier_within_eight_days_and_not_in_the_quiet_hours(
    now: datetime, zone: ZoneInfo, digest: str, begins: int, ends: int
) -> None:
    timing = Timing(digest, begins, ends)
    goes = held_until(now, zone, timing, is_urgent=False, is_fixed=False)
    assert goes is None or now < goes <= now + timedelta(days=8, hours=1)
    if goes is not None and begins != ends and goes.astimezone(zone).utcoffset() == now.astimezone(zone).utcoffset():
        there = goes.astimezone(zone).time()
        first, last = time(begins // 60, begins % 60), time(ends // 60, ends % 60)
        is_quiet = first <= there < last if first < last else there >= first or there < last
        assert not is_quiet


def test_every_kind_has_a_topic_that_its_readers_can_choose() -> None:
    for kind in KINDS:
        for role in ROLES:
            topic = topic_of(kind, role)
            assert topic in TOPICS
            assert topic in TOPICS_OF[role] or KINDS[kind].is_fixed or role == "caregiver"
    assert CHANNELS[0] == "email"
