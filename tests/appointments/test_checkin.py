"""Check-in before a visit, the questions in it, and the summary after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import portal.worker  # noqa: F401  its jobs
from portal.models import CheckIn, Delivery, RelationshipScope, Screening, Task, VisitType
from portal.work.running import Worker
from tests.appointments.world import NINE
from tests.factories.people import made
from tests.factories.record import make_allergy, make_medicine

RIGHT = {"medicines": "yes", "allergies": "yes", "contact": "yes", "anything_new": "Vitamin D"}


@pytest.fixture
def visit_id(world, services):
    with made(services) as session:
        session.get(VisitType, world.kind.id).forms = ["phq", "gad"]
        make_medicine(session, world.patient)
        make_allergy(session, world.patient)
    return world.book()


def answers(count, value="0", **more):
    return {**{f"item{number}": value for number in range(1, count + 1)}, **more}


def check_in(world, client, visit_id, who="patient", **more):
    browser = client.as_(world.accounts[who])
    page = browser.get(world.url(visit_id)).follow("Check in")
    return page.client.follow(page.submit({**RIGHT, **more}))


def test_what_is_on_file_is_shown_and_confirmed(world, client, visit_id, services):
    page = client.as_(world.accounts["patient"]).get(world.url(visit_id, "check-in"))
    assert "Lisinopril" in page.text and "Penicillin" in page.text
    assert len(page.submit({}, status=422).errors) == 4
    check_in(world, client, visit_id, changes="I moved.", contact="no")
    with made(services) as session:
        row = session.query(CheckIn).one()
    assert row.done_at and b"Vitamin" not in row.answers
    seen = client.as_(world.accounts["doctor"]).get(world.url(visit_id))
    assert "Vitamin D" in seen.text and "I moved." in seen.text
    assert "Vitamin D" not in client.as_(world.accounts["clerk"]).get(world.url(visit_id)).text


def test_low_answers_to_the_short_forms_end_it(world, client, visit_id, services):
    first = check_in(world, client, visit_id)
    assert first.h1 == "How you have been feeling" and len(first.select("fieldset")) == 2
    second = first.client.follow(first.submit(answers(2, "1")))
    assert second.h1 == "How worried you have been"
    done = second.client.follow(second.submit(answers(2)))
    assert "You are checked in." in done.text
    with made(services) as session:
        assert {row.instrument for row in session.query(Screening)} == {"phq2", "gad2"}
        assert session.query(Task).count() == 0


def test_three_points_ask_for_the_long_form_and_a_gap_is_told(world, client, visit_id, services):
    first = check_in(world, client, visit_id)
    long = first.client.follow(first.submit(answers(2, "2")))
    assert len(long.select("fieldset")) == 9
    left = answers(9)
    del left["item4"]
    failed = long.submit(left, status=422)
    assert "1 answer is missing." in failed.text
    with made(services) as session:
        assert session.query(Screening).filter_by(instrument="phq9").count() == 0


def test_any_answer_to_the_ninth_question_shows_help_and_calls_the_nurses_today(world, client, visit_id, services):
    first = check_in(world, client, visit_id)
    long = first.client.follow(first.submit(answers(2, "2")))
    sent = long.submit(answers(9, item9="1"))
    page = long.client.follow(sent)
    assert page.h1 == "You are not alone. Please talk to somebody now" and page.select('a[href="tel:988"]')
    assert "911" in page.text
    with made(services) as session:
        task = session.query(Task).one()
        assert (task.owner_pool_id, task.due_on, task.state) == (world.triage_id, date(2026, 3, 10), "open")
    Worker(services).run_due()
    with made(services) as session:
        told = session.query(Delivery).filter_by(account_id=world.accounts["nurse"].id).all()
    assert [one.kind for one in told] == ["new_question"]
    assert "thoughts of self-harm: call today" in client.as_(world.accounts["doctor"]).get(world.url(visit_id)).text


def test_a_caregiver_checks_in_and_never_sees_the_questions(world, client, visit_id, services):
    with made(services) as session:
        held = session.query(RelationshipScope).filter_by(scope="appointments_manage").one()
        for scope in ("meds_view", "record_basic"):
            session.add(
                RelationshipScope(patient_id=held.patient_id, relationship_id=held.relationship_id, scope=scope)
            )
    done = check_in(world, client, visit_id, "son")
    assert "You are checked in." in done.text
    client.as_(world.accounts["son"]).get(world.url(visit_id, "questions", "phq9"), status=403)
    client.as_(world.accounts["looker"]).get(world.url(visit_id, "check-in"), status=403)


def test_check_in_opens_seven_days_before_and_ends_when_the_visit_begins(world, client, visit_id, clock):
    clock.set(NINE - timedelta(days=7, minutes=1))
    browser = client.as_(world.accounts["patient"])
    assert not browser.get(world.url(visit_id)).select('a[href$="/check-in"]')
    browser.get(world.url(visit_id, "check-in"), status=303)
    clock.set(NINE - timedelta(days=7))
    assert client.as_(world.accounts["patient"]).get(world.url(visit_id)).select('a[href$="/check-in"]')
    clock.set(NINE)
    client.as_(world.accounts["patient"]).get(world.url(visit_id, "check-in"), status=303)


def test_the_summary_is_written_by_who_treats_and_read_by_the_patient(world, client, visit_id, clock):
    clock.set(NINE + timedelta(hours=1))
    page = client.as_(world.accounts["doctor"]).get(world.url(visit_id))
    page.submit({"summary": "Rest the knee for a week."}, form="/summary")
    assert "Rest the knee" in client.as_(world.accounts["patient"]).get(world.url(visit_id)).text
    assert "Rest the knee" not in client.as_(world.accounts["looker"]).get(world.url(visit_id)).text
    client.as_(world.accounts["clerk"]).post(world.url(visit_id, "summary"), {"summary": "x"}, csrf=True, status=404)
