"""What a list must be asked about: the acceptance cases of the domain, edge cases, and properties that always hold."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.medicines.checks import AllergyFact, Entry, check
from portal.medicines.sig import read

pytestmark = pytest.mark.one_database


def entry(name: str, sig: str = "", **more: object) -> Entry:
    return Entry.of(name, name, read(sig), **{"purpose": "something", **more})


def found(entries: list[Entry], allergies: list[AllergyFact] | None = None) -> set[tuple[str, str]]:
    """Kind and level of all flags, without what is only incomplete."""
    return {(flag.kind, flag.level) for flag in check(entries, allergies or []) if flag.level != "look"}


def test_the_same_substance_in_two_products_is_a_duplicate_and_counts_together() -> None:
    """M3."""
    flags = check(
        [entry("Tylenol 500 mg", "2 tablets 3 times a day"), entry("Percocet 5/325", "1 tablet every 6 hours")]
    )
    assert [(one.kind, one.about) for one in flags] == [
        ("DUP_INGREDIENT", ("acetaminophen",)),
        ("MAX_DOSE", ("acetaminophen",)),
    ]
    assert (flags[1].amount, flags[1].limit) == (4300, 4000)


def test_an_interaction_has_its_rule_its_level_and_its_source() -> None:
    """M4."""
    flags = check([entry("warfarin 5 mg", "daily"), entry("ginkgo"), entry("sulfamethoxazole-trimethoprim")])
    assert [(one.rule, one.level) for one in flags] == [("W04", "serious"), ("W10", "caution")]
    assert all(one.source and one.effect and one.action for one in flags)
    assert [one.needs_decision for one in flags] == [True, False]


@pytest.mark.parametrize(
    ("allergy", "reaction", "medicine", "level"),
    [
        ("Penicillin", "hives", "amoxicillin", "conflict"),  # M5
        ("Penicillin", "hives", "cephalexin", "caution"),  # M5
        ("amoxicillin", "rash", "Penicillin V", "conflict"),
        ("Cephalexin", "", "amoxicillin", "caution"),
        ("Allergy to penicillin", "", "Augmentin", "conflict"),
        ("Sulfa drugs", "rash", "Bactrim", "conflict"),
        ("Sulfa drugs", "rash", "furosemide", None),
        ("Aspirin", "hives", "ibuprofen", "conflict"),
        ("Aspirin", "upset stomach", "ibuprofen", "caution"),
        ("Codeine", "nausea", "morphine", "caution"),
        ("Lisinopril", "cough", "losartan", "caution"),
        ("Lisinopril", "angioedema", "sacubitril", "contraindicated"),
        ("Warfarin", "", "Coumadin", "conflict"),
        ("Peanut", "hives", "amoxicillin", None),
        ("Latex", "", "lisinopril", None),
    ],
)
def test_an_allergy_speaks_by_the_rule_of_its_group(allergy, reaction, medicine, level) -> None:
    flags = [one for one in check([entry(medicine)], [AllergyFact(allergy, reaction)]) if one.kind == "ALLERGY"]
    assert [one.level for one in flags] == ([level] if level else [])


def test_what_is_on_hold_takes_no_part() -> None:
    """M6."""
    clarithromycin = entry("clarithromycin")
    (flag,) = check([entry("simvastatin 40 mg", "daily"), clarithromycin])
    assert (flag.rule, flag.level) == ("HP25b", "contraindicated")
    held = entry("simvastatin 40 mg", "daily", is_on_hold=True, has_hold_plan=True)
    assert check([held, clarithromycin]) == ()
    unplanned = entry("simvastatin 40 mg", "daily", is_on_hold=True)
    assert [one.kind for one in check([unplanned, clarithromycin])] == ["HOLD_NO_PLAN"]


@pytest.mark.parametrize(
    ("name", "sig", "purpose", "stops"),
    [
        ("methotrexate 10 mg", "once a day", "arthritis", True),  # M8
        ("methotrexate 10 mg", "once a week", "arthritis", False),  # M8
        ("methotrexate 10 mg", "two times a week", "arthritis", True),
        ("methotrexate 2.5 mg", "every day", "leukemia", False),
        ("alendronate 70 mg", "daily", "bones", True),
        ("alendronate 10 mg", "daily", "bones", False),
        ("Rybelsus tablet", "once a day", "diabetes", False),
        ("dulaglutide injection", "once a day", "diabetes", True),
        ("dulaglutide injection", "once a week", "diabetes", False),
    ],
)
def test_a_weekly_medicine_taken_more_often_is_a_hard_stop(name, sig, purpose, stops) -> None:
    assert (("WEEKLY_ONLY", "hard_stop") in found([entry(name, sig, purpose=purpose)])) is stops


@pytest.mark.parametrize(
    ("entries", "flag"),
    [
        (
            [("ibuprofen 200 mg", "2 tablets every 6 hours", True)],
            ("MAX_DOSE", "high"),
        ),  # 1,600 of 1,200 over the counter
        ([("ibuprofen 200 mg", "2 tablets every 6 hours", False)], None),  # 3,200 when prescribed
        ([("ibuprofen 200 mg", "1 tablet as needed for pain, max 4 a day", True)], None),
        ([("simvastatin 40 mg", "once a day", False)], None),
        ([("simvastatin 40 mg", "once a day", False), ("amlodipine 5 mg", "once a day", False)], ("MAX_DOSE", "high")),
        ([("citalopram 20 mg", "3 tablets once a day", False)], ("MAX_DOSE", "high")),
        ([("acetaminophen", "three times a day", True)], None),  # the strength is not said: nothing is guessed
    ],
)
def test_the_most_a_day_is_counted_over_all_products(entries, flag) -> None:
    kinds = found([entry(name, sig, is_otc=is_otc) for name, sig, is_otc in entries])
    assert (flag in kinds) if flag else all(kind != "MAX_DOSE" for kind, _ in kinds)


def test_local_and_systemic_products_of_one_substance_do_not_pair() -> None:
    assert found([entry("diclofenac gel"), entry("diclofenac 50 mg tablet")]) == set()
    assert ("DUP_INGREDIENT", "high") in found([entry("diclofenac gel 1 %"), entry("diclofenac topical gel 3 %")])


def test_two_of_one_class_and_brand_and_generic_are_found() -> None:
    assert ("DUP_CLASS", "block") in found([entry("Aleve"), entry("Advil")])
    assert ("DUP_INGREDIENT", "high") in found([entry("Zestril"), entry("lisinopril 10 mg")])


def test_a_name_nobody_knows_is_never_cleared() -> None:
    flags = check([entry("Grandma's evening tea"), entry("Zestril plus something odd")])
    assert [one.kind for one in flags] == ["UNKNOWN_DRUG", "UNKNOWN_DRUG"]


def test_as_needed_without_reason_or_most_a_day_and_no_purpose_are_to_complete() -> None:
    bare = Entry.of("a", "tramadol 50 mg", read("1 tablet as needed"))
    assert {one.kind for one in check([bare])} == {"PRN_INCOMPLETE", "NO_PURPOSE"}
    whole = Entry.of(
        "a", "tramadol 50 mg", read("1 tablet as needed for pain, at most 4 tablets, maximum 4 tablets a day")
    )
    assert check([whole]) == ()


NAMES = ["warfarin 5 mg", "Advil", "ginkgo", "simvastatin 40 mg", "clarithromycin", "amlodipine 5 mg", "Tylenol 500 mg",
         "Percocet 5/325", "lisinopril 10 mg", "amoxicillin", "fluoxetine", "tramadol 50 mg", "methotrexate 10 mg",
         "diclofenac gel", "not a medicine at all"]  # fmt: skip
SIGS = [
    "",
    "once a day",
    "twice a day",
    "2 tablets every 6 hours",
    "once a week",
    "as needed",
    "1 tablet as needed for pain",
]
ENTRIES = st.builds(
    lambda name, sig, key, hold: Entry.of(key, name, read(sig), is_on_hold=hold),
    st.sampled_from(NAMES), st.sampled_from(SIGS), st.text(string.ascii_lowercase, min_size=6, max_size=6),
    st.booleans(),
)  # fmt: skip
LISTS = st.lists(ENTRIES, max_size=7, unique_by=lambda one: one.key)
ALLERGIES = st.lists(st.builds(AllergyFact, st.sampled_from(["Penicillin", "Sulfa", "Aspirin", "Dust"])), max_size=3)


@settings(max_examples=150, deadline=None)
@given(LISTS, ALLERGIES, st.randoms())
def test_the_order_of_the_list_does_not_matter(entries, allergies, random) -> None:
    shuffled = entries[:]
    random.shuffle(shuffled)
    assert check(entries, allergies) == check(shuffled, allergies)


@settings(max_examples=150, deadline=None)
@given(LISTS, ENTRIES, ALLERGIES)
def test_one_more_medicine_takes_no_flag_between_others_away(entries, more, allergies) -> None:
    if more.key in {one.key for one in entries}:
        return
    kept = {(one.kind, one.rule, one.keys, one.about) for one in check(entries, allergies) if one.kind != "MAX_DOSE"}
    assert kept <= {(one.kind, one.rule, one.keys, one.about) for one in check([*entries, more], allergies)}


@settings(max_examples=150, deadline=None)
@given(LISTS, ALLERGIES)
def test_every_flag_is_about_lines_of_the_list_that_are_taken(entries, allergies) -> None:
    taken = {one.key for one in entries if not one.is_on_hold}
    for flag in check(entries, allergies):
        assert set(flag.keys) <= (taken if flag.kind != "HOLD_NO_PLAN" else {one.key for one in entries})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.text(max_size=120))
def test_no_text_breaks_the_reader(name, sig) -> None:
    one = Entry.of("k", name, read(sig))
    assert one.medicine.is_known <= bool(one.medicine.ingredients)
    check([one], [AllergyFact(name, sig)])
