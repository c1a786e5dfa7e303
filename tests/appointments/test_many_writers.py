"""Eighty people write at once on SQLite, which lets one write at a time: each is answered, and nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import func, select

from portal.infra.database import PRAGMAS
from portal.models import Hold
from tests.appointments.world import NINE, World
from tests.factories.people import account_of, made, make_patient

PEOPLE = 80
BASE = "http://localhost"
AT_ONCE = 14  # as many as the server's threads at most; each may hold one of the sixteen connections


@pytest.mark.timeout(180)
def test_each_of_eighty_at_once_is_answered_and_what_was_promised_is_there(services, client, database):
    world = World(services)
    with made(services) as session:
        patients = [make_patient(session, f"Person {number}", "Inline") for number in range(PEOPLE)]
        accounts = [account_of(session, one) for one in patients]
    slot = f"{world.staff['doctor'].id}.{world.place.id}.{int(NINE.timestamp())}"
    browsers = [client.as_(account) for account in accounts]
    pages = [f"/people/{one.id}/appointments/times" for one in patients]
    tokens = [browser.csrf_token(f"{url}?kind={world.kind.id}") for browser, url in zip(browsers, pages, strict=True)]
    gate, line, told = threading.Barrier(PEOPLE), threading.Semaphore(AT_ONCE), []

    def press(number: int) -> None:
        sent = {"kind": str(world.kind.id), "slot": slot, "csrf_token": tokens[number], "how": "in_person"}
        headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        gate.wait(60)
        with line:
            answer = browsers[number].http.post(pages[number], data=sent, headers=headers, base_url=BASE)
        told.append(answer.status_code)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
    answers = Counter(told)
    assert sum(answers.values()) == PEOPLE
    assert set(answers) <= {303, 409, 503} and answers[303] == 1, answers
    with made(services) as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 1


def test_who_waited_too_long_for_their_turn_is_asked_to_try_again_and_nothing_is_kept(services, client, monkeypatch):
    if not services.database.is_sqlite:
        pytest.skip("only SQLite has one turn for all")
    world = World(services)
    browser = client.as_(world.accounts["patient"])
    page = browser.get(world.url(f"times?kind={world.kind.id}&start=2026-03-12"))
    button = page.select("button[name=slot]")[0]
    form = next(one for one in page.forms if one.action.endswith("/appointments/times") and one.method == "post")
    services.database.dispose()
    monkeypatch.setattr("portal.infra.database.PRAGMAS", (*PRAGMAS, "busy_timeout=1"))
    with services.database.engine.connect() as writer:
        writer.exec_driver_sql("SELECT 1")  # begins as a writer does, and goes on
        answer = browser.http.post(form.action, data={**form.values, "slot": button["value"]}, base_url=BASE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    with made(services) as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0
