"""Writes the demo clinic's questions and answers through the portal's own use cases, at the hours they were said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.demo.roster import DOMAIN, MARGERY, PATIENTS
from portal.demo.stories import STORIES, Said, Story
from portal.infra.dates import WorkingCalendar
from portal.infra.ids import new_id
from portal.messaging import service, updates
from portal.messaging.deciding import Ask, plan
from portal.models import Account, Person, Practitioner, Result
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork


def write(services: Services) -> None:
    """Write all stories, the oldest message of each first."""
    now = services.clock.now()
    calendar = WorkingCalendar(services.settings.zone)
    people = _people(services)
    for story in STORIES:
        _tell(services, people, story, lambda said: _when(calendar, now, said))
    _news(services, people, now - timedelta(hours=20))


NEWS = (
    "Margery saw the heart doctor last week and is doing well. She takes one new tablet in the morning and walks every "
    "day. She is happy about calls in the afternoon."
)


def _news(services: Services, people: _People, at: datetime) -> None:
    """What the liaison wrote to the family."""
    person_id = people.patients[MARGERY]
    wanted = updates.Publish(person_id, NEWS, (), True, new_id())
    _at(services, people.actors["rosa.tate"], at, lambda uow: updates.publish(uow, wanted))


def _when(calendar: WorkingCalendar, now: datetime, said: Said) -> datetime:
    span = timedelta(hours=said.hours_ago)
    return now - span if said.by_clock else calendar.subtract_working(now, span)


@dataclass(frozen=True)
class _People:
    actors: dict[str, Actor]
    patients: dict[str, UUID]


def _people(services: Services) -> _People:
    with services.database.connect() as connection:
        statement = select(Account, Practitioner.role).outerjoin(
            Practitioner, Practitioner.id == Account.practitioner_id
        )
        actors = {
            row.email.removesuffix(f"@{DOMAIN}"): _actor(row) for row in connection.execute(statement) if row.email
        }
        found = connection.execute(select(Person.source_key, Person.id)).all()
    ids = {row.source_key: row.id for row in found}
    return _People(actors, {patient.file: ids[f"Patient/{patient.fhir_id}"] for patient in PATIENTS})


def _actor(row: Any) -> Actor:
    kind = "staff" if row.practitioner_id else "patient" if row.person_id else "caregiver"
    return Actor(
        kind,
        account_id=row.id,
        person_id=row.person_id,
        practitioner_id=row.practitioner_id,
        role=row.role,
        name=row.display_name,
        language=row.language,
    )


def _tell(services: Services, people: _People, story: Story, when: Any) -> None:
    person_id = people.patients[story.patient]
    first, *rest = story.said
    thread_id = _at(services, people.actors[first.who], when(first), lambda uow: _ask(uow, person_id, story, first))
    for said in rest:
        actor = people.actors[said.who]
        words = service.Reply(person_id, thread_id, said.text, new_id())
        _at(services, actor, when(said), lambda uow, words=words, said=said: _say(uow, words, said))


def _at(services: Services, actor: Actor, at: datetime, work: Any) -> Any:
    with UnitOfWork.open(services, actor, write=True) as uow:
        uow.now = at
        uow.session.info["now"] = at
        return work(uow)


def _ask(uow: UnitOfWork, person_id: UUID, story: Story, said: Said) -> UUID:
    about: dict[str, Any] = {}
    if story.about:
        statement = uow.select(Action.RESULT_READ, Result, Result.id, within=person_id)
        newest = statement.where(Result.code == story.about, Result.flag.is_not(None), Result.status == "final")
        about = {"about_kind": "result", "about_id": uow.first(newest.order_by(Result.effective_at.desc())).id}
    ask = Ask(person_id, said.text, new_id(), **about)
    outcome = service.ask_question(uow, ask, seen=plan(uow, ask).mark)
    assert outcome.thread_id is not None
    return outcome.thread_id


def _say(uow: UnitOfWork, words: service.Reply, said: Said) -> None:
    if said.kind == "note":
        service.add_note(uow, words)
    elif uow.actor.is_staff:
        service.answer_as_staff(uow, words, then="closed" if said.kind == "close" else "answered")
    else:
        service.reply(uow, words, seen="emergency")
