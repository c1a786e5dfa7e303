"""Booking, moving and cancelling as a person does it, without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import portal.worker  # noqa: F401  its jobs
from portal.models import Appointment, Delivery, Place, Relationship
from portal.work.running import Worker
from tests.appointments.world import NINE
from tests.factories.people import made


def times(world, client, who="patient", **more):
    query = "&".join(
        f"{name}={value}" for name, value in {"kind": world.kind.id, "start": "2026-03-12", **more}.items()
    )
    return client.as_(world.accounts[who]).get(world.url(f"times?{query}"))


def press(page, label):
    """Press the first button whose label begins so."""
    button = next(one for one in page.select("button[name=slot]") if one["aria-label"].startswith(label))
    form = next(one for one in page.forms if one.action.endswith("/appointments/times") and one.method == "post")
    return page.client.post(form.action, {**form.values, "slot": button["value"]}, csrf=False, status=303)


def book(world, client, label="9:00 am", who="patient", agenda="My knee hurts"):
    browser = client.as_(world.accounts[who])
    page = browser.get(world.url(f"times?kind={world.kind.id}&start=2026-03-12"))
    held = browser.follow(press(page, label))
    shown = browser.follow(held.submit({"agenda": agenda, "companion": "My son"}, form="/book"))
    return browser, shown


def test_from_the_list_to_a_booked_visit(world, client):
    browser = client.as_(world.accounts["patient"])
    kinds = browser.get(world.url()).follow("Book a visit")
    assert "Follow-up visit" in kinds.text and "30 minutes, in person or by video" in kinds.text
    browser, shown = book(world, client)
    assert shown.h1 == "Follow-up visit"
    assert "Thu, Mar 12 at 9:00 am" in shown.text and "Booked" in shown.text and "My knee hurts" in shown.text
    assert "My son" in shown.text and "Your visit is booked." in shown.text
    assert "Thu, Mar 12 at 9:00 am" in browser.get(world.url()).select(".card")[0].text


def test_the_page_says_that_the_time_is_kept_and_gives_it_back(world, client):
    browser = client.as_(world.accounts["patient"])
    held = browser.follow(press(times(world, client), "9:00 am"))
    assert "This time is kept for you until 11:10 am." in held.text
    held.submit({}, form="/release")
    assert world.taken() == 0


def test_who_is_late_gets_the_next_open_times(world, client):
    page = times(world, client)
    world.book(by="other", person_id=world.other.id)
    form = next(one for one in page.forms if one.action.endswith("/appointments/times") and one.method == "post")
    button = next(one for one in page.select("button[name=slot]") if "Otto" in one["aria-label"])
    gone = page.client.post(form.action, {**form.values, "slot": button["value"]}, csrf=False, status=409)
    assert gone.h1 == "That time is gone"
    near = [one.text for one in gone.select(".times--wide button")]
    assert len(near) == 3 and "Thu, Mar 12 at 9:30 am" in near


def test_the_form_sent_twice_shows_the_same_visit(world, client):
    browser = client.as_(world.accounts["patient"])
    held = browser.follow(press(times(world, client), "9:00 am"))
    first = held.submit({}, form="/book")
    assert held.submit({}, form="/book").location == first.location


def test_moving_keeps_the_words_and_says_the_old_time(world, client):
    browser, shown = book(world, client)
    page = browser.get(shown.link("Choose another time").href + "&start=2026-03-12")
    assert "Now: Thu, Mar 12 at 9:00 am. It stays yours until you confirm" in page.text
    held = browser.follow(press(page, "10:00 am"))
    assert "My knee hurts" in held.html
    moved = browser.follow(held.submit({}, form="/book"))
    assert "Thu, Mar 12 at 10:00 am" in moved.text and "My knee hurts" in moved.text


def test_cancelling_asks_why_and_says_who_did_it(world, client):
    browser, shown = book(world, client, who="son")
    asked = shown.follow("Cancel this visit")
    failed = asked.submit({}, status=422)
    assert failed.errors == ["Choose a reason."]
    done = browser.follow(failed.submit({"reason": "transport"}))
    assert "You cancelled it." in done.text and world.taken() == 0
    own = client.as_(world.accounts["patient"]).get(world.url("cancelled"))
    assert "Tomás Delgado cancelled it." in own.text


def test_within_a_day_it_becomes_a_request_and_the_phone_number_stands_there(world, client, clock):
    _, shown = book(world, client)
    clock.set(NINE - timedelta(hours=24) + timedelta(minutes=1))
    late = client.as_(world.accounts["patient"]).get(shown.url)
    assert "begins within 24 hours" in late.text and "Ask for another time" in late.text
    asked = late.follow("Cancel this visit")
    assert asked.h1 == "Ask the clinic to cancel" and asked.select('a[href^="tel:"]')
    lists = asked.client.follow(asked.submit({"reason": "illness"}))
    assert "Asked for, not confirmed yet" in lists.text
    assert world.visit(_only(world)).status == "booked"


def _only(world):
    with made(world.services) as session:
        return session.query(Appointment.id).one()[0]


def test_a_request_is_shown_as_a_request_and_can_be_taken_back(world, client):
    browser = client.as_(world.accounts["patient"])
    page = browser.get(world.url("requests/new"))
    assert page.submit({"words": ""}, status=422).errors == ["Say what it is about."]
    listed = browser.follow(page.submit({"words": "The dietitian, please", "times": "afternoons"}))
    assert "Asked for, not confirmed yet" in listed.text and "The dietitian, please" in listed.text
    back = browser.follow(listed.submit({}, form="/withdraw"))
    assert "Taken back" in back.text


def test_the_zone_of_the_place_is_named_where_the_readers_differs(world, client, services):
    with made(services) as session:
        session.get(Place, world.place.id).time_zone = "America/Chicago"
    page = times(world, client)
    assert "9:00 am CDT" in page.text and "on the clock of the clinic (CDT)" in page.text
    _, shown = book(world, client, "9:00 am CDT")
    assert "Thu, Mar 12 at 9:00 am CDT" in shown.text


def test_the_video_room_opens_a_quarter_of_an_hour_before(world, client, clock, services):
    visit_id = world.book(is_video=True)
    url = world.url(visit_id, "video")
    clock.set(NINE - timedelta(minutes=16))
    closed = client.as_(world.accounts["patient"]).get(url)
    assert "opens Thu, Mar 12 at 8:45 am" in closed.text and "video.clinic.example" not in closed.html
    clock.move(minutes=1)
    room = client.as_(world.accounts["looker"]).get(url).link("Enter the video room").href
    assert room == f"https://video.clinic.example/visit/{world.visit(visit_id).video_key}"
    clock.set(NINE + timedelta(minutes=61))
    assert "This video room is closed." in client.as_(world.accounts["patient"]).get(url).text


def test_the_calendar_file_says_when_and_nothing_else(world, client):
    visit_id = world.book()
    answer = client.as_(world.accounts["patient"]).http.get(
        world.url(visit_id, "appointment.ics"), base_url="http://localhost"
    )
    text = answer.text
    assert answer.content_type.startswith("text/calendar")
    assert f"UID:{visit_id}@throughline\r\n" in text and "DTSTART:20260312T130000Z\r\n" in text
    assert "SUMMARY:Appointment\r\n" in text and "SEQUENCE:0" in text
    assert "Otto" not in text and "Follow-up" not in text and "Main Street" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_a_private_calendar_lives_until_it_is_taken_back_or_the_right_ends(world, client, services, clock):
    world.book()
    browser = client.as_(world.accounts["looker"])
    page = browser.get(world.url("calendar"))
    made_ = page.submit({}, form="/calendar", status=200)
    address = made_.one("code").text.replace("http://localhost", "")
    read = client.http.get(address, base_url="http://localhost")
    assert read.status_code == 200 and read.text.count("BEGIN:VEVENT") == 1
    with made(services) as session:
        held = session.query(Relationship).filter_by(account_id=world.accounts["looker"].id).one()
        held.state = "revoked"
    assert client.http.get(address, base_url="http://localhost").status_code == 404
    with made(services) as session:
        session.query(Relationship).filter_by(account_id=world.accounts["looker"].id).one().state = "active"
    again = client.as_(world.accounts["looker"]).get(world.url("calendar"))
    again.submit({}, form="/revoke")
    assert client.http.get(address, base_url="http://localhost").status_code == 404


def test_the_patient_and_those_who_may_see_it_are_told_once_that_something_changed(world, services):
    world.book()
    Worker(services).run_due()
    Worker(services).run_due()
    with made(services) as session:
        told = [(one.account_id, one.kind) for one in session.query(Delivery)]
    wanted = {(world.accounts[who].id, "visit_changed") for who in ("patient", "son", "looker")}
    assert set(told) == wanted and len(told) == 3


@pytest.mark.parametrize(
    ("path", "patient", "looker", "other"),
    [("new", 200, 403, 404), ("cancelled", 200, 200, 404), ("requests", 200, 200, 404),
     ("requests/new", 200, 403, 404), ("calendar", 200, 200, 404)],
)  # fmt: skip
def test_who_may_open_what(world, client, path, patient, looker, other):
    for who, status in (("patient", patient), ("looker", looker), ("other", other)):
        client.as_(world.accounts[who]).get(world.url(path), status=status)


def test_who_may_only_look_sees_no_way_to_change(world, client):
    visit_id = world.book(agenda="My knee hurts")
    client.as_(world.accounts["looker"]).get(world.url(visit_id, "words"), status=403)
    for who, reads in (("patient", True), ("son", True), ("doctor", True), ("looker", False), ("clerk", False)):
        assert ("My knee hurts" in client.as_(world.accounts[who]).get(world.url(visit_id)).text) is reads, who
    page = client.as_(world.accounts["looker"]).get(world.url(visit_id))
    assert not [link for link in page.links if link.text in ("Cancel this visit", "Choose another time", "Change")]
    client.as_(world.accounts["looker"]).post(world.url(visit_id, "cancel"), {"reason": "work"}, csrf=True, status=403)


def test_the_page_of_times_asks_the_same_number_of_questions_for_any_number_of_times(world, client, count_statements):
    browser = client.as_(world.accounts["patient"])
    url = world.url(f"times?kind={world.kind.id}&start=2026-03-12")
    browser.get(url)
    with count_statements() as seen:
        browser.get(url)
    seen.at_most(22)


def test_a_day_the_clocks_change_offers_the_local_hour(world, client, clock):
    clock.set(datetime(2026, 10, 29, 15, tzinfo=UTC))
    page = client.as_(world.accounts["patient"]).get(world.url(f"times?kind={world.kind.id}&start=2026-10-30"))
    both = [one["value"].rsplit(".", 1)[1] for one in page.select("button[name=slot]") if one.text == "9:00 am"]
    walls = {datetime.fromtimestamp(int(seconds), UTC).hour for seconds in both}
    assert walls == {13, 14}
