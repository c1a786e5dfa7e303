"""Trying the routing table on one message: who would answer, and why, by the live table and by the draft."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from uuid import UUID

from portal.infra.errors import NotFound
from portal.messaging.deciding import CLASSIFIER
from portal.messaging.facts import gather
from portal.messaging.routing import Context, Incoming, route
from portal.messaging.routing.types import Decision
from portal.messaging.tables import draft, live, pools, table_of
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried: the words, who writes, in which language, and for whom: an example's key or a person's id."""

    text: str
    sender_role: str
    language: str
    patient: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decision with the owner's name."""

    decision: Decision
    owner: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """By the live table and, if there is a draft, by the draft."""

    live: Outcome
    draft: Outcome | None

    @property
    def differs(self) -> bool:
        """Whether the draft sends it to somebody else."""
        return self.draft is not None and (self.live.decision.destination, self.live.decision.owner) != (
            self.draft.decision.destination,
            self.draft.decision.owner,
        )


@cache
def examples() -> dict[str, Context]:
    """The invented patients that come with the product, by key."""
    text = resources.files("portal.messaging.routing").joinpath("data/example_patients.json").read_text("utf-8")
    return {one["context_id"]: Context.parse(one) for one in json.loads(text)}


def simulate(uow: UnitOfWork, trial: Trial) -> Outcomes:
    """Decide, and send nothing. Raises `NotFound` for a patient the actor does not care for.

    Administrators who do not treat patients use the invented ones: who answers can tell what is in a record.
    """
    uow.require_admin(Action.ADMIN_ROUTING_READ)
    message = Incoming(trial.text, sender_role=trial.sender_role, lang=trial.language)
    context = examples().get(trial.patient)
    names: dict[str, str] = {f"pool:{key}": pool.name for key, pool in pools(uow).items()}
    if context is None:
        context, more = _own_patient(uow, trial.patient)
        names |= more
    open_draft = draft(uow)
    before = route(context, message, CLASSIFIER, live(uow))
    after = route(context, message, CLASSIFIER, table_of(open_draft)) if open_draft else None
    return Outcomes(_named(before, context, names), _named(after, context, names) if after else None)


def _own_patient(uow: UnitOfWork, patient: str) -> tuple[Context, dict[str, str]]:
    try:
        person_id = UUID(patient)
    except ValueError as error:
        raise NotFound() from error
    if not uow.actor.is_clinical or not uow.may(Action.RECORD_CONDITION_READ, patient=person_id):
        raise NotFound()
    facts = gather(uow, person_id)
    uow.seen(Action.RECORD_CONDITION_READ, person_id)
    keys = [*(str(key) for key in facts.colleagues), *(one.key for one in facts.caregivers.values())]
    return replace(facts.context), {key: facts.name_of(key) for key in keys}


def _named(decision: Decision, context: Context, names: dict[str, str]) -> Outcome:
    key = decision.owner or ""
    return Outcome(decision, names.get(key) or context.name_of(key) or "")
