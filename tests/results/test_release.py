"""When a result may be seen, and before which the portal pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.results.release import Pause, State, is_released, pause_before

NOW = datetime(2026, 11, 20, 21, 5, tzinfo=UTC)  # Friday, 16:05 at the practice


@pytest.mark.parametrize(
    ("status", "released", "seen"),
    [
        ("final", NOW, True),  # at once, reviewed by a clinician or not
        ("final", NOW - timedelta(seconds=1), True),
        ("final", NOW + timedelta(seconds=1), False),
        ("final", None, False),
        ("preliminary", NOW, True),
        ("corrected", NOW, True),
        ("entered-in-error", NOW, False),
        ("cancelled", NOW, False),
        ("registered", NOW, False),
    ],
)
def test_a_result_is_seen_once_released_and_only_while_somebody_stands_by_it(status, released, seen):
    assert is_released(status, released, NOW) is seen


@pytest.mark.parametrize(
    ("category", "sensitivity", "pause"),
    [
        ("laboratory", None, None),
        ("imaging", None, None),
        ("pathology", None, Pause.TISSUE),
        ("laboratory", "HIV", Pause.HIV),
        ("laboratory", "GDIS", Pause.GENETIC),
        ("laboratory", "SEX", Pause.REPRODUCTIVE),
        ("pathology", "GDIS", Pause.GENETIC),
        ("laboratory", "SOMETHING", Pause.SAFETY),  # a category not known here pauses too
    ],
)
def test_the_portal_pauses_before_results_that_may_be_hard_to_read(category, sensitivity, pause):
    assert pause_before(category, sensitivity) is pause


def test_states_that_are_said_beside_the_value():
    assert State.of("preliminary") is State.PRELIMINARY
    assert State.of("amended") is State.CORRECTED
    assert State.of("final") is State.FINAL
