"""Guessing is slow, for everybody and in every process, and locks nobody out for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.identity.provider import throttle
from portal.infra.errors import TooMany
from portal.models import Throttle
from tests.support import canary
from tests.support.page import PageClient
from tests.support.people_at_provider import enter, make_user, sign_in, start


@pytest.fixture
def settings_values(settings_values: dict[str, Any]) -> dict[str, Any]:
    return {**settings_values, "demo": True}


def from_address(client: PageClient, address: str) -> PageClient:
    """The same portal, visited from elsewhere."""
    other = PageClient(client.app, client.base_url)
    other.http.environ_base["REMOTE_ADDR"] = address
    return other


def test_five_wrong_passwords_are_free_and_then_it_takes_longer(services: Any, clock: Any) -> None:
    for _ in range(throttle.FREE_FAILURES):
        throttle.take_in_a_row(services, "account", "a@example.org")
    waits = []
    for _ in range(12):
        with pytest.raises(TooMany) as refused:
            throttle.take_in_a_row(services, "account", "a@example.org")
        waits.append(int((refused.value.retry_at - clock.now()).total_seconds()))
        clock.set(refused.value.retry_at)
        throttle.take_in_a_row(services, "account", "a@example.org")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_never_more_than_a_hundred_in_a_row(services: Any, clock: Any) -> None:
    for _ in range(throttle.MOST_IN_A_ROW):
        clock.move(seconds=901)
        throttle.take_in_a_row(services, "account", "a@example.org")
    clock.move(hours=23)
    with pytest.raises(TooMany):
        throttle.take_in_a_row(services, "account", "a@example.org")
    throttle.clear(services, "account", "a@example.org")
    throttle.take_in_a_row(services, "account", "a@example.org")


def test_tries_at_the_same_time_all_count(services: Any) -> None:
    def one(_: int) -> bool:
        try:
            throttle.take(services, throttle.ADDRESS, "192.0.2.7")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(one, range(40)))
    assert sum(passed) == throttle.ADDRESS.most


def test_a_window_ends(services: Any, clock: Any) -> None:
    for _ in range(throttle.ADDRESS.most):
        throttle.take(services, throttle.ADDRESS, "192.0.2.7")
    with pytest.raises(TooMany) as refused:
        throttle.take(services, throttle.ADDRESS, "192.0.2.7")
    assert refused.value.retry_at == clock.now() + timedelta(minutes=5)
    clock.move(minutes=5)
    throttle.take(services, throttle.ADDRESS, "192.0.2.7")


def test_the_table_names_nobody(services: Any) -> None:
    throttle.take_in_a_row(services, "account", canary.email)
    throttle.take(services, throttle.ADDRESS, "192.0.2.7")
    with services.database.connect() as connection:
        stored = str(connection.execute(select(Throttle.__table__)).all())
    assert canary.email not in stored
    assert "192.0.2.7" not in stored


def test_counters_nobody_needs_are_dropped(services: Any, clock: Any) -> None:
    throttle.take(services, throttle.ADDRESS, "192.0.2.7")
    assert throttle.tidy(services) == 0
    clock.move(days=3)
    assert throttle.tidy(services) == 1


def test_the_page_says_how_long_to_wait_whoever_it_is(client: PageClient, services: Any, clock: Any) -> None:
    make_user(services)
    pages = []
    for email in (canary.email, "nobody@example.org"):
        for number in range(throttle.FREE_FAILURES + 1):
            visitor = from_address(client, f"192.0.2.{number}")
            last = number == throttle.FREE_FAILURES
            page = enter(start(visitor), email, "not the password", status=429 if last else 422)
        pages.append(page)
    assert "Wait 1 second, then try again." in pages[0].text
    assert pages[0].text.replace(canary.email, "") == pages[1].text.replace("nobody@example.org", "")


def test_the_right_password_does_not_help_while_one_waits(client: PageClient, services: Any) -> None:
    make_user(services)
    for number in range(throttle.FREE_FAILURES):
        enter(start(from_address(client, f"192.0.2.{number}")), password="not the password", status=422)
    enter(start(from_address(client, "192.0.2.99")), status=429)


def test_a_device_one_has_signed_in_on_gets_in_all_the_same(client: PageClient, services: Any) -> None:
    make_user(services)
    sign_in(client)
    client.http.delete_cookie("session")
    client.http.delete_cookie("idp")
    for number in range(throttle.FREE_FAILURES):
        enter(start(from_address(client, f"192.0.2.{number}")), password="not the password", status=422)
    assert sign_in(client).location == "/"


def test_a_device_cookie_of_somebody_else_is_worth_nothing(client: PageClient, services: Any) -> None:
    make_user(services)
    make_user(services, "other@example.org")
    sign_in(client, "other@example.org")
    client.http.delete_cookie("session")
    client.http.delete_cookie("idp")
    for number in range(throttle.FREE_FAILURES):
        enter(start(from_address(client, f"192.0.2.{number}")), password="not the password", status=422)
    enter(start(client), status=429)


def test_one_address_can_not_try_many_accounts(client: PageClient, services: Any) -> None:
    visitor = from_address(client, "192.0.2.1")
    for number in range(throttle.ADDRESS.most):
        enter(start(visitor), f"somebody{number}@example.org", "not the password", status=422)
    enter(start(visitor), "one-more@example.org", "not the password", status=429)


def test_right_passwords_do_not_use_up_an_address(client: PageClient, services: Any) -> None:
    make_user(services)
    for _ in range(throttle.ADDRESS.most + 2):
        assert sign_in(from_address(client, "192.0.2.1")).location == "/"
