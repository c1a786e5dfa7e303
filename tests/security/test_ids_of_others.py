"""Ids of others in every place of every address: the answer is the one for ids that nothing has, word for word."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.models import Draft, ThreadUnread, WebSession
from tests.factories.people import made
from tests.factories.record import make_report
from tests.messaging.world import QUESTION, World
from tests.security.nasty import address, ask, routes
from tests.support.page import PageClient

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGING = re.compile(r'(nonce-[\w-]+|nonce="[^"]*"|value="[^"]*"|<code>[^<]*</code>|\b[0-9a-f]{8}\b)')
STRANGERS = ("stranger", "family", "outsider", "clerk", "second", "admin")
SCHEDULING = re.compile(r"/desk/schedule/|/people/<uuid:person_id>/appointments")
NESTED = ("thread_id", "result_id", "report_id", "draft_id")


def told(response: Any) -> tuple[int, str, str]:
    """What an answer tells, without what differs in every answer."""
    text = CHANGING.sub("", ID.sub("", response.get_data(as_text=True)))
    return response.status_code, text, ID.sub("", response.headers.get("Location", ""))


@pytest.fixture
def theirs(world: World, client: PageClient) -> dict[str, UUID]:
    """One of everything that belongs to the patient; nothing of it is in a pool."""
    thread_id = world.ask("Please pass this to Dr. Heart: is my potassium dangerous?")
    thread = world.thread(thread_id)
    assert thread.owner_practitioner_id == world.staff["doctor"].id
    browser = client.as_(world.accounts["patient"])
    draft = {"question": QUESTION, "once": str(uuid4())}
    browser.post(world.messages_url("drafts"), draft, csrf=world.messages_url("new"))
    with made(world.services) as session:
        report = make_report(session, world.patient)
        draft_id = session.query(Draft.id).filter_by(patient_id=world.person_id).one()[0]
        session_id = session.query(WebSession.id).filter_by(account_id=world.accounts["patient"].id).first()[0]
        return {
            "person_id": world.person_id, "thread_id": thread_id, "result_id": world.result_id, "draft_id": draft_id,
            "report_id": report.id, "session_id": session_id, "account_id": world.accounts["patient"].id,
        }  # fmt: skip


def fields(ids: dict[str, UUID]) -> dict[str, str]:
    """Fields of any form, with their ids in the hidden ones."""
    return {
        "question": QUESTION, "reply": "Thank you.", "note": "A note.", "comment": "Good.", "reason": "It is theirs.",
        "kind": "other_person", "to": "pool:nurse_triage", "version": "1", "once": str(uuid4()), "seen": "",
        "about": f"result:{ids['result_id']}", "thread": str(ids["thread_id"]),
    }  # fmt: skip


def answers(browser: PageClient, rule: Any, method: str, ids: dict[str, UUID], token: str) -> tuple[int, str, str]:
    data = {**fields(ids), "csrf_token": token} if method == "POST" else None
    return told(ask(browser, method, address(rule, dict(ids)), data=data))


def allowed(rule: Any) -> tuple[int, ...]:
    """The provider has a token of its own for forms: 400 without it."""
    return (400, 404) if rule.rule.startswith("/idp/") else (404, 403, 303)


def rules_with_ids(browser: PageClient, method: str) -> list[Any]:
    no_ids = {"token", "code", "channel"}  # a channel is a way to be told, the same for everybody
    return [rule for rule in routes(browser, method) if rule.arguments and not rule.arguments & no_ids]


@pytest.mark.parametrize("who", STRANGERS)
def test_somebody_elses_id_is_an_id_that_nothing_has(
    world: World, client: PageClient, theirs: dict[str, UUID], who: str
) -> None:
    """`family` may know the patient, so that only what is inside is somebody else's there."""
    browser = client.as_(world.accounts[who])
    token = browser.csrf_token("/profile")
    knows_person, is_admin = who == "family", who == "admin"
    wrong = []
    for method in ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH"):
        for rule in rules_with_ids(browser, "GET" if method == "HEAD" else method if method == "POST" else "POST"):
            if knows_person and not rule.arguments & set(NESTED) and "person_id" in rule.arguments:
                continue
            if is_admin and rule.arguments in ({"account_id"}, {"job_id"}):
                continue
            if who == "clerk" and SCHEDULING.match(rule.rule):  # the front desk sees and books all visits
                continue
            nothing = {name: uuid4() for name in theirs}
            if knows_person:
                nothing["person_id"] = theirs["person_id"]
            foreign = answers(browser, rule, method, theirs, token)
            unknown = answers(browser, rule, method, nothing, token)
            if foreign != unknown or foreign[0] not in allowed(rule):
                wrong.append(f"{method} {rule.rule}: {foreign[0]} {foreign[2]}, unknown {unknown[0]} {unknown[2]}")
            if foreign[0] == 303 and "again=1" not in foreign[2]:
                wrong.append(f"{method} {rule.rule} leads on to {foreign[2]}")
    assert wrong == []


@pytest.mark.parametrize("who", ["stranger", "patient"])
def test_my_own_person_with_things_of_another_is_nothing(
    world: World, client: PageClient, theirs: dict[str, UUID], who: str
) -> None:
    """In both directions: my address with their things, and (for the owner) their things under my neighbour's id."""
    browser = client.as_(world.accounts[who])
    token = browser.csrf_token("/profile")
    mixed = {**theirs, "person_id": world.stranger.id}
    wrong = []
    for method in ("GET", "POST"):
        for rule in rules_with_ids(browser, method):
            if "person_id" not in rule.arguments or not rule.arguments & set(NESTED):
                continue
            status, _, where = answers(browser, rule, method, mixed, token)
            if status not in (404, 403):  # 403: nobody of their kind may do this to anything
                wrong.append(f"{method} {rule.rule}: {status} {where}")
    assert wrong == []


def test_a_record_of_another_in_a_form_or_an_address_is_not_found(
    world: World, client: PageClient, theirs: dict[str, UUID]
) -> None:
    browser = client.as_(world.accounts["stranger"])
    mine = f"/people/{world.stranger.id}/messages"
    for name in ("result", "report", "medication", "appointment", "referral", "thread", "draft"):
        value = theirs.get(f"{name}_id", world.medicine_id)
        browser.get(f"{mine}/new", query={name: value}, status=404)
    for about in (f"result:{world.result_id}", f"medication:{world.medicine_id}"):
        sent = {"question": QUESTION, "about": about, "once": str(uuid4())}
        browser.post(f"{mine}/new", sent, status=404)
        browser.post(mine, sent, csrf=f"{mine}/new", status=404)


@pytest.mark.parametrize("to", ["outsider", "stranger", "patient"])
def test_nobody_can_be_asked_who_is_not_on_the_team(world: World, client: PageClient, to: str) -> None:
    browser = client.as_(world.accounts["patient"])
    key = world.staff[to].id if to in world.staff else world.accounts[to].id
    sent = {"question": "When is my next visit?", "to": str(key), "once": str(uuid4())}
    sent["csrf_token"] = browser.csrf_token(world.messages_url("new"))
    assert ask(browser, "POST", world.messages_url("new"), data=sent).status_code == 422


def test_marks_and_counts_of_others_stay_as_they_are(world: World, client: PageClient, theirs: dict[str, UUID]) -> None:
    """Opening, or failing to open, takes nobody else's mark away."""

    def marks() -> set[Any]:
        with made(world.services) as session:
            return {row[0] for row in session.query(ThreadUnread.account_id).filter_by(thread_id=theirs["thread_id"])}

    before = marks()
    assert before
    for who in STRANGERS:
        browser = client.as_(world.accounts[who])
        browser.http.get(world.messages_url(theirs["thread_id"]), base_url=browser.base_url)
        browser.http.get(f"/desk/inbox/{theirs['thread_id']}", base_url=browser.base_url)
    assert marks() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visitor_learns_nothing_from_any_address(
    world: World, client: PageClient, theirs: dict[str, UUID], method: str
) -> None:
    browser = PageClient(client.app, client.base_url)
    token = browser.csrf_token("/invitation")
    wrong = []
    for rule in rules_with_ids(browser, method):
        foreign = answers(browser, rule, method, theirs, token)
        unknown = answers(browser, rule, method, {name: uuid4() for name in theirs}, token)
        if foreign != unknown or foreign[0] not in allowed(rule):
            wrong.append(f"{method} {rule.rule}: {foreign[0]} {foreign[2]}, unknown {unknown[0]} {unknown[2]}")
    assert wrong == []
