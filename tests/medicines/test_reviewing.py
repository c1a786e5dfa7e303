"""Clinicians decide line by line, answer what the checks found in full, and stand by the list."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.models import Medication, MedicineStamp
from tests.factories.people import made
from tests.factories.record import make_medicine


def review(house, who="doctor", status=200):
    return house.browsers[who].get(house.desk, status=status)


def post(house, who, path, status=303, **fields):
    return house.post(who, f"{house.desk}{path}", fields, status)


def waiting_id(house):
    return review(house).one("[id^=report-]")["id"].removeprefix("report-")


def flag_key(house, words):
    (found,) = [one for one in review(house).select("[id^=flag-]") if words in one.text]
    return found["id"].removeprefix("flag-")


def test_what_is_confirmed_becomes_a_line_that_says_who_confirmed_it(house, add, canary):
    add(name="Advil", amount="1 tablet", code="BID")
    post(house, "nurse", f"/told/{waiting_id(house)}", verdict="accept", answer="Fine.")
    shown = house.browsers["patient"].get(house.url)
    assert f"Reported by {canary.given}" in shown.text and "confirmed by Nell Nurse, RN on" in shown.text
    assert "Without a prescription" in shown.text and "1 tablet, two times a day" in shown.text
    assert "Fine." in shown.text and "Advil" in shown.text


def test_what_is_declined_says_why_to_who_reported_it(house, add):
    add("proxy", "Advil")
    post(house, "nurse", f"/told/{waiting_id(house)}", verdict="decline", answer="Your kidneys do not like it.")
    for who in ("patient", "proxy"):
        text = house.browsers[who].get(house.url).text
        assert "Declined" in text and "Your kidneys do not like it." in text


def test_declining_needs_words(house, add):
    add()
    page = post(house, "nurse", f"/told/{waiting_id(house)}", status=422, verdict="decline")
    assert page.errors == ["Say why you decline it. Who reported it reads this."]


def test_the_second_colleague_learns_that_the_first_decided(house, add):
    add()
    one = waiting_id(house)
    post(house, "nurse", f"/told/{one}", verdict="decline", answer="No.")
    done = post(house, "doctor", f"/told/{one}", verdict="accept")
    assert "A colleague has decided it already" in house.browsers["doctor"].follow(done).text


def test_not_taken_confirmed_stops_the_line(house, services):
    house.post(
        "patient",
        f"{house.url}/{house.warfarin.id}/tell",
        {"kind": "not_taking", "once": "6f0f7d1e-93a5-4b4e-8f05-0d4d0f2f3c11"}, status=303,
    )  # fmt: skip
    post(house, "doctor", f"/told/{waiting_id(house)}", verdict="accept")
    with services.database.connect() as connection:
        row = connection.execute(select(Medication.status).where(Medication.id == house.warfarin.id)).one()
    assert row.status == "not-taken"
    assert "Not taken" in house.browsers["patient"].get(house.url).text


@pytest.mark.parametrize(
    ("who", "status"),
    [("doctor", 200), ("nurse", 200), ("manager", 403), ("patient", 403), ("proxy", 403), ("stranger", 404)],
)
def test_only_those_who_decide_open_the_review(house, add, who, status):
    add()
    one = waiting_id(house)
    review(house, who, status)
    if status != 200:
        post(house, who, f"/told/{one}", status=404, verdict="accept")
        post(house, who, "/verify", status=status)


def test_clinicians_see_flags_in_full_with_their_source_and_patients_do_not(house, services):
    with made(services) as session:
        make_medicine(session, house.patient, "Bactrim DS")
    full, plain = review(house).text, house.browsers["patient"].get(house.url).text
    assert "W04" in full and "Serious" in full and "INR rises quickly" in full and "FDA labeling" in full
    assert "never means that it is safe" in full
    assert "W04" not in plain and "Serious" not in plain and "INR" not in plain
    assert "Ask before you take these together." in plain


def test_the_list_is_verified_only_when_nothing_is_open(house, add, services):
    """M4: verify is 409 until W04 is resolved."""
    with made(services) as session:
        make_medicine(session, house.patient, "Bactrim DS", purpose="infection")
        for one in (house.lithium, house.lisinopril):
            session.merge(one).status = "stopped"
    ready = {"sources": "patient", "is_otc_asked": "y", "once": "0b6df1a4-5a3c-4d8e-9d15-2ad7c7f1f6a1"}
    assert post(house, "nurse", "/verify", 422, once=ready["once"]).errors == [
        "Choose at least one source.",
        "Ask about medicines without a prescription first, then tick this.",
    ]
    page = post(house, "nurse", "/verify", 409, **ready)
    assert page.errors == ["Decide first about what the checks found."]
    key = flag_key(house, "INR rises quickly")
    post(house, "nurse", f"/flags/{key}", 403, how="overridden", reason="monitored", words="INR in 3 days")
    post(house, "doctor", f"/flags/{key}", 422, how="seen")
    post(house, "doctor", f"/flags/{key}", 422, how="overridden", reason="monitored")
    post(house, "doctor", f"/flags/{key}", 303, how="overridden", reason="monitored", words="INR in 3 days")
    assert "INR in 3 days" in review(house).text
    add()
    assert post(house, "nurse", "/verify", 409, **ready).errors == ["Confirm or decline what was reported first."]
    post(house, "doctor", f"/told/{waiting_id(house)}", verdict="decline", answer="Not with warfarin.")
    post(house, "nurse", "/verify", 303, **ready)
    post(house, "nurse", "/verify", 303, **ready)
    with services.database.connect() as connection:
        assert len(connection.execute(select(MedicineStamp.id)).all()) == 1
    text = house.browsers["patient"].get(house.url).text
    assert "Checked by Nell Nurse, RN on" in text and "with: the patient" in text


def test_a_hard_stop_can_not_be_overridden(house, services):
    """M8."""
    with made(services) as session:
        make_medicine(session, house.patient, "Methotrexate 10 MG Oral Tablet", sig="once a day", purpose="arthritis")
    key = flag_key(house, "Weekly medicine taken more often")
    page = post(house, "doctor", f"/flags/{key}", 409, how="overridden", reason="benefit")
    assert "Only another order ends this." in page.errors


def test_a_flag_that_is_gone_is_not_answered(house):
    done = post(house, "doctor", "/flags/" + "0" * 64, how="seen")
    assert "The list has changed since" in house.browsers["doctor"].follow(done).text


def test_takes_none_is_not_said_of_a_list_with_lines(house):
    with_lines = {
        "sources": "patient",
        "is_otc_asked": "y",
        "is_none": "y",
        "once": "0b6df1a4-5a3c-4d8e-9d15-2ad7c7f1f6a1",
    }
    page = post(house, "nurse", "/verify", 409, **with_lines)
    assert page.errors  # first what is open, then this
    assert "Takes no medicines" not in house.browsers["patient"].get(house.url).text


@pytest.mark.parametrize("rows", [1, 20])
def test_statements_of_the_review_do_not_grow(house, add, services, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            make_medicine(session, house.patient, f"Medicine {number}")
    for number in range(1 if rows == 1 else 4):
        add(name=f"Thing {number}")
    review(house)
    with count_statements() as seen:
        review(house)
    seen.at_most(15)
