"""Writing, searching and taking copies have an end for one account, and for nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.infra.errors import TooMany
from portal.models import Throttle
from portal.web.door import DECLARED
from portal.work import limits
from portal.work.limits import Window
from portal.work.unit_of_work import UnitOfWork
from tests.support.page import PageClient

FEW = Window("few", 3, timedelta(minutes=10))


def do(services: Any, actor: Any, fail: bool = False) -> None:
    with UnitOfWork.open(services, actor, write=True) as uow:
        limits.take_within(uow, FEW)
        if fail:
            raise KeyError("something went wrong")


def test_the_fourth_of_three_is_refused_and_told_when_to_come_back(services: Any, clock: Any, two: Any) -> None:
    began = clock.now()
    for _ in range(3):
        do(services, two.actor)
        clock.set(clock.now() + timedelta(minutes=1))
    with pytest.raises(TooMany) as refused:
        do(services, two.actor)
    assert refused.value.retry_at == began + FEW.length


def test_nobody_else_is_slowed_down(services: Any, two: Any) -> None:
    for _ in range(3):
        do(services, two.actor)
    do(services, two.other)


def test_the_next_window_begins_anew(services: Any, clock: Any, two: Any) -> None:
    for _ in range(3):
        do(services, two.actor)
    clock.set(clock.now() + FEW.length)
    do(services, two.actor)


def test_what_was_undone_does_not_count(services: Any, two: Any) -> None:
    for _ in range(5):
        with pytest.raises(KeyError):
            do(services, two.actor, fail=True)
    for _ in range(3):
        do(services, two.actor)


def test_of_ten_at_once_three_get_through(services: Any) -> None:
    def one(_: int) -> bool:
        try:
            limits.take(services, FEW, "somebody")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(10))) == 3


def test_the_counter_names_nobody(services: Any, two: Any) -> None:
    do(services, two.actor)
    with services.database.connect() as connection:
        (key,) = connection.execute(select(Throttle.key)).scalars()
    assert str(two.actor.account_id) not in key


WRITES = {
    "messaging.create_question",
    "messaging.create_reply",
    "messaging.create_desk_reply",
    "messaging.create_letter",
    "messaging.create_update",
    "messaging.create_answer",
    "messaging.create_forward",
    "messaging.tell_again",
    "caregivers.send_invitation",
    "appointments.create_request",
    "appointments.hold_time",
}
LOOKS = {"messaging.search_threads", "people.search_patients", "admin.search_accounts", "messaging.print_thread"}


@pytest.mark.parametrize("endpoint", sorted(WRITES | LOOKS))
def test_what_costs_others_has_an_end(client: PageClient, endpoint: str) -> None:
    assert client.app and DECLARED[endpoint].at_most is not None
