"""The patient asks somebody, chooses exactly what, looks it over and sends it; the one who was asked says yes or no."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from portal.caregivers import consent
from portal.models import AccessInvitation, AccessSignature, Account, Delivery, Job, Relationship
from portal.policy.vocabulary import SCOPES
from portal.worker import run_once
from tests.caregivers.house import House
from tests.factories.people import account_of, made, make_caregiver, make_patient


def test_two_minutes_from_a_name_to_somebody_who_sees_exactly_what_was_chosen(house: House) -> None:
    code = house.invite(rights={"sees": ["results"], "does": []})
    assert house.accept(code, is_adult=True).location == f"/people/{house.patient.id}/home"
    held = house.held(account_id=house.friend.id)
    assert (held.kind, held.relation, held.state) == ("proxy", "friend", "active")
    assert house.scopes() == {"results"}
    person = f"/people/{house.patient.id}"
    house.theirs.get(f"{person}/results")
    house.theirs.get(f"{person}/medicines", status=403)
    house.theirs.get(f"{person}/appointments", status=403)


def test_access_ends_by_itself_after_eighteen_months_the_last_day_included(house: House, clock: Any) -> None:
    house.accept(house.invite(), is_adult=True)
    assert house.all(AccessInvitation)[0].ends_on == date(2027, 9, 10)
    held = house.held()
    assert held.ends_at.isoformat() == "2027-09-11T04:00:00+00:00"  # 00:00 at the practice, in New York
    clock.set(held.ends_at - timedelta(seconds=1))
    house.client.as_(house.friend).get(f"/people/{house.patient.id}/home")
    clock.set(held.ends_at)
    house.client.as_(house.friend).get(f"/people/{house.patient.id}/home", status=404)


def test_the_last_look_says_exactly_what_they_will_see(house: House) -> None:
    page = house.own.follow(house.begin().submit({"sees": ["results", "meds_view"], "does": ["refills"]}))
    assert page.title.startswith("Exactly what Rosa Friend will see")
    assert "Test results" in page.text and "Ask for refills" in page.text and "Bills" not in page.text
    assert "Stays hidden" in page.text and "HIV" in page.text


def test_doing_brings_the_look_it_needs(house: House) -> None:
    house.accept(house.invite(rights={"sees": [], "does": ["refills"]}), is_adult=True)
    assert house.scopes() == {"refills", "meds_view"}


def test_each_private_matter_needs_a_signature_of_its_own(house: House) -> None:
    page = house.own.follow(house.begin().submit({"categories": ["HIV", "PSY"]}))
    half = page.submit({"signed": ["HIV"]}, status=422)
    assert "Sign for each private matter" in half.text
    sent = half.submit({"signed": ["HIV", "PSY"]}, status=200)
    assert sent.title.startswith("The invitation for Rosa Friend")
    assert {row.category for row in house.all(AccessSignature)} == {"HIV", "PSY"}
    assert {row.signed_by_id for row in house.all(AccessSignature)} == {house.account.id}


@pytest.mark.parametrize("code", ["SDV", "sensitive:SDV", "abuse"])
def test_violence_is_opened_to_nobody(house: House, code: str) -> None:
    page = house.begin()
    values = [*page.form().values.items(), ("categories", code)]
    answer = house.own.post(page.form().action, values, status=422)
    assert "categories" in answer.html


def test_an_empty_choice_and_a_day_that_is_over_are_refused(house: House) -> None:
    page = house.begin()
    assert "at least one thing" in page.submit({"sees": [], "does": []}, status=422).text
    assert "today or a later day" in page.submit({"ends_on": "2026-03-09"}, status=422).text


def test_the_code_works_once_and_for_two_weeks(house: House, services: Any, clock: Any) -> None:
    code = house.invite()
    house.accept(code, is_adult=True)
    house.theirs.get(f"/access/{code}", status=410)
    second = house.invite()
    clock.move(days=14)
    house.client.get(f"/access/{second}", status=410)


def test_an_invitation_that_was_withdrawn_does_not_work(house: House) -> None:
    code = house.invite()
    page = house.own.get(house.url())
    assert "Waits for an answer" in page.text
    page.submit({}, form=next(form.action for form in page.forms if form.action.endswith("/withdraw")))
    house.theirs.get(f"/access/{code}", status=410)


def test_who_asks_is_said_only_to_somebody_who_signed_in(house: House) -> None:
    code = house.invite()
    assert house.patient.family_name not in house.client.get(f"/access/{code}").html
    assert house.patient.family_name in house.theirs.get(f"/access/{code}").text


def test_saying_no_opens_nothing(house: House) -> None:
    code = house.invite()
    page = house.theirs.get(f"/access/{code}")
    page.submit({}, form=f"/access/{code}/decline")
    assert house.all(Relationship) == []
    assert house.all(AccessInvitation)[0].state == "declined"


def test_nobody_accepts_without_knowing_the_duties_nor_under_age(house: House, services: Any) -> None:
    code = house.invite(kind="liaison")
    assert "18 or older" in house.accept(code, status=422).text
    house.accept(code, status=422, knows_duties=False, is_adult=True)
    with made(services) as session:
        child = account_of(session, make_patient(session, "Young", "One", birth_on=date(2010, 1, 1)))
    house.accept(code, house.client.as_(child), status=422, is_adult=True)
    assert house.all(Relationship) == []


def test_nobody_gives_access_to_themselves(house: House) -> None:
    code = house.invite()
    assert "your own record" in house.accept(code, house.own, status=422, is_adult=True).text


def test_a_link_is_mailed_that_names_nobody(house: House, services: Any, monkeypatch: Any) -> None:
    sent: list[tuple[str, ...]] = []

    class Mailer:
        def send(self, to: str, subject: str, body: str, *, message_id: str) -> None:
            sent.append((to, subject, body))

    monkeypatch.setattr("portal.caregivers.jobs.mailer", lambda _settings: Mailer())
    house.invite(email="rosa@example.org")
    run_once(services, [])
    (to, subject, body), *more = sent
    assert more == [] and to == "rosa@example.org"
    assert house.patient.family_name not in subject + body and "Rosa" not in subject + body
    link = re.search(r"/access/[A-Z2-9]{20}", body)
    assert link
    house.accept(link.group().removeprefix("/access/"), is_adult=True)
    assert house.held().state == "active"


def test_the_code_can_be_typed_in(house: House) -> None:
    code = house.invite()
    typed = "-".join(re.findall("....", code)).lower()
    page = house.client.get("/access").submit({"code": typed})
    assert page.location == f"/access/{code}"
    assert "does not work" in house.client.get("/access").submit({"code": "ABCD"}, status=422).text


def test_somebody_without_an_account_gets_one_and_answers_with_it(house: House, services: Any) -> None:
    code = house.invite()
    page = house.client.get(f"/access/{code}")
    for _ in range(2):
        page.submit({}, form=f"/access/{code}/create")
    with made(services) as session:
        assert session.query(Account).filter_by(display_name="Rosa Friend").count() == 2  # the friend, and one made
    assert house.all(Relationship) == []


def test_a_new_liaison_takes_over_in_one_step(house: House, services: Any) -> None:
    with made(services) as session:
        _, before = make_caregiver(session, house.patient)
    first = house.invite(kind="liaison", name="Never Asked")
    code = house.invite(kind="liaison")
    house.theirs.get(f"/access/{first}", status=410)
    house.accept(code, is_adult=True)
    states = {row.id: row for row in house.all(Relationship)}
    old, new = states.pop(before.id), next(iter(states.values()))
    assert (old.state, new.state, old.ended_at) == ("ended", "active", new.starts_at)
    with made(services) as session:
        assert {row.kind for row in session.query(Delivery)} == {"access_ended", "access_answered"}


def test_reminders_are_planned_a_month_and_a_week_before_the_end(house: House, services: Any, clock: Any) -> None:
    house.accept(house.invite(rights={"ends_on": "2026-06-30"}), is_adult=True)
    with made(services) as session:
        days = sorted(job.run_at.date() for job in session.query(Job).filter_by(kind="caregivers.remind"))
    assert days == [date(2026, 6, 1), date(2026, 6, 24)]
    for when in days:
        clock.set(clock.now().replace(year=when.year, month=when.month, day=when.day, hour=12))
        run_once(services, [])
    with made(services) as session:
        kinds = [row.kind for row in session.query(Delivery).filter_by(account_id=house.account.id)]
    assert kinds.count("access_ending") == 2


@pytest.mark.parametrize("address", ["/invite", ""])
def test_a_caregiver_invites_nobody(house: House, address: str) -> None:
    house.accept(house.invite(preset="full"), is_adult=True)
    page = house.theirs.get(house.url(address), status=403 if address else 200)
    assert "Invite somebody" not in page.text


def test_all_that_can_be_given_has_a_place_on_the_page() -> None:
    assert set(consent.ALL) == set(SCOPES)
    assert not any(scope.startswith("sensitive") for preset in consent.PRESETS.values() for scope in preset)
    assert "SDV" not in consent.CATEGORIES
