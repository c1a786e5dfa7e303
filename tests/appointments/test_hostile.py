"""A signed-in stranger and a liaison with narrow rights try what is not theirs: ids, tokens, offers, hidden fields."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from portal.appointments import checkin, confirming, feeds, placing, queue, waitlist
from portal.infra.errors import NotAllowed, NotFound
from portal.models import Appointment, Hold, VisitRequest, WaitlistEntry
from tests.appointments.world import NINE
from tests.factories.people import made

SOON = NINE + timedelta(days=1)


@pytest.fixture
def visit_id(world):
    return world.book()


def post(world, client, who, url, sent, status):
    browser = client.as_(world.accounts[who])
    own = world.accounts[who].person_id or world.person_id
    token = browser.csrf_token(f"/people/{own}/appointments")
    return browser.post(url, {**sent, "csrf_token": token}, status=status)


@pytest.mark.parametrize(
    ("path", "looker"),
    [("cancel", 404), ("words", 404), ("confirm", 403), ("check-in", 404), ("screenings/phq2", 404)],
)
def test_anothers_visit_is_not_there_for_a_stranger_and_only_to_look_at_for_who_may_look(
    world, client, visit_id, path, looker
):
    for who, status in (("other", (404,)), ("looker", (403, 404))):
        browser = client.as_(world.accounts[who])
        own = world.accounts[who].person_id or world.person_id
        token = browser.csrf_token(f"/people/{own}/appointments")
        sent = {"csrf_token": token, "reason": "work", "once": str(uuid4()), "agenda": "mine now"}
        headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        for person in {world.person_id, own}:  # the right person, and one's own with another's visit
            url = f"/people/{person}/appointments/{visit_id}/{path}"
            answer = browser.http.post(url, data=sent, headers=headers, base_url="http://localhost")
            assert answer.status_code in (status if person == world.person_id else (403, 404)), (who, path)
    found = world.visit(visit_id)
    assert (found.status, found.agenda, found.confirmed_at) == ("booked", None, None) and looker


def test_hidden_fields_change_nothing_that_is_not_asked(world, client):
    kept = world.hold(SOON)
    browser = client.as_(world.accounts["patient"])
    page = browser.get(world.url("holds", kept))
    form = page.form("/book")
    extra = {
        "status": "fulfilled", "patient_id": str(world.other.id), "is_overbooked": "y", "booked_by_id": str(uuid4()),
        "practitioner_id": str(world.staff["second"].id), "starts_at": "2026-03-20T09:00", "sensitivity": "x",
    }  # fmt: skip
    browser.post(form.action, {**form.values, **extra}, csrf=False, status=303)
    with made(world.services) as session:
        visit = session.query(Appointment).one()
        assert (visit.status, visit.patient_id, visit.is_overbooked) == ("booked", world.person_id, False)
        assert (visit.practitioner_id, visit.starts_at, visit.sensitivity) == (world.staff["doctor"].id, SOON, None)
        assert visit.booked_by_id == world.accounts["patient"].id


def test_anothers_hold_offer_or_place_in_the_line_is_nobodys_elses(world):
    kept = world.hold(SOON)
    with world.open("patient") as uow:
        entry = waitlist.join(uow, waitlist.Wish(world.person_id, world.kind.id, uuid4())).id
    for who, person_id in (("other", world.other.id), ("other", world.person_id), ("looker", world.person_id)):
        with world.open(who, write=False) as uow, pytest.raises((NotFound, NotAllowed)):
            uow.load(queue.READ, Hold, kept, within=person_id)
        with pytest.raises((NotFound, NotAllowed)), world.open(who) as uow:
            waitlist.leave(uow, person_id, entry)
    for who in ("patient", "son", "other"):
        with pytest.raises((NotFound, NotAllowed)), world.open(who) as uow:
            queue.set_urgent(uow, entry, is_urgent=True)
    with made(world.services) as session:
        assert session.get(Hold, kept) is not None
        row = session.get(WaitlistEntry, entry)
        assert (row.state, row.is_urgent) == ("waiting", False)


def test_a_wish_about_anothers_visit_is_not_taken(world, visit_id):
    with pytest.raises(NotFound), world.open("other") as uow:
        wish = waitlist.Wish(world.other.id, world.kind.id, uuid4(), appointment_id=visit_id)
        waitlist.join(uow, wish)
    with pytest.raises(NotFound):
        world.hold(SOON, by="other", person_id=world.other.id, moves_id=visit_id)
    with made(world.services) as session:
        assert not session.query(VisitRequest).all() and not session.query(WaitlistEntry).all()


def test_a_sensitive_visit_is_closed_to_a_liaison_who_manages_the_others(world, client, visit_id):
    with made(world.services) as session:
        session.get(Appointment, visit_id).sensitivity = "PSY"
    browser = client.as_(world.accounts["son"])
    for path in ("", "/cancel", "/words", "/video", "/appointment.ics", "/appointment.json"):
        browser.get(f"{world.url(visit_id)}{path}", status=404)
    with pytest.raises((NotFound, NotAllowed)), world.open("son") as uow:
        confirming.confirm_visit(uow, world.person_id, visit_id)
    with pytest.raises(NotFound):
        world.hold(SOON, by="son", moves_id=visit_id)
    with pytest.raises((NotFound, NotAllowed)), world.open("son") as uow:
        checkin.save(uow, world.person_id, visit_id, checkin.Told("yes", "yes", "yes"))


def test_a_feed_of_another_is_not_taken_back_and_its_address_is_not_guessed(world, client):
    with world.open("patient") as uow:
        feeds.make(uow, world.person_id)
        uow.flush()
        (feed,) = feeds.mine(uow, world.person_id)
        feed_id = feed.id
    for who in ("son", "other"):
        with pytest.raises((NotFound, NotAllowed)), world.open(who) as uow:
            feeds.revoke(uow, world.person_id, feed_id)
    client.get(f"/calendar/{'A' * 43}.ics", status=404)


def test_the_setup_is_for_who_leads_the_schedule(world, client):
    values = {"name": "Mine", "time_zone": "America/New_York", "keeps_holidays": True, "is_active": True}
    for who in ("patient", "son", "doctor", "clerk"):
        with pytest.raises((NotFound, NotAllowed)), world.open(who) as uow:
            placing.save_place(uow, None, values)
        with pytest.raises((NotFound, NotAllowed)), world.open(who) as uow:
            placing.add_room(uow, world.place.id, "Mine")
    for path in ("/waiting", "/setup/places/new", "/setup/reminders", f"/setup/places/{world.place.id}"):
        client.as_(world.accounts["patient"]).get(f"/desk/schedule{path}", status=404)
    with world.open("admin") as uow:
        assert placing.save_place(uow, None, values).name == "Mine"
