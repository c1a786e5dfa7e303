"""Corrections: asked for, owned by somebody, due on a day, answered, disagreed with; and lists said to be right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import Account, Condition, Delivery, PoolMember, RecordAmendment, RecordCheck, Task
from portal.records.amendments_watch import watch_amendments
from portal.records.looking import freshness_of
from tests.factories.people import account_of, made, make_caregiver, make_pool, make_staff
from tests.records.conftest import add_line


def ask(client, record, who=None, key="conditions", status=303):
    url = f"{record.base}/{key}/correction?line={record.lines[key]}"
    page = client.as_(who or record.account).get(url)
    return page.submit({"wrong": "Never had it", "right": "Take it out"}, form="/correction", status=status)


def only(services):
    with made(services) as session:
        (row,) = session.query(RecordAmendment).all()
        return row


def test_a_request_has_an_owner_and_a_day(client, services, record):
    sent = ask(client, record)
    row = only(services)
    assert row.owner_practitioner_id == record.doctor.id and row.owner_pool_id is None
    assert row.due_at - row.asked_at == timedelta(days=60) and b"Never" not in row.wrong
    page = client.as_(record.account).get(sent.location)
    for words in ("Waiting for an answer", "Never had it", "Take it out", record.doctor.name, "High blood pressure"):
        assert words in page.text


def test_a_form_sent_twice_is_one_request(client, services, record):
    page = client.as_(record.account).get(f"{record.base}/conditions/correction?line={record.lines['conditions']}")
    for _again in range(2):
        page.submit({"wrong": "No", "right": "Yes"}, form="/correction")
    only(services)


@pytest.mark.parametrize("decision", ["accepted", "denied"])
def test_the_clinic_answers_and_the_patient_reads_it(client, services, record, decision):
    where = ask(client, record).location
    answers = {"decision": decision, "reason": "right" if decision == "denied" else "", "answer": "We looked again."}
    doctor = client.as_(record.doctor_account).get(where)
    doctor.submit(answers, form="/answer")
    page = client.as_(record.account).get(where)
    assert "We looked again." in page.text and {"accepted": "Accepted", "denied": "Denied"}[decision] in page.text
    doctor.submit(answers, form="/answer", status=409)
    if decision == "denied":
        assert "accurate and complete" in page.text
        page.submit({"statement": "I was there."}, form="/disagreement")
        assert "I was there." in client.as_(record.doctor_account).get(where).text
        page.submit({"statement": "Again."}, form="/disagreement", status=409)


def test_a_denial_says_why(client, record):
    where = ask(client, record).location
    doctor = client.as_(record.doctor_account).get(where)
    page = doctor.submit({"decision": "denied", "reason": "", "answer": "No."}, form="/answer", status=422)
    assert "Choose why the request is denied." in page.text


def test_the_clinic_may_take_longer_once_and_the_patient_may_take_it_back(client, services, record):
    where = ask(client, record).location
    doctor = client.as_(record.doctor_account).get(where)
    doctor.submit({"why": " "}, form="/longer", status=422)
    doctor.submit({"why": "We wait for the other hospital."}, form="/longer")
    assert "We wait for the other hospital." in client.as_(record.account).get(where).text
    assert only(services).due_at - only(services).asked_at == timedelta(days=90)
    doctor.submit({"why": "Again."}, form="/longer", status=409)
    client.as_(record.account).get(where).submit({}, form="/withdrawn")
    assert "Taken back" in client.as_(record.account).get(where).text
    doctor.submit({"decision": "accepted", "answer": "x"}, form="/answer", status=409)


def test_who_may_not_ask_or_answer(client, services, record):
    where = ask(client, record).location
    client.as_(record.proxy).get(where, status=404)
    client.as_(record.proxy).get(f"{record.base}/conditions/correction", status=403)
    client.as_(record.stranger).get(where, status=404)
    with made(services) as session:
        other = account_of(session, make_staff(session, "Dr. Another One", "specialist"))
        hidden = add_line(session, record.patient, Condition, "Depression", sensitivity="PSY")
        parent, _ = make_caregiver(session, record.patient, kind="parent", scopes=["record_basic"], name="A Parent")
    client.as_(other).get(where, status=404)
    assert "Never had it" in client.as_(parent).get(where).text
    client.as_(parent).get(f"{record.base}/conditions/correction?line={hidden.id}", status=404)
    page = client.as_(record.doctor_account).get(where)
    assert "Take it back" not in page.text


def test_a_request_about_a_sensitive_line_is_as_private_as_the_line(client, services, record):
    with made(services) as session:
        hidden = add_line(session, record.patient, Condition, "Depression", sensitivity="PSY")
        parent, _ = make_caregiver(session, record.patient, kind="parent", scopes=["record_basic"], name="A Parent")
    url = f"{record.base}/conditions/correction?line={hidden.id}"
    sent = client.as_(record.account).get(url).submit({"wrong": "a", "right": "b"}, form="/correction")
    client.as_(parent).get(sent.location, status=404)
    assert "Depression" not in client.as_(parent).get(f"{record.base}/corrections").text


def test_a_list_is_said_to_be_right_and_grows_stale(client, services, clock, record):
    url = f"{record.base}/allergies"
    page = client.as_(record.account).get(url)
    assert "Please look whether it is right" in page.text
    page.submit({}, form="/confirmed")
    with made(services) as session:
        (row,) = session.query(RecordCheck).all()
    assert row.part == "allergies" and row.lines == [str(record.lines["allergies"])]
    assert "Confirmed" in client.as_(record.account).get(url).text
    clock.set(clock.now() + timedelta(days=31))
    assert "Please look again whether it is right" in client.as_(record.account).get(url).text


@pytest.mark.parametrize(("days", "expected"), [(0, "fresh"), (30, "fresh"), (31, "amber"), (90, "amber"), (91, "red")])
def test_thirty_days_are_fresh_and_ninety_are_the_last_amber_ones(clock, days, expected):
    assert freshness_of(clock.now() - timedelta(days=days), clock.now()) == expected


def test_an_empty_list_can_be_confirmed_as_none(client, services, record):
    who = record.stranger
    url = f"/people/{who.person_id}/record/allergies"
    client.as_(who).get(url).submit({}, form="/confirmed")
    assert "None, and that was confirmed" in client.as_(who).get(url).text


def test_staff_and_readers_confirm_nothing_in_the_patients_name(client, services, record):
    url = f"{record.base}/allergies"
    assert "Is this list still right?" not in client.as_(record.doctor_account).get(url).text
    client.as_(record.doctor_account).post(f"{url}/confirmed", csrf=url, status=403)
    with made(services) as session:
        reader, _ = make_caregiver(session, record.patient, kind="proxy", scopes=["record_basic"], name="Reader One")
    client.as_(reader).post(f"{url}/confirmed", csrf=url, status=403)
    client.as_(record.account).post(f"{record.base}/goals/confirmed", csrf=url, status=404)


# Work at the desk -------------------------------------------------------------------------------------------------


def tasks_of(services):
    with made(services) as session:
        return list(session.scalars(select(Task).order_by(Task.made_at, Task.wording)))


def test_a_request_is_work_at_the_desk_of_who_answers_until_it_is_answered(client, services, record):
    where = ask(client, record).location
    (task,) = tasks_of(services)
    assert task.owner_practitioner_id == record.doctor.id and task.due_on == only(services).due_at.date()
    desk = client.as_(record.doctor_account).get("/desk/tasks")
    assert "Answer the request to correct the record: " in desk.text
    assert [link.href for link in desk.links if link.text.startswith("Open what it is about")] == [where]
    client.as_(record.doctor_account).get(where).submit({"decision": "accepted", "answer": "Done."}, form="/answer")
    assert [one.state for one in tasks_of(services)] == ["done"]


def test_taking_longer_moves_the_day_of_the_work(client, services, record):
    where = ask(client, record).location
    client.as_(record.doctor_account).get(where).submit({"why": "We wait."}, form="/longer")
    (task,) = tasks_of(services)
    assert task.state == "open" and task.due_on == only(services).due_at.date()


def test_work_the_portal_asks_for_is_said_in_the_language_of_who_reads_it(client, services, record):
    ask(client, record)
    with made(services) as session:
        session.get(Account, record.doctor_account.id).language = "es"
    assert "Answer the request" not in client.as_(record.doctor_account).get("/desk/tasks").text


def test_who_answers_is_told_before_and_those_who_lead_when_it_is_late(client, services, record, clock):
    with made(services) as session:
        pool = make_pool(session, "records", "Records")
        lead = make_staff(session, "Lena Lead", "front_desk")
        session.add(PoolMember(pool_id=pool.id, practitioner_id=lead.id, is_lead=True))
        lead_account = account_of(session, lead).id
    where = ask(client, record).location

    def told():
        with made(services) as session:
            return sorted(session.scalars(select(Delivery.account_id)), key=str)

    watch_amendments(services)
    assert told() == []
    clock.move(days=54)
    watch_amendments(services)
    watch_amendments(services)
    assert told() == [record.doctor_account.id]
    clock.move(days=6, seconds=1)
    watch_amendments(services)
    watch_amendments(services)
    assert told() == sorted([record.doctor_account.id, record.doctor_account.id, lead_account], key=str)
    late = [one for one in tasks_of(services) if one.wording == "amendment_late"]
    assert [one.owner_pool_id for one in late] == [pool.id]
    page = client.as_(record.account).get(where)
    assert "The answer was due on" in page.text
    client.as_(record.doctor_account).post(f"{where}/longer", {"why": "Too late."}, status=409)
    client.as_(record.doctor_account).get(where).submit({"decision": "accepted", "answer": "Done."}, form="/answer")
    assert {one.state for one in tasks_of(services)} == {"done"}
