"""On every page on which somebody acts for another stands who acts for whom (PRX-5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.routing import Rule

from portal.messaging import updates
from portal.models import FamilyUpdate, Message, RelationshipScope
from portal.policy.vocabulary import SCOPES, stored
from tests.factories.people import made, make_caregiver
from tests.factories.record import make_report
from tests.messaging.world import SCOPES as WORLD_SCOPES
from tests.messaging.world import World
from tests.support.page import Page, PageClient

# Pages of the patient alone: what a liaison gets there says nothing of anybody.
PATIENTS_OWN = {
    "caregivers.change_grant",
    "caregivers.choose_rights",
    "caregivers.list_activity",
    "caregivers.new_invitation",
    "caregivers.review_invitation",
    "caregivers.show_grant",
    "caregivers.show_liaison",
    "home.preview_home",
    "home.preview_part",
}
NO_PAGES = {"messaging.open_file", "messaging.print_thread"}  # files


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


@pytest.fixture
def known(world: World) -> dict[str, list[Any]]:
    """Something of each kind that this liaison may open, by the name it has in addresses."""
    with made(world.services) as session:
        report = make_report(session, world.patient)
        for scope in sorted(stored(SCOPES) - stored(WORLD_SCOPES)):
            session.add(RelationshipScope(patient_id=world.person_id, relationship_id=world.held_id, scope=scope))
        ids: dict[str, list[Any]] = {
            "person_id": [world.person_id],
            "held_id": [world.held_id],
            "report_id": [report.id],
            "result_id": [world.result_id],
            "part": ["results"],
        }
    question = world.ask("Is the new pill safe with grapefruit?", who="family")
    asked = world.ask("Could somebody explain the last potassium value to us?", who="liaison")
    with world.open("liaison") as uow:
        updates.publish(uow, updates.Publish(world.person_id, "She is well.", (), True, uuid4()))
    with made(world.services) as session:
        ids["thread_id"] = [question, asked]
        ids["message_id"] = [row.id for row in session.query(Message).filter_by(author_id=world.accounts["liaison"].id)]
        ids["update_id"] = [row.id for row in session.query(FamilyUpdate)]
    return ids


def addresses(world: World, client: PageClient, known: dict[str, list[Any]], method: str) -> Iterator[tuple[Rule, str]]:
    """All addresses in one person's house that can be made from what is known."""
    adapter = client.app.url_map.bind("localhost")
    for rule in client.app.url_map.iter_rules():
        names = rule.arguments
        if "person_id" not in names or method not in (rule.methods or ()) or rule.rule.startswith("/desk/"):
            continue
        if not names <= set(known):
            continue
        ordered = sorted(names)
        for values in product(*(known[name] for name in ordered)):
            yield rule, adapter.build(rule.endpoint, dict(zip(ordered, values, strict=True)), method=method)


def bar(page: Page) -> str:
    found = page.select(".acting strong")
    return found[0].text if found else ""


def opened(client: PageClient, url: str, data: dict[str, Any] | None = None) -> Page:
    """Whatever is answered, as a page."""
    send = client.http.get if data is None else client.http.post
    more: dict[str, Any] = {} if data is None else {"data": data, "headers": {"Origin": client.base_url}}
    return Page(client, url, send(url, base_url=client.base_url, **more), fragment=False)


def test_every_page_of_somebody_elses_house_says_who_acts_for_whom(
    world: World, client: PageClient, known: dict[str, list[Any]]
) -> None:
    browser = client.as_(world.accounts["liaison"])
    wanted = f"Tomás Delgado for {world.patient.name}"
    seen, tried = set(), set()
    for rule, url in addresses(world, client, known, "GET"):
        if rule.endpoint in NO_PAGES:
            continue
        tried.add(rule.endpoint)
        page = opened(browser, url)
        if "attachment" in page.headers.get("Content-Disposition", ""):
            continue  # a file to keep, for those who may take it along
        if page.status == 200 and page.is_html:
            seen.add(rule.endpoint)
            assert bar(page) == wanted, (rule.endpoint, bar(page))
        else:
            assert world.patient.family_name not in page.html, rule.endpoint
    assert len(PATIENTS_OWN & tried) >= 6 and not PATIENTS_OWN & seen
    assert len(seen) >= 20, sorted(seen)


def test_a_form_that_comes_back_with_mistakes_says_it_too(
    world: World, client: PageClient, known: dict[str, list[Any]]
) -> None:
    wanted = f"Tomás Delgado for {world.patient.name}"
    came_back = set()
    for rule, url in addresses(world, client, known, "POST"):
        if rule.endpoint in ("caregivers.resign", "messaging.retract_message"):
            continue  # these need nothing but the press of a button
        browser = client.as_(world.accounts["liaison"])
        token = browser.csrf_token(f"/people/{world.person_id}/messages/new")
        page = opened(browser, url, {"csrf_token": token, "once": str(uuid4())})
        if page.is_html and page.select("nav.side"):
            came_back.add(rule.endpoint)
            assert bar(page) == wanted, (rule.endpoint, page.status)
    assert {"messaging.confirm_question", "messaging.create_update", "messaging.confirm_forward"} <= came_back


@pytest.mark.parametrize(
    ("kind", "words"),
    [("backup", "as their backup liaison"), ("proxy", "with their permission"),
     ("representative", "as their representative"), ("family", "as family"), ("parent", "as their parent")],
)  # fmt: skip
def test_whoever_acts_reads_as_what(world: World, client: PageClient, kind: str, words: str) -> None:
    with made(world.services) as session:
        account, _ = make_caregiver(session, world.patient, kind=kind, name="Ana Ruiz", scopes=SCOPES)
    page = client.as_(account).get(f"/people/{world.person_id}/home")
    assert bar(page) == f"Ana Ruiz for {world.patient.name}"
    assert words in page.select(".acting")[0].text


def test_nobody_acts_for_themselves(world: World, client: PageClient, known: dict[str, list[Any]]) -> None:
    browser = client.as_(world.accounts["patient"])
    for _rule, url in addresses(world, client, {**known, "thread_id": known["thread_id"][1:]}, "GET"):
        page = opened(browser, url)
        assert not page.is_html or bar(page) == "", url


def test_it_is_said_in_spanish_too(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        session.merge(world.accounts["liaison"]).language = "es"
    page = client.as_(world.accounts["liaison"]).get(f"/people/{world.person_id}/messages")
    assert bar(page) == f"Tomás Delgado por {world.patient.name}"
