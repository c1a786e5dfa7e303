"""Statements that are built once a process and run with the values of each request.

Putting a condition together costs more than asking the database. What differs between two requests of the same kind of
actor is only ids and the time; those stand in the statement as named parameters, and every execution brings its own.
No value of a request is ever kept: the statement is built with an actor whose ids are the parameters themselves.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Boolean, Date, Integer, String, Uuid, bindparam
from sqlalchemy.engine import Dialect

from portal.infra.columns import UTCDateTime
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.rules import RULES, SYSTEM
from portal.work.compiled import Compiled

TYPES: dict[type, Any] = {
    UUID: Uuid(), datetime: UTCDateTime(), date: Date(), str: String(), bool: Boolean(), int: Integer(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with parameters, and the actions it asks the policy about, each with the ground it was built on."""

    statement: Any
    rules: tuple[tuple[Action, object], ...]
    job: str | None = None
    compiled: Compiled | None = None  # of columns alone
    looked_at: Compiled | None = None  # of an entity, for a unit that only reads; one that writes needs its session

    @classmethod
    def of(
        cls, statement: Any, actor: Actor, asked: Iterable[Action], dialect: Dialect, names: Iterable[str]
    ) -> Prepared:
        """`names` are those of the parameters besides the actor's."""
        job = actor.job if actor.kind == "system" else None
        rules, given = tuple((action, ground(job, action)) for action in asked), frozenset({*ALWAYS, *names})
        if Compiled.can(statement):
            return cls(statement, rules, job, Compiled(statement, dialect, given))
        return cls(statement, rules, job, None, Compiled.of_entity(statement, dialect, given))

    @property
    def is_current(self) -> bool:
        """Whether the rules are still those it was built from."""
        return all(ground(self.job, action) is held for action, held in self.rules)


ALWAYS = frozenset({"actor_account", "actor_person", "actor_practitioner", "within", "now"})
KNOWN: dict[Hashable, Prepared] = {}


def ground(job: str | None, action: Action) -> object:
    """On what the condition of `action` stands: its rule for people, all that the job may do for a job."""
    return RULES.get(action) if job is None else SYSTEM.get(job)


def kind_of(actor: Actor, within: UUID | None) -> Hashable:
    """All of an actor that decides how a condition is written. Actors of one kind differ in ids alone."""
    return (
        actor.kind, actor.job, actor.role, actor.is_admin, actor.account_id is None, actor.person_id is None,
        actor.practitioner_id is None, within is None, within is not None and within == actor.person_id,
    )  # fmt: skip


def parameter(name: str, value: object) -> BindParameter[Any]:
    """A parameter of the type of `value`, without the value. Raises KeyError for a type that no statement needs."""
    return bindparam(name, type_=TYPES[type(value)], required=False)


def anybody_like(actor: Actor, within: UUID | None) -> tuple[Actor, BindParameter[Any] | None]:
    """The actor with parameters for ids and nothing else of them, and the parameter for `within`.

    In one's own record the two are the same parameter: that is how the policy knows it.
    """
    account = parameter("actor_account", actor.account_id) if actor.account_id is not None else None
    person = parameter("actor_person", actor.person_id) if actor.person_id is not None else None
    practitioner = parameter("actor_practitioner", actor.practitioner_id) if actor.is_staff else None
    patient: BindParameter[Any] | None = None
    if within is not None:
        patient = person if within == actor.person_id else parameter("within", within)
    blank: Any = replace(
        Actor(actor.kind, job=actor.job, role=actor.role, is_admin=actor.is_admin),
        account_id=account,  # type: ignore[arg-type]
        person_id=person,  # type: ignore[arg-type]
        practitioner_id=practitioner,  # type: ignore[arg-type]
    )
    return blank, patient


def values_of(actor: Actor, now: datetime, within: UUID | None) -> dict[str, Any]:
    """What stands for the parameters in this request."""
    return {
        "actor_account": actor.account_id, "actor_person": actor.person_id,
        "actor_practitioner": actor.practitioner_id, "within": within, "now": now,
    }  # fmt: skip
