"""Visits: by the clock of their place, requests never as bookings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_visit


@pytest.fixture
def visits(services):
    with made(services) as session:
        patient = make_patient(session)
        doctor = make_staff(session, cares_for=[patient])
        make_visit(session, patient, doctor)
        make_visit(session, patient, doctor, at=datetime(2025, 11, 20, 15, tzinfo=UTC), status="fulfilled")
        return patient, account_of(session, patient), account_of(session, doctor)


def url(patient):
    return f"/people/{patient.id}/appointments"


def test_coming_and_earlier_visits_stand_apart(client, visits, canary):
    page = client.as_(visits[1]).get(url(visits[0]))
    coming, earlier = page.select(".card")
    assert "Thu, Mar 12 at 11:00 am" in coming.text and "Booked" in coming.text and canary.staff_given in coming.text
    assert "Thu, Nov 20, 2025 at 10:00 am" in earlier.text and "Took place" in earlier.text


def test_the_zone_is_named_where_it_differs_from_the_readers(client, visits, services):
    with made(services) as session:
        session.get(type(visits[1]), visits[1].id).time_zone = "America/Los_Angeles"
    assert "Thu, Mar 12 at 11:00 am EDT" in client.as_(visits[1]).get(url(visits[0])).text


@pytest.mark.parametrize(
    ("status", "words"), [("pending", "Asked for, not confirmed yet"), ("proposed", "Proposed, not booked")]
)
def test_a_request_is_never_shown_as_a_booking(client, visits, services, status, words):
    with made(services) as session:
        make_visit(session, visits[0], kind="Odd visit", status=status)
    rows = client.as_(visits[1]).get(url(visits[0])).select(".lines li")
    row = next(each.text for each in rows if "Odd visit" in each.text)
    assert words in row and "Booked" not in row


def test_a_cancelled_visit_is_not_coming(client, visits, services):
    with made(services) as session:
        make_visit(session, visits[0], kind="Odd visit", status="cancelled")
    coming, earlier = client.as_(visits[1]).get(url(visits[0])).select(".card")
    assert "Odd visit" not in coming.text
    assert "Odd visit" in earlier.text and "Cancelled" in earlier.text


def test_empty_lists_say_so(client, services):
    with made(services) as session:
        patient = make_patient(session)
        account = account_of(session, patient)
    text = client.as_(account).get(url(patient)).text
    assert "No visit is booked." in text and "No earlier visit is on file." in text


def test_a_sensitive_visit_leaves_no_trace_for_a_caregiver(client, visits, services):
    with made(services) as session:
        make_visit(session, visits[0], kind="Odd visit", sensitivity="PSY")
        caregiver, _ = make_caregiver(session, visits[0], scopes=["appointments_view"])
        without, _ = make_caregiver(session, visits[0], kind="family", name="Carmen")
    page = client.as_(caregiver).get(url(visits[0]))
    assert "Odd visit" not in page.text and "Primary care visit" in page.text
    client.as_(without).get(url(visits[0]), status=403)


def test_who_may_look(client, visits, services):
    with made(services) as session:
        stranger = account_of(session, make_patient(session, "Some", "Stranger"))
        other = account_of(session, make_staff(session, "Dr. Another One"))
    assert client.as_(visits[2]).get(url(visits[0]))
    client.as_(stranger).get(url(visits[0]), status=404)
    client.as_(other).get(url(visits[0]), status=404)


def test_the_past_goes_on_page_by_page(client, visits, services):
    with made(services) as session:
        now = session.info["now"]
        for number in range(30):
            make_visit(session, visits[0], kind=f"Past {number:02}", at=now - timedelta(days=3), status="fulfilled")
    page = client.as_(visits[1]).get(url(visits[0]))
    older = client.as_(visits[1]).get(page.one('a[rel="next"]')["href"])
    both = page.text + older.text
    assert all(f"Past {number:02}" in both for number in range(30))


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, visits, services, count_statements, rows):
    with made(services) as session:
        for _ in range(rows):
            make_visit(session, visits[0])
    browser = client.as_(visits[1])
    browser.get(url(visits[0]))
    with count_statements() as seen:
        browser.get(url(visits[0]))
    seen.at_most(8)
