"""A program that searches or prints without end is told to wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.work import limits
from portal.work.limits import COPYING, SEARCHING, Window
from tests.messaging.world import World


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


def fill(world: World, window: Window, who: str) -> None:
    """Use the window up but for one."""
    for _ in range(window.most - 1):
        limits.take(world.services, window, str(world.accounts[who].id))


def test_after_the_last_search_one_waits_and_then_searches_on(client: Any, world: World, clock: Any) -> None:
    world.ask()
    patient = client.as_(world.accounts["patient"])
    fill(world, SEARCHING, "patient")
    page = patient.get(world.messages_url("search"))
    assert page.submit({"words": "bananas"}, form="/search", status=200).select("li.row")
    refused = page.submit({"words": "bananas"}, form="/search", status=429)
    assert 0 < int(refused.headers["Retry-After"]) <= SEARCHING.length.total_seconds() + 1
    clock.set(clock.now() + SEARCHING.length + timedelta(seconds=1))
    page.submit({"words": "bananas"}, form="/search", status=200)


def test_printing_has_an_end_for_one_and_not_for_another(client: Any, world: World) -> None:
    thread_id = world.ask()
    fill(world, COPYING, "patient")
    patient = client.as_(world.accounts["patient"])
    patient.get(world.messages_url(thread_id, "pdf"), status=200)
    patient.get(world.messages_url(thread_id, "pdf"), status=429)
    limits.take(world.services, COPYING, str(world.accounts["liaison"].id))
