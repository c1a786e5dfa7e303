"""What a caregiver learns of others, and the patient's look with a caregiver's eyes: nothing more, and nothing done."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from portal.messaging import circle
from portal.models import AuditEvent, Draft, ReportUnread, Thread, ThreadUnread
from tests.factories.people import actor_for, made, make_caregiver
from tests.factories.record import make_report
from tests.messaging.world import World
from tests.security.nasty import ask
from tests.support.page import PageClient

PARTS = ("", "/messages", "/results", "/visits", "/medicines")


def helper(world: World, *scopes: str, kind: str = "proxy", **more: object) -> UUID:
    with made(world.services) as session:
        account, held = make_caregiver(
            session, world.patient, kind=kind, name="Hal Helper", scopes=[*scopes, "messages_read"], **more
        )
        world.accounts["helper"], world.actors["helper"] = account, actor_for(session, account)
        return held.id


def preview(world: World, held_id: object, part: str = "") -> str:
    return f"/people/{world.person_id}/family-access/{held_id}/preview{part}"


def test_other_helpers_do_not_learn_who_asked_the_liaison(world: World, client: PageClient) -> None:
    helper(world, "results", "meds_view", "record_basic")
    question = world.ask("Can she eat bananas with potassium of 5.6?", who="family")
    with world.open("liaison") as uow:
        forward = circle.Forward(world.person_id, question, "", uuid4())
        passed = circle.pass_on(uow, forward, seen=circle.plan_forward(uow, forward).mark).thread_id
    assert passed is not None
    for who in ("patient", "liaison"):
        assert "Carmen Delgado" in client.as_(world.accounts[who]).get(world.messages_url(passed)).text
    staff = client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{passed}")
    assert "Carmen Delgado" in staff.text
    theirs = client.as_(world.accounts["helper"])
    for url in (world.messages_url(passed), world.messages_url(), f"/people/{world.person_id}/home"):
        assert "Carmen" not in theirs.get(url).html
    theirs.get(world.messages_url(question), status=404)


def test_only_the_patient_looks_with_the_eyes_of_others(world: World, client: PageClient) -> None:
    held_id = helper(world, "results")
    for who in ("liaison", "helper", "family", "stranger", "doctor", "nurse", "clerk", "admin"):
        browser = client.as_(world.accounts[who])
        for part in PARTS:
            answer = ask(browser, "GET", preview(world, held_id, part))
            assert answer.status_code in (403, 404), (who, part)
            assert "Hal Helper" not in answer.get_data(as_text=True)


def test_a_look_with_other_eyes_shows_what_they_see_and_no_more(world: World, client: PageClient) -> None:
    held_id = helper(world, "appointments_view")
    hidden = world.ask("I feel depressed since I stopped taking my antidepressant.")
    patient = client.as_(world.accounts["patient"])
    for part in PARTS:
        page = patient.get(preview(world, held_id, part))
        for word in ("depress", "otassium", "isinopril", str(hidden)):
            assert word not in page.html
        assert not [link for link in page.select("main a") if "/messages/" in link["href"]]
        assert not [form for form in page.forms if "/preview" in form.action or "/messages" in form.action]


def test_a_look_with_other_eyes_changes_nothing_and_is_the_patients_own(world: World, client: PageClient) -> None:
    held_id = helper(world, "results", "meds_view", "appointments_view", "record_basic")
    thread_id = world.ask()
    world.answer(thread_id)
    with made(world.services) as session:
        report = make_report(session, world.patient)
        for model, key in ((ThreadUnread, {"thread_id": thread_id}), (ReportUnread, {"report_id": report.id})):
            for who in ("helper", "patient"):
                values = {"patient_id": world.person_id, "account_id": world.accounts[who].id, **key}
                if not session.query(model).filter_by(**values).count():
                    column = "since" if model is ThreadUnread else "created_at"
                    session.add(model(**values, **{column: world.services.clock.now()}))
    counted = [select(func.count()).select_from(model) for model in (ThreadUnread, ReportUnread, Draft, Thread)]
    with made(world.services) as session:
        before = [session.scalar(one) for one in counted]
        trail = session.scalar(select(func.max(AuditEvent.id)))
    patient = client.as_(world.accounts["patient"])
    for part in PARTS:
        patient.get(preview(world, held_id, part))
        patient.http.post(preview(world, held_id, part), base_url=patient.base_url)
    with made(world.services) as session:
        assert [session.scalar(one) for one in counted] == before
        actors = session.scalars(select(AuditEvent.account_id).where(AuditEvent.id > (trail or 0))).all()
        assert set(actors) == {world.accounts["patient"].id}


@pytest.mark.parametrize("state", ["suspended", "revoked", "ended"])
def test_there_are_no_eyes_left_where_access_ended(world: World, client: PageClient, state: str) -> None:
    held_id = helper(world, "results", state=state)
    patient = client.as_(world.accounts["patient"])
    for part in PARTS:
        assert ask(patient, "GET", preview(world, held_id, part)).status_code in (404, 409)


def test_a_place_in_somebody_elses_family_is_no_place_here(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        _, elsewhere = make_caregiver(session, world.stranger, scopes=["results"], name="Far Away")
    patient = client.as_(world.accounts["patient"])
    here = f"/people/{world.person_id}/family-access/{elsewhere.id}"
    for part in ("", "/change", "/activity", "/preview", "/preview/messages"):
        assert ask(patient, "GET", here + part).status_code == 404
    for act in ("/end", "/suspend", "/resume", "/renew", "/change"):
        sent = {"csrf_token": patient.csrf_token("/profile"), "ends_on": "2026-12-01", "sees": "results"}
        assert ask(patient, "POST", here + act, data=sent).status_code == 404
