"""What a sender must know before sending: who answers, why, how soon, and who else can read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.infra.i18n import known
from portal.messaging import about, usual
from portal.messaging.about import Record
from portal.messaging.deciding import Plan, may_choose
from portal.messaging.facts import Facts
from portal.work.unit_of_work import UnitOfWork

OPEN_TO_ALL = ("nurse_triage", "scheduling", "billing", "records", "portal_support")


@dataclass(frozen=True)
class Confirmation:
    """What a sender must know before sending: who answers, why, how soon, and who else can read it."""

    plan: Plan
    owner: str
    owner_tag: str
    usual: timedelta | None
    backup: str
    absent: str
    until: Any
    ruled: str
    why: tuple[tuple[str, Record], ...]
    readers: tuple[str, ...]
    choices: tuple[tuple[str, str, str], ...]
    copies: tuple[str, ...]
    children: tuple[tuple[str, str], ...]  # (topic, who would answer it) for other asks of the message


def confirmation(uow: UnitOfWork, made: Plan) -> Confirmation:
    """Everything the page "Who will answer" says. Records are named only as far as the sender may see them."""
    facts, decision = made.facts, made.decision
    colleague = facts.colleagues.get(made.owner.practitioner_id) if made.owner.practitioner_id else None
    pools = {pool.id: pool for pool in facts.pools.values()}
    backup = known(pools[colleague.pool_id].name) if colleague and colleague.pool_id in pools else ""
    cover = decision.coverage
    absent = facts.name_of(cover.absent) if cover else ""
    owner = facts.name_of(decision.owner) if decision.owner and decision.owner != "patient" else ""
    if not owner and made.owner.pool_id in pools:
        owner = pools[made.owner.pool_id].name
    owner = known(owner)
    return Confirmation(
        plan=made,
        owner=owner,
        owner_tag=known(colleague.specialty) if colleague else "",
        usual=usual.answer_time(uow, made.owner),
        backup=backup,
        absent=absent,
        until=cover.until if cover else None,
        ruled=absent or owner,
        why=tuple(_matched(uow, made)),
        readers=_readers(facts, made),
        choices=_choices(facts) if may_choose(facts, decision) else (),
        copies=tuple(name for key in decision.copies if (name := facts.name_of(key))),
        children=tuple(
            (child.decision.topic, known(facts.name_of(child.decision.owner or ""))) for child in made.children
        ),
    )


def _matched(uow: UnitOfWork, made: Plan) -> list[tuple[str, Record]]:
    """The records that decided, each with the person it led to: (code, record)."""
    if made.decision.restricted_reply or made.decision.urgency != "routine":
        return []
    ruled = made.decision.coverage.absent if made.decision.coverage else made.decision.owner
    matches = made.decision.matches
    found: list[tuple[str, str | None]] = []
    match made.decision.reason_code:
        case "ordered_result":
            found = [("ordered", one.id) for one in matches.results[:2] if one.ordering_provider == ruled]
        case "prescribed":
            found = [("prescribes", one.id) for one in matches.medications[:3] if one.prescriber == ruled]
        case "placed_referral" if matches.referral is not None:
            found = [("referred", matches.referral.id)]
        case _ if matches.visit is not None and matches.visit.provider == ruled:
            found = [("visit", matches.visit.id)]
    opened = [(code, about.of_key(uow, made.ask.person_id, key)) for code, key in found]
    return [(code, record) for code, record in opened if record is not None]


def _readers(facts: Facts, made: Plan) -> tuple[str, ...]:
    """The clinicians of the care team, besides whoever answers. What a relative asks the liaison stays there."""
    if facts.sender_role == "family_other" and made.decision.destination in ("liaison", "none"):
        return ()
    names = []
    for key in facts.team_ids:
        one = facts.colleagues.get(key)
        if one and one.id != made.owner.practitioner_id and one.role != "front_desk":
            names.append(one.name)
    return tuple(names)


def _choices(facts: Facts) -> tuple[tuple[str, str, str], ...]:
    """Whom else one may ask: (key, name, what they do)."""
    people = [facts.colleagues[key] for key in facts.team_ids if key in facts.colleagues]
    members = {m.key: m for m in facts.context.care_team}
    found = [(str(c.id), c.name, known(c.specialty)) for c in people if members[str(c.id)].active]
    pools = [p for p in facts.pools.values() if p.key in OPEN_TO_ALL]
    return (*found, *((f"pool:{p.key}", known(p.name), "") for p in pools))
