"""The home page: what needs the reader, and nothing that is not theirs."""

from __future__ import annotations

import pytest

from tests.factories.people import account_of, made, make_account, make_caregiver, make_patient, make_staff
from tests.factories.record import make_report, make_result, make_visit, mark_unread


def test_a_patient_sees_what_needs_them_with_one_button_each(client, house, canary):
    page = client.as_(house.account).get(house.home)
    assert page.h1 == f"Good morning, {canary.given}"
    titles = [each.text for each in page.select(".item h3")]
    assert any("You have a visit on Thu, Mar 12 at 11:00 am" in title for title in titles)
    assert any("New test result: Basic metabolic panel" in title for title in titles)
    assert "1 value outside its range" in page.text
    assert len(page.select(".item__act a")) == len(titles) == 2


def test_the_question_box_leads_to_the_page_that_says_who_will_answer(client, house):
    form = client.as_(house.account).get(house.home).form(f"/people/{house.patient.id}/messages/new")
    assert set(form.values) == {"csrf_token", "once", "question"}


def test_an_empty_house_says_so_honestly(client, services):
    with made(services) as session:
        patient = make_patient(session)
        account = account_of(session, patient)
    page = client.as_(account).get(f"/people/{patient.id}/home")
    assert "Nothing waits for you" in page.text
    assert "No visit is booked" in page.text
    assert "Nobody speaks for your family" in page.text


def test_the_liaison_card_names_the_liaison_and_what_they_see(client, house):
    page = client.as_(house.account).get(house.home)
    assert "Tomás Delgado" in page.text
    assert "sees test results, visits and medicines" in page.text


def test_a_liaison_sees_the_house_within_what_was_opened(client, house):
    page = client.as_(house.liaison).get(house.home)
    assert page.h1 == "Good morning, Tomás Delgado"
    assert page.select(".acting strong")[0].text == f"Tomás Delgado for {house.patient.name}"
    assert "New test result" in page.text
    assert "Your liaison" not in page.text


def test_without_the_scope_a_caregiver_sees_no_result_and_no_visit(client, house, services):
    with made(services) as session:
        other, _ = make_caregiver(session, house.patient, kind="family", name="Carmen Delgado", relation="aunt")
        mark_unread(session, house.report, other)
    page = client.as_(other).get(house.home)
    assert "test result" not in page.text.lower()
    assert "Next visit" not in page.text
    assert "Mar 12" not in page.text


def test_a_count_tells_a_caregiver_nothing_about_hidden_values(client, house, services):
    with made(services) as session:
        report = make_report(session, house.patient, "Other panel", outside_count=2)
        make_result(session, house.patient, report=report)
        make_result(session, house.patient, "9", report=report, code=None, name="Hidden thing", sensitivity="PSY")
        mark_unread(session, report, house.liaison)
    page = client.as_(house.liaison).get(house.home)
    assert "2 values" not in page.text


def test_a_stranger_finds_nothing(client, house, services):
    with made(services) as session:
        stranger = account_of(session, make_patient(session, "Other", "Person"))
        nobody = make_account(session, "Nobody Inparticular")
    client.as_(stranger).get(house.home, status=404)
    client.as_(nobody).get(house.home, status=404)


def test_an_ended_relationship_opens_nothing(client, house, services):
    with made(services) as session:
        session.merge(house.relationship).state = "revoked"
    client.as_(house.liaison).get(house.home, status=404)


def test_names_are_text_never_markup(client, services):
    with made(services) as session:
        patient = make_patient(session, "<b>Eve</b>", "<script>alert(1)</script>")
        doctor = make_staff(session, "Dr. <i>Mal</i>", cares_for=[patient])
        make_caregiver(session, patient, name="<img src=x> Tom", relation="<u>son</u>")
        make_visit(session, patient, doctor, place="<hr>", instructions="<h1>x</h1>")
        account = account_of(session, patient)
    page = client.as_(account).get(f"/people/{patient.id}/home")
    assert "<b>Eve" not in page.html and "<i>Mal" not in page.html and "<hr>" not in page.html
    assert page.h1 == "Good morning, <b>Eve</b>"


@pytest.mark.parametrize(("hour", "words"), [(5, "morning"), (13, "afternoon"), (23, "evening")])
def test_the_greeting_goes_by_the_clock_on_the_readers_wall(client, house, clock, hour, words):
    clock.set(clock.now().replace(hour=(hour + 4) % 24))  # New York is four hours behind in March
    assert f"Good {words}" in client.as_(house.account).get(house.home).h1


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, house, services, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            report = make_report(session, house.patient, f"Panel {number}")
            mark_unread(session, report, house.account)
            mark_unread(session, report, house.liaison)
            make_visit(session, house.patient, house.doctor)
    for reader, ceiling in ((house.account, 10), (house.liaison, 12)):
        browser = client.as_(reader)
        browser.get(house.home)
        with count_statements() as seen:
            browser.get(house.home)
        seen.at_most(ceiling)


def test_the_start_sends_each_to_their_own_first_page(client, house, services):
    with made(services) as session:
        admin = make_account(session, "Robin Vale", is_admin=True)
        two, _ = make_caregiver(session, house.patient, kind="family", name="Two Houses")
        make_caregiver(session, make_patient(session, "Second", "Person"), kind="family", account=two)
        doctor = account_of(session, house.doctor)
    assert client.get("/", status=303).location.endswith("/sign-in")
    assert client.as_(house.account).get("/", status=303).location == house.home
    assert client.as_(house.liaison).get("/", status=303).location == house.home
    assert client.as_(two).get("/", status=303).location == "/people"
    assert client.as_(doctor).get("/", status=303).location.startswith("/desk")
    assert client.as_(admin).get("/", status=303).location.startswith("/admin")


def test_health_is_answered_without_signing_in(client):
    assert client.get("/healthz").status == 200
    assert client.get("/readyz").status == 200


def test_about_names_those_who_must_be_named(client, house):
    assert "LOINC is copyright Regenstrief Institute" in client.get("/about").text
    assert "National Library of Medicine" in client.as_(house.account).get("/about").text


def test_more_lists_every_room(client, house):
    page = client.as_(house.account).get("/more")
    for room in ("Messages", "Test results", "Medicines", "Family access", "About this portal"):
        assert page.link(room) if room == "About this portal" else room in page.text


def test_a_visit_that_was_only_asked_for_is_not_announced(client, services):
    with made(services) as session:
        patient = make_patient(session)
        make_visit(session, patient, status="pending")
        account = account_of(session, patient)
    page = client.as_(account).get(f"/people/{patient.id}/home")
    assert "You have a visit" not in page.text and "No visit is booked" in page.text


def test_what_does_not_fit_is_one_link_away(client, house, services):
    with made(services) as session:
        for number in range(8):
            mark_unread(session, make_report(session, house.patient, f"Panel {number}"), house.account)
    page = client.as_(house.account).get(house.home)
    assert len([each for each in page.select(".item h3") if "New test result" in each.text]) == 4
    assert page.link("More new test results").href == f"/people/{house.patient.id}/results"
