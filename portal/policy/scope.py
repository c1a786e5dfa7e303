"""From an action and a model to the condition that scopes it. The only door to `rules`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import false, true

from portal.policy import (  # noqa: F401  they enter their rules
    rules_access,
    rules_binder,
    rules_desk,
    rules_liaison,
    rules_medicines,
    rules_outside,
    rules_records,
    rules_results,
    rules_visits,
)
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition
from portal.policy.rules import RULES, SYSTEM


def condition(actor: Actor, action: Action, model: Any, now: datetime, *, within: UUID | None = None) -> Condition:
    """The rows of `model` on which `actor` may do `action` now. No rule: none.

    `within` is a promise of the caller: the statement looks at rows of this patient only. Where that is the actor,
    "the record is their own" is settled before the database is asked, and what relationships would add is left out:
    rules only ever add to what the person themselves may do, so the answer is the same (`tests/policy` holds it).
    """
    if actor.kind == "system":
        return true() if action in SYSTEM.get(actor.job or "", frozenset()) else false()
    found = RULES.get(action)
    if within is not None and actor.person_id is not None and within == actor.person_id and not actor.is_staff:
        actor = replace(actor, is_in_own_record=True)
    return found(actor, model, now) if found else false()
