"""After another liaison began, those whom it concerns read it for a week; and every page says for whom one acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.models import Relationship
from tests.factories.people import actor_for, made, make_account, make_caregiver
from tests.messaging.world import World
from tests.support.page import PageClient

NEW, BEFORE = "Lena Later has been the liaison since Tue, Mar 10.", "Before: Tomás Delgado."


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


@pytest.fixture
def transfer(world: World) -> World:
    """Lena took over from Tomás a moment ago, by her own yes; the question of his days is there."""
    world.thread_id = world.ask()  # type: ignore[attr-defined]
    now = world.services.clock.now()
    world.change(Relationship, world.held_id, state="ended", ended_at=now)
    with made(world.services) as session:
        account, held = make_caregiver(
            session, world.patient, name="Lena Later", starts_at=now, scopes=["messages_read", "results"]
        )
        world.accounts["new"], world.actors["new"] = account, actor_for(session, account)
        world.accounts["old"] = world.accounts.pop("liaison")
        world.new_id = held.id  # type: ignore[attr-defined]
    return world


def place(world: World, rest: str) -> str:
    return f"/people/{world.person_id}{rest}"


def addresses(world: World) -> list[tuple[str, str]]:
    thread = world.thread_id  # type: ignore[attr-defined]
    return [
        ("patient", place(world, "/home")),
        ("patient", place(world, "/liaison")),
        ("new", place(world, "/home")),
        ("new", place(world, "/questions")),
        ("doctor", f"/desk/inbox/{thread}"),
    ]


def test_patient_new_liaison_and_care_team_read_who_it_is_and_who_it_was(transfer: World, client: PageClient) -> None:
    for who, address in addresses(transfer):
        page = client.as_(transfer.accounts[who]).get(address)
        assert f"{NEW} {BEFORE}" in page.text, (who, address)


def test_after_a_week_nobody_reads_it_any_more(transfer: World, client: PageClient, clock: Any) -> None:
    clock.move(days=7)
    for who, address in addresses(transfer):
        assert "has been the liaison since" not in client.as_(transfer.accounts[who]).get(address).text, (who, address)


def test_a_moment_before_the_week_is_over_it_is_still_there(transfer: World, client: PageClient, clock: Any) -> None:
    clock.set(clock.now() + timedelta(days=7) - timedelta(seconds=1))
    assert NEW in client.as_(transfer.accounts["patient"]).get(place(transfer, "/home")).text


def test_the_one_before_learns_that_somebody_else_does_it_and_neither_who_nor_for_whom(
    transfer: World, client: PageClient
) -> None:
    browser = client.as_(transfer.accounts["old"])
    browser.get(place(transfer, "/home"), status=404)
    landed = browser.follow(browser.get("/", status=303))
    assert "Somebody else has been the liaison since Tue, Mar 10." in landed.text
    assert "Lena" not in landed.html and transfer.patient.family_name not in landed.html


def test_the_one_before_who_stays_in_the_family_reads_who_it_is(transfer: World, client: PageClient) -> None:
    with made(transfer.services) as session:
        old = session.merge(transfer.accounts["old"])
        make_caregiver(session, transfer.patient, kind="family", relation="son", account=old)
    page = client.as_(transfer.accounts["old"]).get(place(transfer, "/home"))
    assert f"{NEW} {BEFORE}" in page.text


@pytest.mark.parametrize("who", ["family", "proxy"])
def test_others_who_help_are_not_told_who_has_what_access(transfer: World, client: PageClient, who: str) -> None:
    if who == "proxy":
        with made(transfer.services) as session:
            transfer.accounts["proxy"], _ = make_caregiver(
                session, transfer.patient, kind="proxy", name="Pia Proxy", scopes=["results"]
            )
    page = client.as_(transfer.accounts[who]).get(place(transfer, "/home"))
    assert "has been the liaison since" not in page.text


def test_somebody_whose_access_the_patient_ended_was_not_handed_over(world: World, client: PageClient) -> None:
    now = world.services.clock.now()
    world.change(Relationship, world.held_id, state="revoked", ended_at=now)
    browser = client.as_(world.accounts["liaison"])
    landed = browser.follow(browser.get("/", status=303))
    assert "Somebody else" not in landed.text and "Your access as son ended" in landed.text


def test_the_first_liaison_of_all_has_nobody_before(world: World, client: PageClient) -> None:
    world.change(Relationship, world.held_id, starts_at=world.services.clock.now() - timedelta(days=1))
    page = client.as_(world.accounts["patient"]).get(place(world, "/home"))
    assert "Tomás Delgado has been the liaison since Mon, Mar 9." in page.text and "Before" not in page.text


def test_staff_without_a_part_in_the_care_see_nothing(transfer: World, client: PageClient) -> None:
    thread = transfer.thread_id  # type: ignore[attr-defined]
    client.as_(transfer.accounts["outsider"]).get(f"/desk/inbox/{thread}", status=404)


def test_somebody_new_with_an_account_of_no_use_reads_nothing(transfer: World, client: PageClient) -> None:
    with made(transfer.services) as session:
        nobody = make_account(session, "Nobody At All")
    client.as_(nobody).get(place(transfer, "/home"), status=404)
