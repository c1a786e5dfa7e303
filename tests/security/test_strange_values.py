"""Strange values in every parameter and every field of every address, as each kind of person: words, never a fault."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.messaging.world import World
from tests.security.nasty import FIELDS, QUERY, VALUES, address, ask, encoded, failures, once, routes
from tests.support.page import PageClient

pytestmark = [pytest.mark.one_database, pytest.mark.timeout(180)]
ENDS_THE_SESSION = ("identity.sign_out", "admin.close_account", "admin.end_sessions")
HIDDEN = {  # fields that forms carry unseen, tried one by one beside honest ones where a form of that room has them
    "messaging": ("about", "to", "once", "seen"), "admin_routing": ("to",),
    "appointments": ("once",), "results": ("once",),
}  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def all_ids(world: World) -> dict[str, UUID | str]:
    return {
        "person_id": world.person_id,
        "thread_id": world.ask(),
        "result_id": world.result_id,
        "account_id": world.accounts["family"].id,
    }


@pytest.mark.parametrize("who", ["patient", "liaison", "nurse", "clerk", "admin", None])
def test_no_value_in_an_address_is_a_fault(world: World, client: PageClient, who: str | None) -> None:
    browser = client.as_(world.accounts[who]) if who else client
    ids, wrong = all_ids(world), []
    for rule in routes(browser, "GET"):
        url = address(rule, ids)
        for value in VALUES:
            short = value[:200]
            wrong += failures(browser, url, ask(browser, "GET", url, query=encoded((name, short) for name in QUERY)))
    assert wrong == []


@pytest.mark.parametrize("who", ["patient", "liaison", "nurse", "clerk", "admin", None])
def test_no_value_in_a_form_is_a_fault(world: World, client: PageClient, who: str | None) -> None:
    browser = client.as_(world.accounts[who]) if who else client
    ids = all_ids(world)
    tokens = {True: browser.csrf_token("/idp/sign-in"), False: browser.csrf_token("/profile" if who else "/invitation")}
    plain = {"question": "Can I eat bananas?", "reply": "Thank you.", "note": "A note.", "reason": "Why not.",
             "comment": "Good.", "kind": "other_person", "to": "pool:nurse_triage", "version": "1"}  # fmt: skip
    wrong: list[str] = []

    def post(url: str, sent: dict[str, str]) -> int:
        token = tokens[url.startswith("/idp/")]
        data: Any = encoded({**sent, "csrf_token": token}.items())
        answer = ask(browser, "POST", url, data=data, **FORM)
        wrong.extend(failures(browser, url, answer))
        return int(answer.status_code)

    for rule in routes(browser, "POST"):
        if rule.endpoint in ENDS_THE_SESSION:
            continue
        url = address(rule, ids)
        for value in VALUES:
            post(url, dict.fromkeys(FIELDS, value))
        if post(url, plain) in (403, 404):
            continue  # refused whatever the form says
        for value in VALUES:
            for hidden in HIDDEN.get(rule.endpoint.partition(".")[0], ()):
                post(url, {**plain, "once": once(), hidden: value})
    assert wrong == []


def test_a_flood_of_fields_and_a_huge_body_are_refused(world: World, client: PageClient) -> None:
    browser = client.as_(world.accounts["patient"])
    url, token = world.messages_url("new"), browser.csrf_token(world.messages_url("new"))
    many = encoded([("csrf_token", token), *((f"f{n}", "x") for n in range(20_000))])
    huge = encoded([("csrf_token", token), ("question", "x" * (2 * 1024 * 1024))])
    for data in (many, huge):
        assert ask(browser, "POST", url, data=data, **FORM).status_code in (400, 413, 422)


def test_repeated_fields_do_not_pass_one_check_and_act_on_the_other(world: World, client: PageClient) -> None:
    browser = client.as_(world.accounts["stranger"])
    mine = f"/people/{world.stranger.id}/messages/new"
    token = browser.csrf_token(mine)
    for pair in (("", f"result:{world.result_id}"), (f"result:{world.result_id}", "")):
        sent = [("csrf_token", token), ("question", "Is it high?"), ("once", once())]
        answer = ask(browser, "POST", mine, data=encoded([*sent, *(("about", each) for each in pair)]), **FORM)
        assert "otassium" not in answer.get_data(as_text=True)
