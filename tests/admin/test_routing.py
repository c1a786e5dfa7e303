"""Administrators own the routing table: a draft, a trial, going live, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.messaging import misroutes, tables
from portal.messaging.deciding import Ask, plan
from portal.models import AuditEvent, Pool, RoutingVersion
from portal.work.running import Worker
from tests.factories.people import made
from tests.messaging.world import World
from tests.support.page import PageClient

BILL = "Why was I billed twice for the same visit? Please explain this bill."


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


@pytest.fixture
def admin(client: PageClient, world: World) -> PageClient:
    return client.as_(world.accounts["admin"])


def owner_of(world: World, text: str = BILL) -> Any:
    with world.open("patient", write=False) as uow:
        return plan(uow, Ask(world.person_id, text, world.person_id)).decision.owner


def start(admin: PageClient) -> Any:
    return admin.follow(admin.get("/admin/routing").submit(form="/draft/start"))


def save(admin: PageClient, page: Any, status: int = 303, **values: Any) -> Any:
    return page.submit({"note": "Bills go to records", **values}, form="/admin/routing/draft", status=status)


def go_live(admin: PageClient) -> Any:
    return admin.follow(admin.get("/admin/routing/draft").submit(form="/draft/go-live"))


def test_others_do_not_know_that_there_is_such_a_page(client: PageClient, world: World) -> None:
    for who in ("patient", "liaison", "pcp", "nurse", "clerk"):
        theirs = client.as_(world.accounts[who])
        for path in ("", "/draft", "/draft/rules/new", "/try", "/figures", "/versions/0"):
            theirs.get(f"/admin/routing{path}", status=404)
        for path in ("/draft/start", "/draft", "/draft/go-live", "/draft/discard", "/try", "/versions/0/restore"):
            theirs.post(f"/admin/routing{path}", {}, csrf="/profile", status=404)


def test_the_product_s_own_table_is_shown_before_anything_was_changed(admin: PageClient) -> None:
    page = admin.get("/admin/routing")
    assert page.h1 == "Who answers what"
    assert "who ordered the test; otherwise Primary care provider" in page.text
    assert "Nothing was changed yet" in page.text


def test_a_draft_changes_nothing_until_it_goes_live(admin: PageClient, world: World) -> None:
    page = start(admin)
    page = admin.follow(save(admin, page, last_billing_insurance="pool:records"))
    assert "The draft is saved" in page.text
    assert owner_of(world) == "pool:billing"
    page = go_live(admin)
    assert "Version 1 is live" in page.text
    assert owner_of(world) == "pool:records"
    assert "Bills go to records" in page.text


def test_what_was_live_comes_back_as_a_new_version(admin: PageClient, world: World) -> None:
    save(admin, start(admin), last_billing_insurance="pool:records")
    go_live(admin)
    page = admin.follow(admin.get("/admin/routing/versions/0").submit(form="/restore"))
    assert "Version 2 is live" in page.text
    assert owner_of(world) == "pool:billing"
    page = admin.follow(admin.get("/admin/routing/versions/1").submit(form="/restore"))
    assert owner_of(world) == "pool:records"
    with made(world.services) as session:
        kept = session.scalars(select(RoutingVersion).order_by(RoutingVersion.number)).all()
        assert [(one.number, one.state, one.based_on) for one in kept] == [
            (1, "retired", None),
            (2, "retired", None),
            (3, "live", 1),
        ]


def test_every_change_of_the_table_is_in_the_trail(admin: PageClient, world: World) -> None:
    save(admin, start(admin), last_billing_insurance="pool:records")
    go_live(admin)
    with made(world.services) as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == "admin:routing:update")).all()
        assert [event.reason for event in found if event.outcome == "done"] == [None, None, "live"]


def test_a_rule_of_the_clinic_decides_and_says_so(admin: PageClient, world: World) -> None:
    start(admin)
    page = admin.get("/admin/routing/draft/rules/new")
    page = admin.follow(
        page.submit({"name": "Heart pump", "phrases": "heart pump\nbomba del corazón", "to": "pool:cardiology"})
    )
    assert "with the words “heart pump”" in page.text
    go_live(admin)
    assert owner_of(world, "A question about my heart pump: may I swim with it?") == "pool:cardiology"
    assert owner_of(world, "Una pregunta: ¿puedo nadar con la BOMBA del corazon?") == "pool:cardiology"
    assert owner_of(world) == "pool:billing"


def test_a_rule_is_changed_moved_and_removed(admin: PageClient, world: World) -> None:
    start(admin)
    for name in ("First", "Second"):
        admin.get("/admin/routing/draft/rules/new").submit(
            {"name": name, "phrases": f"my {name}", "to": "pool:cardiology"}
        )
    page = admin.follow(admin.get("/admin/routing/draft").submit(form="/rules/move"))
    assert [link.text for link in page.links if "/rules/" in link.href and not link.href.endswith("/new")] == [
        "Second",
        "First",
    ]
    second = page.link("Second").href
    page = admin.follow(admin.get(second).submit({"name": "Other"}, form=second))
    page = admin.follow(page.follow("First").submit(form="/remove"))
    assert [link.text for link in page.links if "/rules/" in link.href and not link.href.endswith("/new")] == ["Other"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "", "phrases": "x y"}, "Give the rule a name."),
        ({"name": "All"}, "Give the rule words, or a topic."),
        ({"name": "Desk", "phrases": "x y", "to": "pool:billing"}, "Clinical questions need a clinical team."),
        ({"name": "Odd", "phrases": "?!"}, "Each line needs at least one word"),
        ({"name": "Ages", "phrases": "x", "youngest": "9", "oldest": "3"}, "must not be lower"),
    ],
)
def test_a_bad_rule_is_told_beside_its_field_and_kept_in_the_form(
    admin: PageClient, values: dict[str, str], said: str
) -> None:
    start(admin)
    page = admin.get("/admin/routing/draft/rules/new").submit({"to": "pool:cardiology", **values}, status=422)
    assert any(said in error for error in page.errors)
    assert page.form("/draft/rules").values["name"] == [values["name"]]


def test_a_draft_says_what_is_missing_or_out_of_range(admin: PageClient) -> None:
    page = save(admin, start(admin), status=422, note="", level_clinical_days="40")
    assert set(page.errors) == {"Say in a few words what changes, and why.", "Enter a whole number from 1 to 10."}


def test_two_who_change_the_draft_at_once_lose_nothing_of_the_first(admin: PageClient, world: World) -> None:
    mine = start(admin)
    save(admin, admin.get("/admin/routing/draft"), last_billing_insurance="pool:records")
    page = admin.follow(save(admin, mine, last_billing_insurance="pool:scheduling"))
    assert "Somebody else changed the draft meanwhile" in page.text
    assert page.form("/admin/routing/draft").values["last_billing_insurance"] == ["pool:records"]


def test_a_draft_can_be_thrown_away(admin: PageClient, world: World) -> None:
    page = admin.follow(start(admin).submit(form="/draft/discard"))
    assert "The draft was thrown away." in page.text
    admin.get("/admin/routing/draft", status=303)


def test_a_table_that_names_a_team_that_is_gone_does_not_go_live(admin: PageClient, world: World) -> None:
    save(admin, start(admin), last_billing_insurance="pool:records")
    with made(world.services) as session:
        pool = session.scalars(select(Pool).where(Pool.key == "records")).one()
        pool.key = "archive"
    page = go_live(admin)
    assert "names a team that no longer exists" in page.text
    assert owner_of(world) == "pool:billing"


def test_a_message_is_tried_on_an_invented_patient_by_both_tables(admin: PageClient, world: World) -> None:
    save(admin, start(admin), last_billing_insurance="pool:records")
    page = admin.get("/admin/routing/try").submit({"text": BILL}, status=200)
    assert "The draft sends it to somebody else." in page.text
    assert [one.text for one in page.select("p.big")] == ["Billing", "Records"]
    page = admin.get("/admin/routing/try").submit({"text": "My chest is crushed and I can't breathe"}, status=200)
    assert "The draft sends it to the same person." in page.text
    assert "Emergency" in page.text


def test_an_administrator_can_not_try_it_on_a_patient_they_do_not_treat(admin: PageClient, world: World) -> None:
    page = admin.get("/admin/routing/try")
    options = [one["value"] for one in page.select("select[name=patient] option")]
    assert options == ["example:heart", "example:adult", "example:child"]
    values = {"text": BILL, "role": "patient", "language": "en", "patient": str(world.person_id)}
    page = admin.post("/admin/routing/try", values, status=422)
    assert str(world.person_id) not in page.html


def test_what_a_draft_would_have_changed_last_month_is_counted(admin: PageClient, world: World) -> None:
    for number in range(23):
        world.ask(f"{BILL} Number {number}.")
    world.ask("My potassium came back 5.6. Can I still eat bananas?")
    save(admin, start(admin), last_billing_insurance="pool:records")
    page = admin.follow(admin.get("/admin/routing/draft").submit(form="/draft/replay"))
    assert "Counting" in page.text
    Worker(world.services).run_due()
    page = admin.get("/admin/routing/draft")
    assert "23 of 24 questions would have gone to somebody else." in page.text
    assert [cell.text for cell in page.select("#replay tbody td")][-1] == "23"
    save(admin, page, last_billing_insurance="pool:scheduling")
    assert "questions would have gone" not in admin.get("/admin/routing/draft").text, "an old count is not shown"


def test_figures_count_what_colleagues_passed_on_as_wrong(admin: PageClient, world: World) -> None:
    wrong, right = world.ask(), world.ask("What does a potassium of 5.6 mean for me, in plain words?")
    desk = admin.as_(world.accounts["doctor"])
    page = desk.get(f"/desk/inbox/{wrong}/pass-on")
    to = str(world.staff["pcp"].id)
    page.submit({"to": to, "reason": "She knows her best.", "kind": "other_person"})
    page = desk.get(f"/desk/inbox/{right}/pass-on")
    page.submit({"to": to, "reason": "Please book a visit.", "kind": "next_step"})
    page = admin.get("/admin/routing/figures")
    rows = [[cell.text for cell in row.select("td, th")] for row in page.select("tbody tr")]
    assert rows[0][:4] == ["Who ordered the test", "2", "1", "50%"]
    with world.open("admin", write=False) as uow:
        assert next(tally.kinds for tally in misroutes.tallies(uow, 30)) == {"other_person": 1}


def test_service_levels_of_the_table_set_when_an_answer_is_due(admin: PageClient, world: World) -> None:
    def due() -> Any:
        with world.open("patient", write=False) as uow:
            return plan(uow, Ask(world.person_id, BILL, world.person_id)).due_at

    before = due()
    save(admin, start(admin), level_administrative_days="1")
    go_live(admin)
    assert due() < before


def test_the_live_table_is_one_in_the_database(admin: PageClient, world: World) -> None:
    save(admin, start(admin))
    go_live(admin)
    save(admin, start(admin))
    go_live(admin)
    with made(world.services) as session:
        states = session.scalars(select(RoutingVersion.state)).all()
        assert sorted(states) == ["live", "retired"]
    with world.open("admin", write=False) as uow:
        assert tables.live(uow).version == 2
