"""Several members of staff reach for the same thing in the same moment: one gets it, the others are told so."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import select

from portal.infra.errors import Conflict, NotFound
from portal.messaging import holding, offers
from portal.models import PoolMember, RouteStep, ThreadOffer
from portal.models import Thread as Conversation
from tests.factories.people import account_of, actor_for, made, make_staff
from tests.messaging.world import EMERGENCY, World

HANDS = 6


def many(world: World, pool_id: Any) -> list[Any]:
    """Actors of so many members of a pool."""
    with made(world.services) as session:
        staff = [make_staff(session, f"Nurse {number}", "nurse") for number in range(HANDS)]
        for one in staff:
            session.add(PoolMember(pool_id=pool_id, practitioner_id=one.id))
        session.flush()
        return [actor_for(session, account_of(session, one)) for one in staff]


def at_once(actors: list[Any], act: Callable[[Any], None]) -> list[str]:
    """Let all act in the same moment; what each was told: "done", or the name of the error."""
    gate, told = Barrier(len(actors)), [""] * len(actors)

    def run(number: int, actor: Any) -> None:
        gate.wait(20)
        try:
            act(actor)
            told[number] = "done"
        except (Conflict, NotFound) as error:
            told[number] = type(error).__name__

    threads = [Thread(target=run, args=(number, actor)) for number, actor in enumerate(actors)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(50)
    return told


def test_of_many_who_take_one_question_at_once_one_gets_it(world):
    thread_id = world.ask(EMERGENCY)
    actors = many(world, world.pool_id)
    version = world.thread(thread_id).version

    def take(actor: Any) -> None:
        with world.open(actor) as uow:
            holding.take(uow, world.person_id, thread_id, version)

    told = at_once(actors, take)
    assert sorted(set(told) - {"done"}) in (["Conflict"], ["NotFound"], ["Conflict", "NotFound"])
    assert told.count("done") == 1
    winner = actors[told.index("done")].practitioner_id
    with made(world.services) as session:
        assert session.get(Conversation, thread_id).owner_practitioner_id == winner
        steps = session.scalars(select(RouteStep.kind).where(RouteStep.thread_id == thread_id)).all()
    assert list(steps).count("taken") == 1


def test_of_many_who_accept_one_offer_at_once_one_does(world):
    thread_id = world.ask()
    with world.open("doctor") as uow:
        version = world.thread(thread_id).version
        offers.offer(uow, world.person_id, thread_id, "scheduling", "Another day.", version, "needs_office")
    actors = many(world, world.desk_id)

    def accept(actor: Any) -> None:
        with world.open(actor) as uow:
            offers.accept(uow, thread_id, take=True)

    told = at_once(actors, accept)
    assert told.count("done") == 1
    with made(world.services) as session:
        assert [one.state for one in session.scalars(select(ThreadOffer))] == ["accepted"]
        owner = session.get(Conversation, thread_id).owner_practitioner_id
        kinds = list(session.scalars(select(RouteStep.kind).where(RouteStep.thread_id == thread_id)))
    assert owner == actors[told.index("done")].practitioner_id
    assert (kinds.count("accepted"), kinds.count("taken")) == (1, 1)
