"""From an action and a model to the condition that scopes it. The only door to `rules`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import false, true

from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition
from portal.policy.rules import RULES, SYSTEM


def condition(actor: Actor, action: Action, model: Any, now: datetime) -> Condition:
    """The rows of `model` on which `actor` may do `action` now. No rule: none."""
    if actor.kind == "system":
        return true() if action in SYSTEM.get(actor.job or "", frozenset()) else false()
    found = RULES.get(action)
    return found(actor, model, now) if found else false()
