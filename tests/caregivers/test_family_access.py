"""Who has access, why, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.caregivers.consent import groups_of, may_act, sensitive_of
from tests.factories.people import account_of, made, make_caregiver, make_patient, make_staff


@pytest.fixture
def family(services):
    with made(services) as session:
        patient = make_patient(session)
        liaison, _ = make_caregiver(
            session, patient, scopes=["messages_read", "messages_send", "results", "sensitive:HIV"],
            ends_at=session.info["now"] + timedelta(days=200),
        )  # fmt: skip
        aunt, _ = make_caregiver(session, patient, kind="family", relation="aunt", name="Carmen Delgado")
        make_caregiver(session, patient, kind="proxy", name="Former Friend", state="revoked")
        return patient, account_of(session, patient), liaison, aunt


def url(patient):
    return f"/people/{patient.id}/family-access"


def test_the_patient_sees_everybody_with_access_the_liaison_first(client, family):
    page = client.as_(family[1]).get(url(family[0]))
    assert [each.text for each in page.select(".person h2")] == ["Tomás Delgado Liaison", "Carmen Delgado Family"]
    assert "Messages, Test results" in page.text
    assert "until Sat, Sep 26" in page.text
    assert "Former Friend" not in page.text


def test_private_matters_are_named_one_by_one(client, family):
    cards = client.as_(family[1]).get(url(family[0])).select(".card")
    assert "HIV" in cards[0].text
    assert "None. These stay hidden from them." in cards[1].text


def test_a_caregiver_sees_their_own_access_and_nobody_elses(client, family):
    page = client.as_(family[3]).get(url(family[0]))
    assert "Carmen Delgado" in page.text and "Tomás" not in page.text
    assert "To end somebody" not in page.text


def test_nobody_with_access_is_said(client, services):
    with made(services) as session:
        patient = make_patient(session)
        account = account_of(session, patient)
    assert "Nobody but you and your care team has access" in client.as_(account).get(url(patient)).text


def test_strangers_find_nothing(client, family, services):
    with made(services) as session:
        stranger = account_of(session, make_patient(session, "Some", "Stranger"))
        doctor = account_of(session, make_staff(session))
    client.as_(stranger).get(url(family[0]), status=404)
    client.as_(doctor).get(url(family[0]), status=404)


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, family, services, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            make_caregiver(session, family[0], kind="proxy", name=f"Person {number}", scopes=["results"])
    browser = client.as_(family[1])
    browser.get(url(family[0]))
    with count_statements() as seen:
        browser.get(url(family[0]))
    seen.at_most(6)


def test_a_grant_is_told_in_groups_people_think_in():
    assert groups_of(["meds_view", "results", "messages_send"]) == ["messages", "results", "medicines"]
    assert groups_of([]) == []
    assert sensitive_of(["results", "sensitive:PSY", "sensitive:HIV", "sensitive:sexual_health"]) == ["HIV", "PSY"]
    assert may_act(["results", "messages_send"]) and not may_act(["results"])
