"""The medicines list: allergies always with it, each status in plain words."""

from __future__ import annotations

from datetime import date

import pytest

from portal.models import Person
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff
from tests.factories.record import make_allergy, make_medicine


@pytest.fixture
def record(services):
    with made(services) as session:
        patient = make_patient(session)
        doctor = make_staff(session, cares_for=[patient])
        make_medicine(session, patient, prescriber_id=doctor.id, purpose="blood pressure")
        make_medicine(session, patient, "Warfarin 5 MG", status="on-hold")
        make_medicine(session, patient, "Amoxicillin", status="completed")
        make_medicine(session, patient, "Ancient tonic", status="stopped", happened_on=date(2019, 1, 1))
        make_medicine(session, patient, "Wrong drug", status="entered-in-error")
        make_allergy(session, patient)
        make_allergy(session, patient, "Refuted thing", verification="refuted")
    return patient, doctor


def read(client, services, record, who, status=200):
    patient, doctor = record
    with made(services) as session:
        account = account_of(session, doctor if who == "doctor" else patient) if isinstance(who, str) else who
    return client.as_(account).get(f"/people/{patient.id}/medicines", status=status)


def test_allergies_stand_above_the_medicines(client, services, record):
    text = read(client, services, record, "patient").text
    assert text.index("Penicillin") < text.index("Lisinopril")
    assert "Can be dangerous" in text and "Reaction: Hives" in text


def test_each_medicine_says_how_what_for_and_by_whom(client, services, record, canary):
    text = read(client, services, record, "patient").text
    assert "Take 1 tablet by mouth once a day" in text
    assert "For: blood pressure" in text and f"Prescribed by Dr. {canary.staff_given}" in text
    assert "On hold: do not take it until your care team says so" in text


def test_what_nobody_stands_by_is_left_out_and_what_is_over_stands_apart(client, services, record):
    page = read(client, services, record, "patient")
    assert "Wrong drug" not in page.text and "Refuted thing" not in page.text
    assert page.text.index("Warfarin") < page.text.index("Stopped or finished in the last 12 months")
    assert page.text.index("Stopped or finished in the last 12 months") < page.text.index("Amoxicillin")
    assert "Ancient tonic" in page.one("main details").text


def test_an_empty_list_says_that_nobody_asked_yet(client, services):
    with made(services) as session:
        patient = make_patient(session)
        account = account_of(session, patient)
    text = client.as_(account).get(f"/people/{patient.id}/medicines").text
    assert "Not yet asked" in text and text.count("None on file") == 1


@pytest.mark.parametrize(("scopes", "status"), [(["meds_view"], 200), (["results"], 403), ([], 403)])
def test_a_caregiver_needs_the_scope(client, services, record, scopes, status):
    with made(services) as session:
        caregiver, _ = make_caregiver(session, record[0], kind="proxy", scopes=scopes)
    page = read(client, services, record, caregiver, status)
    assert "Penicillin" not in page.text  # the basic record was not opened


def test_a_sensitive_medicine_leaves_no_trace_for_a_caregiver(client, services, record):
    with made(services) as session:
        make_medicine(session, record[0], "Lithium", sensitivity="PSY")
        caregiver, _ = make_caregiver(session, record[0], kind="proxy", scopes=["meds_view", "record_basic"])
    page = read(client, services, record, caregiver)
    assert "Lithium" not in page.text and "Penicillin" in page.text


def test_who_treats_reads_it_and_others_find_nothing(client, services, record):
    assert "Lisinopril" in read(client, services, record, "doctor").text
    with made(services) as session:
        other = account_of(session, make_staff(session, "Dr. Another One"))
        stranger = account_of(session, make_patient(session, "Some", "Stranger"))
    read(client, services, record, other, 404)
    read(client, services, record, stranger, 404)


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, services, record, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            make_medicine(session, record[0], f"Medicine {number}")
            make_allergy(session, record[0], f"Allergy {number}")
        account = account_of(session, record[0])
    browser = client.as_(account)
    url = f"/people/{record[0].id}/medicines"
    browser.get(url)
    with count_statements() as seen:
        browser.get(url)
    seen.at_most(14)


def test_a_medicine_taken_for_years_is_not_cut_off_by_all_that_was_stopped_since(house, services):
    with made(services) as session:
        patient = session.get(Person, house.patient.id)
        make_medicine(session, patient, "Old Faithful 10 MG", happened_on=date(2001, 1, 1))
        for number in range(260):
            make_medicine(session, patient, f"Stopped {number}", status="stopped", happened_on=date(2025, 1, 1))
    assert "Old Faithful" in house.browsers["patient"].get(house.url).text
    assert "Old Faithful" in house.browsers["nurse"].get(f"/desk/patients/{house.patient.id}").text
