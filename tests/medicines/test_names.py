"""Names and instructions, read: brand, substance, salt, combination, strength, misspelling, how often."""

from __future__ import annotations

import pytest

from portal.medicines import search, sig
from portal.medicines.listing import freshness, sort_of
from portal.medicines.terminology import sensitivity_of, understand
from portal.medicines.words import plain_name

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("text", "ingredients", "strengths"),
    [
        ("Lisinopril 10 MG Oral Tablet", ("lisinopril",), {"lisinopril": 10}),
        ("Zestril", ("lisinopril",), {}),
        ("24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet", ("metformin",), {"metformin": 500}),
        ("Warfarin Sodium 5 MG Oral Tablet", ("warfarin",), {"warfarin": 5}),
        ("levothyroxine 25 mcg", ("levothyroxine",), {"levothyroxine": 0.025}),
        ("Percocet 5/325", ("acetaminophen", "oxycodone"), {"acetaminophen": 325, "oxycodone": 5}),
        (
            "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet [Percocet]",
            ("acetaminophen", "oxycodone"),
            {"acetaminophen": 325, "oxycodone": 5},
        ),
        ("Ibuprofen 200 mg (over the counter)", ("ibuprofen",), {"ibuprofen": 200}),
        ("ST. JOHN’S WORT", ("st. john's wort",), {}),
        ("vitamin D3 1000 IU", ("cholecalciferol",), {}),
        ("Vitamin B 12 5 MG/ML Injectable Solution", ("cyanocobalamin",), {}),
    ],
)
def test_a_name_means_its_ingredients(text, ingredients, strengths) -> None:
    found = understand(text)
    assert found.is_known and found.ingredients == ingredients and found.strengths == strengths


@pytest.mark.parametrize(
    "text", ["Grandma's tea", "", "Ibuprofen PM", "Zestril plus mystery", "12345", "🌿", "' OR 1=1 --"]
)
def test_what_is_not_wholly_understood_is_not_known(text) -> None:
    assert not understand(text).is_known


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ibuprophen", "ibuprofen"), ("tylenal", "Tylenol"), ("asprin", "aspirin"), ("lisinoprel", "lisinopril"),
        ("metfromin", "metformin"), ("alleve", "Aleve"), ("acetominophen", "acetaminophen"), ("prozak", "Prozac"),
        ("zyrtek", "Zyrtec"), ("simvistatin", "simvastatin"), ("Advil 200 mg tablets", "Advil"),
    ],
)  # fmt: skip
def test_a_misspelling_finds_what_was_meant_first(typed, meant) -> None:
    assert search.find(typed)[0].name == meant


@pytest.mark.parametrize("typed", ["", "a", "qqqqqqqq", "%_", "x" * 500])
def test_nothing_is_found_for_nothing(typed) -> None:
    assert search.find(typed) == ()


def test_a_beginning_finds_the_common_medicine_first() -> None:
    assert search.find("omepra")[0].name == "omeprazole" and not search.find("omepra")[0].is_near


@pytest.mark.parametrize(
    ("text", "code", "times", "amount"),
    [
        ("Take 1 tablet by mouth once a day", "DAILY", 1, 1), ("1 tab po bid", "BID", 2, 1),
        ("2 tablets 3 times a day", "TID", 3, 2), ("take 1-2 tablets every 4 to 6 hours as needed", "Q4H", 6, 2),
        ("1 capsule at bedtime", "QHS", 1, 1), ("70 mg once a week", "WEEKLY", 0.142857, None),
        ("2 puffs as needed for wheezing", "PRN", None, 2), ("apply thinly", "", None, None), ("", "", None, None),
        ("half tablet every other day", "EVERY OTHER DAY", 0.5, 0.5),
    ],
)  # fmt: skip
def test_an_instruction_is_read_as_far_as_it_is_plain(text, code, times, amount) -> None:
    found = sig.read(text)
    assert (found.code, found.times_per_day, found.amount) == (code, times, amount)


def test_times_of_day_follow_from_how_often() -> None:
    assert sig.read("1 tablet twice a day").slots == ("morning", "evening")
    assert sig.read("1 tablet at bedtime").slots == ("bedtime",)
    assert sig.read("1 tablet twice a day as needed").slots == ()


def test_a_clinical_name_is_said_plainly_and_a_persons_own_is_left_alone(app) -> None:
    with app.test_request_context():
        assert plain_name("24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet") == "Metformin 500 mg"
        assert plain_name("Aleve 220 mg") == "Aleve 220 mg" and plain_name("My tea") == "My tea"


@pytest.mark.parametrize(
    ("day", "state"), [("2026-11-22", "fresh"), ("2026-10-23", "fresh"), ("2026-10-22", "amber"), ("2026-08-20", "red")]
)
def test_a_list_grows_old(day, state) -> None:
    """B3: amber after 30 days, red after 90."""
    from datetime import date

    assert freshness(date.fromisoformat(day), date(2026, 11, 22)) == state
    assert freshness(date(2026, 8, 20), date(2026, 9, 20)) == "amber" and freshness(None, date(2026, 9, 20)) == "never"


def test_the_strictest_category_that_a_name_reveals_counts() -> None:
    assert sensitivity_of("Zoloft") == "PSY" and sensitivity_of("Advil") is None
    assert sensitivity_of("sertraline", "ritonavir") == "HIV"


def test_what_is_reported_is_sorted_by_what_it_is() -> None:
    assert [sort_of(name, "reported") for name in ("Advil", "fish oil", "ginkgo", "warfarin", "odd")] == [
        "otc", "vitamin", "herbal", "other", "other",
    ]  # fmt: skip
