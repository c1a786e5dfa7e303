"""What leaves the portal as a binder: what its reader may see, without what stays at home (PHR-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from portal.binder import contents
from portal.binder.contents import Facts
from portal.binder.outline import SECTIONS
from portal.binder.sections import Binder, bind
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Going:
    """What goes along: the rows for machines, and the words for people, of the same reading."""

    facts: Facts
    binder: Binder


def gather(
    uow: UnitOfWork,
    person_id: UUID,
    today: date,
    *,
    sections: Iterable[str] | None = None,
    with_sensitive: bool = True,
    action: Action = Action.BINDER_EXPORT_READ,
) -> Going:
    """The sections that go along: those asked for, else those their owner did not leave at home.

    Never what is private. Raises `NotAllowed` or `NotFound` for whoever may not take the binder along.
    """
    uow.require(action, patient=person_id)
    asked = tuple(sections) if sections is not None else SECTIONS
    own = contents.reach_of(uow, person_id, asked)
    reach = replace(own, with_sensitive=with_sensitive, with_private=False)
    facts = contents.read(uow, person_id, reach)
    binder = bind(facts, today, is_own=uow.actor.person_id == person_id)
    kept = [one.key for one in binder.included] if sections is None else list(asked)
    return Going(facts, binder.only(kept))
