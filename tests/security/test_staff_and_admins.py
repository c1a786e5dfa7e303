"""Staff and administrators as attackers: no record without a care relationship, no step up by a form."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from portal.models import Account, CareTeamMember, Pool, PoolMember, Practitioner, Thread
from tests.factories.people import made, make_caregiver
from tests.factories.record import make_allergy, make_problem, make_visit
from tests.messaging.world import QUESTION, World
from tests.security.nasty import ask
from tests.support.page import PageClient

CLINICAL = ("results", "medicines")


def held_by_scheduling(world: World) -> UUID:
    return world.ask("I need to book a visit next month, please.")


def test_the_front_desk_sees_visits_and_contact_and_nothing_clinical(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        make_allergy(session, world.patient, "Penicillin")
        make_problem(session, world.patient, "Hypertension")
        make_visit(session, world.patient)
    thread_id = held_by_scheduling(world)
    assert world.thread(thread_id).owner_pool_id == world.desk_id
    desk = client.as_(world.accounts["clerk"])
    shown = desk.get(f"/desk/inbox/{thread_id}").html + desk.get(f"/desk/patients/{world.person_id}").html
    shown += desk.get(f"/people/{world.person_id}/appointments").html
    for word in ("Penicillin", "Hypertension", "otassium", "isinopril"):
        assert word not in shown
    for page in CLINICAL:
        assert ask(desk, "GET", f"/people/{world.person_id}/{page}").status_code in (403, 404)
    for about in ("result", "medication"):
        key = world.result_id if about == "result" else world.medicine_id
        url = f"/people/{world.person_id}/messages/new"
        assert ask(desk, "GET", url, query=f"{about}={key}").status_code in (403, 404)
    sent = {"comment": "All is well.", "once": str(uuid4()), "csrf_token": desk.csrf_token("/profile")}
    url = f"/people/{world.person_id}/results/{world.result_id}/comments"
    assert ask(desk, "POST", url, data=sent).status_code in (403, 404)


def test_the_front_desk_does_not_see_the_clinical_conversations_of_its_patients(
    world: World, client: PageClient
) -> None:
    held_by_scheduling(world)
    clinical = world.ask(QUESTION)
    desk = client.as_(world.accounts["clerk"])
    for url in ("/desk/inbox", f"/desk/patients/{world.person_id}", f"/people/{world.person_id}/messages"):
        answer = ask(desk, "GET", url)
        assert str(clinical) not in answer.get_data(as_text=True)
        assert "bananas" not in answer.get_data(as_text=True)
    desk.get(f"/desk/inbox/{clinical}", status=404)
    desk.get(f"/people/{world.person_id}/messages/{clinical}", status=404)


@pytest.mark.parametrize("who", ["outsider", "second", "admin"])
def test_nobody_acts_on_work_that_is_not_theirs(world: World, client: PageClient, who: str) -> None:
    thread_id = world.ask(QUESTION)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id
    browser = client.as_(world.accounts[who])
    token = browser.csrf_token("/profile")
    for act in ("take", "close", "reopen", "notes", "replies", "pass-on"):
        sent = {
            "csrf_token": token, "version": "1", "note": "x", "reply": "x", "to": "pool:nurse_triage", "reason": "x",
            "kind": "other_person", "once": str(uuid4()),
        }  # fmt: skip
        assert ask(browser, "POST", f"/desk/inbox/{thread_id}/{act}", data=sent).status_code == 404
    after = world.thread(thread_id)
    assert (after.owner_practitioner_id, after.state, after.message_count) == (world.staff["doctor"].id, "open", 1)


def test_work_is_passed_on_to_the_team_and_no_further(world: World, client: PageClient) -> None:
    """Passing on opens a record; it must not open one to somebody with no part in this patient's care."""
    thread_id = world.ask(QUESTION)
    browser = client.as_(world.accounts["doctor"])
    token = browser.csrf_token(f"/desk/inbox/{thread_id}/pass-on")
    for to in (world.staff["outsider"].id, world.staff["clerk"].id, world.accounts["outsider"].id, uuid4(), "x", ""):
        sent = {
            "csrf_token": token, "version": str(world.thread(thread_id).version), "to": str(to), "reason": "look",
            "kind": "other_person", "once": str(uuid4()),
        }  # fmt: skip
        assert ask(browser, "POST", f"/desk/inbox/{thread_id}/pass-on", data=sent).status_code in (403, 422)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id


def test_who_left_the_team_or_the_pool_reads_no_more_at_the_next_request(world: World, client: PageClient) -> None:
    thread_id = world.ask("I have had a new rash on my arm since yesterday.")
    assert world.thread(thread_id).owner_pool_id == world.pool_id
    nurse, cover = client.as_(world.accounts["nurse"]), client.as_(world.accounts["cover"])
    page = nurse.get(f"/desk/inbox/{thread_id}")
    cover.get(f"/people/{world.person_id}/results")
    with made(world.services) as session:
        session.query(PoolMember).filter_by(practitioner_id=world.staff["nurse"].id).delete()
        session.query(CareTeamMember).filter_by(practitioner_id=world.staff["cover"].id).update(
            {"ends_at": world.services.clock.now()}
        )
    page.submit({"reply": "Put cream on it."}, form="/replies", status=404)
    nurse.get(f"/desk/inbox/{thread_id}", status=404)
    nurse.get(f"/desk/patients/{world.person_id}", status=404)
    cover.get(f"/people/{world.person_id}/results", status=404)


def test_a_team_member_who_does_not_come_yet_or_has_gone_gets_no_work(world: World, client: PageClient) -> None:
    """The record does not open to them, so neither may a conversation."""
    thread_id = world.ask(QUESTION)
    with made(world.services) as session:
        session.query(CareTeamMember).filter_by(practitioner_id=world.staff["cover"].id).update(
            {"ends_at": world.services.clock.now()}
        )
    browser = client.as_(world.accounts["doctor"])
    page = browser.get(f"/desk/inbox/{thread_id}/pass-on")
    assert str(world.staff["cover"].id) not in page.html
    sent = {
        "csrf_token": browser.csrf_token(f"/desk/inbox/{thread_id}/pass-on"), "to": str(world.staff["cover"].id),
        "version": str(world.thread(thread_id).version), "reason": "look", "kind": "other_person",
    }  # fmt: skip
    assert ask(browser, "POST", f"/desk/inbox/{thread_id}/pass-on", data=sent).status_code == 422


def test_administrators_read_no_record(world: World, client: PageClient) -> None:
    world.ask(QUESTION)
    admin = client.as_(world.accounts["admin"])
    for page in ("home", "messages", "results", "medicines", "appointments", "care-team", "family-access"):
        admin.get(f"/people/{world.person_id}/{page}", status=404)
    for url in ("/desk/inbox", "/desk/patients", f"/desk/patients/{world.person_id}"):
        answer = ask(admin, "GET", url)
        assert "bananas" not in answer.get_data(as_text=True)
        assert str(world.person_id) not in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", ["patient", "liaison", "doctor", "clerk"])
def test_no_form_makes_anybody_more_than_they_are(world: World, client: PageClient, who: str) -> None:
    browser = client.as_(world.accounts[who])
    token = browser.csrf_token("/profile")
    more = {
        "csrf_token": token, "language": "en", "time_zone": "", "is_admin": "y", "role": "pcp", "is_active": "y",
        "person_id": str(world.stranger.id), "practitioner_id": str(world.staff["pcp"].id), "kind": "staff",
        "name": "Dr. Self Made", "display_name": "Dr. Self Made", "email": "self@example.org",
    }  # fmt: skip
    ask(browser, "POST", "/profile", data=more)
    for url, query in (("/admin/invitations/new", "kind=staff"), ("/admin/accounts/search", "")):
        assert ask(browser, "POST", url, query=query, data=more).status_code in (303, 404)
    with made(world.services) as session:
        mine = session.get(Account, world.accounts[who].id)
        before = world.accounts[who]
        for name in ("is_admin", "person_id", "practitioner_id", "display_name", "email", "is_active"):
            assert getattr(mine, name) == getattr(before, name)
        assert session.query(Practitioner).filter_by(name="Dr. Self Made").count() == 0


def test_a_caregiver_who_is_also_staff_reads_as_staff_and_not_as_family(world: World, client: PageClient) -> None:
    """One account, one way of looking: a grant does not widen what a member of staff may see at work."""
    with made(world.services) as session:
        make_caregiver(session, world.patient, account=world.accounts["outsider"], kind="proxy", scopes=["results"])
    browser = client.as_(world.accounts["outsider"])
    browser.get(f"/people/{world.person_id}/results", status=404)


def test_the_list_of_patients_says_nothing_about_somebody_elses_patient(world: World, client: PageClient) -> None:
    doctor = client.as_(world.accounts["doctor"])
    foreign = doctor.get("/desk/patients", query={"after": world.stranger.id}).text
    assert foreign == doctor.get("/desk/patients", query={"after": uuid4()}).text


def test_a_pool_must_be_ones_own(world: World, client: PageClient) -> None:
    thread_id = world.ask(QUESTION)
    browser = client.as_(world.accounts["pcp"])
    with made(world.services) as session:
        keys = [key for (key,) in session.query(Pool.key).filter(Pool.key != "nurse_triage")]
    for key in keys:
        sent = {
            "csrf_token": browser.csrf_token(f"/desk/inbox/{thread_id}/pass-on"), "to": f"pool:{key}", "reason": "x",
            "version": str(world.thread(thread_id).version), "kind": "other_person",
        }  # fmt: skip
        assert ask(browser, "POST", f"/desk/inbox/{thread_id}/pass-on", data=sent).status_code in (403, 422)
    assert world.thread(thread_id).owner_pool_id is None
    assert Thread
