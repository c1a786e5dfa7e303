"""PHQ and GAD by the public rules."""

from __future__ import annotations

import pytest

from portal.appointments import screening


def phq(total: int) -> list[int]:
    """Nine answers with this sum, the last one 0 where it can be."""
    left, found = total, []
    for _ in range(9):
        found.append(min(3, left))
        left -= found[-1]
    return found


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate"),
     (15, "moderately_severe"), (19, "moderately_severe"), (20, "severe"), (27, "severe")],
)  # fmt: skip
def test_phq9_bands(total, band):
    found = screening.score("phq9", phq(total))
    assert (found.total, found.band, found.is_positive) == (total, band, total >= 10)


@pytest.mark.parametrize(
    ("answers", "band"),
    [([0] * 7, "minimal"), ([1, 1, 1, 1, 0, 0, 0], "minimal"), ([1, 1, 1, 1, 1, 0, 0], "mild"),
     ([3, 3, 3, 0, 0, 0, 0], "mild"), ([3, 3, 3, 1, 0, 0, 0], "moderate"), ([3, 3, 3, 3, 2, 0, 0], "moderate"),
     ([3, 3, 3, 3, 3, 0, 0], "severe"), ([3] * 7, "severe")],
)  # fmt: skip
def test_gad7_bands(answers, band):
    assert screening.score("gad7", answers).band == band


def test_the_ninth_item_counts_at_any_sum():
    found = screening.score("phq9", [1, 1, 0, 1, 0, 0, 0, 0, 1])
    assert (found.total, found.band, found.is_crisis, found.is_positive) == (4, "minimal", True, False)
    assert not screening.score("phq9", [3, 3, 3, 3, 3, 3, 3, 3, 0]).is_crisis


def test_a_missing_answer_gives_no_score():
    answers = [1, 1, 0, None, 0, 0, 0, 0, 1]
    assert screening.score("phq9", answers) is None and screening.missing("phq9", answers) == [3]
    assert screening.score("phq2", [1]) is None and screening.score("gad2", [1, 4]) is None


@pytest.mark.parametrize(("short", "long"), [("phq2", "phq9"), ("gad2", "gad7")])
def test_three_on_a_short_form_asks_for_the_long_one(short, long):
    assert screening.follows(screening.score(short, [1, 2])) == long
    assert screening.follows(screening.score(short, [1, 1])) is None
