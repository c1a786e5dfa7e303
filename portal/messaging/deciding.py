"""Who answers, decided: the router's pure decision on the facts of this moment, with the sender's own wishes in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from portal.infra.errors import Invalid, Unavailable
from portal.messaging import due, tables
from portal.messaging.facts import Facts, gather
from portal.messaging.routing import route
from portal.messaging.routing.combined import default as reader
from portal.messaging.routing.context import Context
from portal.messaging.routing.coverage import liaison_or_backup, person_or_cover
from portal.messaging.routing.types import ADMINISTRATIVE_TOPICS, TRIAGE, About, Classifier, Decision, Incoming, Reading
from portal.policy.vocabulary import THREAD_SCOPE, TOPIC_FAMILY
from portal.work.unit_of_work import UnitOfWork

MOST_CHARACTERS = 10_000
MOST_CHILDREN = 3
CLASSIFIER: Classifier = reader()  # with its weights, before the server forks


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to send. `to` is their own choice of who answers: a practitioner's id or `pool:<key>`."""

    person_id: UUID
    text: str
    once: UUID
    about_kind: str | None = None
    about_id: UUID | None = None
    to: str | None = None
    is_private: bool = False
    topic: str | None = None  # what the sender says it is about
    is_past_liaison: bool = False  # the liaison had it first, and passes it on
    also: tuple[str, ...] = ()  # other asks of the same message that become conversations of their own, by topic


@dataclass(frozen=True, slots=True)
class Owner:
    """The one accountable: a practitioner, a pool, a caregiver or the patient; none for a message with no task."""

    practitioner_id: UUID | None = None
    pool_id: UUID | None = None
    relationship_id: UUID | None = None
    is_patient: bool = False

    def columns(self) -> dict[str, object]:
        """The owner columns of a thread."""
        return {
            "owner_practitioner_id": self.practitioner_id,
            "owner_pool_id": self.pool_id,
            "owner_relationship_id": self.relationship_id,
            "owner_is_patient": self.is_patient,
        }

    def step(self) -> dict[str, object]:
        """The columns of a step of the trail."""
        return {
            "to_practitioner_id": self.practitioner_id,
            "to_pool_id": self.pool_id,
            "to_relationship_id": self.relationship_id,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision, ready to be shown and to be carried out."""

    ask: Ask
    facts: Facts
    decision: Decision
    owner: Owner
    look_by: datetime | None
    due_at: datetime | None
    children: tuple[Plan, ...] = ()  # for other asks in the message that somebody else would answer

    @property
    def chosen_children(self) -> tuple[Plan, ...]:
        """Those of them that the sender wants sent."""
        return tuple(child for child in self.children if child.decision.topic in self.ask.also)

    @property
    def is_hidden(self) -> bool:
        """Whether the sender keeps it from the liaison."""
        return self.ask.is_private or self.decision.hide_from_liaison

    @property
    def is_readable_by_liaison(self) -> bool:
        """Whether the liaison may read it, as the sender is told before sending."""
        return bool(self.decision.liaison_may_see) and not self.is_hidden

    @property
    def scope(self) -> str | None:
        """The scope a caregiver needs to read it."""
        return scope_of(self.decision.topic)

    @property
    def mark(self) -> str:
        """What the sender saw before sending, in one word: another mark means that something has changed since."""
        d = self.decision
        seen: tuple[object, ...] = (
            d.urgency, d.destination, self.owner, self.is_readable_by_liaison, d.restricted_reply, self.ask.to,
        )  # fmt: skip
        if self.children:
            seen = (*seen, tuple(child.mark for child in self.children))
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]


def scope_of(topic: str) -> str | None:
    """The scope a caregiver needs to read a thread of this topic; none is needed for family updates and thanks."""
    return THREAD_SCOPE[TOPIC_FAMILY[topic]] if topic in TOPIC_FAMILY else None


@dataclass(frozen=True)
class _Private:
    """A classifier that knows that the sender asked to keep it from the liaison."""

    inner: Classifier

    def read(self, context: Context, message: Incoming) -> Reading:
        return replace(self.inner.read(context, message), hide_from_liaison=True)


def plan(uow: UnitOfWork, ask: Ask) -> Plan:
    """Decide who answers the question `ask`, now, and who its other asks. Writes nothing."""
    return _with_children(uow, plan_one(uow, ask))


def plan_one(uow: UnitOfWork, ask: Ask) -> Plan:
    """Decide who answers a message as a whole."""
    return plan_on(uow, ask, gather(uow, ask.person_id))


def plan_on(uow: UnitOfWork, ask: Ask, facts: Facts) -> Plan:
    """The same on facts already gathered."""
    about = None
    if ask.about_kind and ask.about_id:
        kind = "result" if ask.about_kind == "report" else ask.about_kind
        about = About(kind, f"{ask.about_kind}:{ask.about_id}")
    message = Incoming(
        text=ask.text,
        sender_role=facts.sender_role,
        sender_key=facts.sender.key if facts.sender else None,
        audience="family" if facts.sender_role == "provider" else None,
        lang=uow.actor.language,
        about=about,
        topic=ask.topic if facts.sender_role == "patient" else None,  # others can't word their way past a grant
    )
    reader = _Private(CLASSIFIER) if ask.is_private else CLASSIFIER
    decision = route(facts.context, message, reader, tables.live(uow))
    if decision.unsure and not ask.to and nurses_look_first(facts, decision):
        decision = replace(
            decision, destination="nurse_triage", owner=TRIAGE, reason_code="unsure", coverage=None, copies=()
        )
    elif ask.to and decision.urgency == "routine" and may_choose(facts, decision):
        decision = _chosen(facts, decision, ask.to)
    elif liaison_comes_first(facts, ask, decision):
        decision = _liaison_first(facts, decision)
    owner = owner_of(facts, decision.owner)
    look_by, due_at = due.dates(uow, decision, uow.now)
    return Plan(ask, facts, decision, owner, look_by, due_at)


def nurses_look_first(facts: Facts, decision: Decision) -> bool:
    """Whether a message that could not be read surely goes to the nurses: a routine one of the patient or the liaison
    that may be about care. What surely is for an office, and what the family asks, keeps its way.
    """
    return (
        facts.sender_role in ("patient", "liaison")
        and decision.urgency == "routine"
        and not decision.restricted_reply
        and decision.reason_code not in ("clinic_rule", "named_provider", "safety_concern")
        and any(topic not in _OFFICE for topic in decision.choices)
    )


_OFFICE = ADMINISTRATIVE_TOPICS | {"access_technical", "family_update", "acknowledgement"}


def liaison_comes_first(facts: Facts, ask: Ask, decision: Decision) -> bool:
    """Whether the patient wants the liaison to get their own questions of this kind first, and the liaison may."""
    return (
        facts.sender_role == "patient"
        and decision.urgency == "routine"
        and bool(decision.liaison_may_see)
        and not (ask.is_private or ask.is_past_liaison or decision.hide_from_liaison or decision.restricted_reply)
        and facts.modes.get(scope_of(decision.topic) or "") == "first"
        and facts.context.active_liaison is not None
        and liaison_or_backup(facts.context).key.startswith("rel:")
    )


def _liaison_first(facts: Facts, decision: Decision) -> Decision:
    answerer = liaison_or_backup(facts.context)
    return replace(
        decision,
        destination="liaison",
        owner=answerer.key,
        coverage=answerer.coverage,
        reason_code="liaison_first",
        copies=(),
    )


def _with_children(uow: UnitOfWork, made: Plan) -> Plan:
    """The plan with one more for each other ask of the message that somebody else would answer.

    Only for routine questions: what is urgent goes to the nurses whole, and what may not be answered is not split.
    """
    decision = made.decision
    if decision.urgency != "routine" or decision.restricted_reply or decision.destination == "none" or made.ask.to:
        return made
    children: list[Plan] = []
    for topic in decision.secondary_topics[:MOST_CHILDREN]:
        once = uuid5(made.ask.once, topic)
        child = plan_on(uow, replace(made.ask, topic=topic, also=(), once=once), made.facts)
        taken = {made.owner, *(other.owner for other in children)}
        if child.decision.topic == topic and child.owner not in taken and child.decision.destination != "none":
            children.append(child)
    return replace(made, children=tuple(children))


def may_choose(facts: Facts, decision: Decision) -> bool:
    """Whether the sender may name somebody else: not from the family, not past a restriction, not in an emergency."""
    return (
        facts.sender_role in ("patient", "liaison") and not decision.restricted_reply and decision.urgency == "routine"
    )


def _chosen(facts: Facts, decision: Decision, to: str) -> Decision:
    """The decision with the sender's own addressee, or their cover."""
    if to.startswith("pool:"):
        if to.removeprefix("pool:") not in facts.pools:
            raise Invalid("to")
        return replace(
            decision, destination=to.removeprefix("pool:"), owner=to, coverage=None, reason_code="chosen", copies=()
        )
    if to not in {str(key) for key in facts.team_ids}:
        raise Invalid("to")
    answerer = person_or_cover(facts.context, to)
    return replace(
        decision,
        destination=f"named_provider:{to}",
        owner=answerer.key,
        coverage=answerer.coverage,
        reason_code="chosen",
        copies=(),
    )


def owner_of(facts: Facts, key: str | None) -> Owner:
    """The row behind the router's owner. Raises `Unavailable` where the practice has nobody to answer at all."""
    if key is None:
        return Owner()
    if key == "patient":
        return Owner(is_patient=True)
    if key.startswith("rel:"):
        return Owner(relationship_id=UUID(key.removeprefix("rel:")))
    if key.startswith("pool:"):
        pool = facts.pools.get(key.removeprefix("pool:")) or facts.pools.get(TRIAGE.removeprefix("pool:"))
        if pool is not None:
            return Owner(pool_id=pool.id)
        fallback = facts.context.pcp or next((str(key) for key in facts.team_ids), None)
        if fallback is None:
            raise Unavailable("nobody-answers")
        return Owner(practitioner_id=UUID(fallback))
    return Owner(practitioner_id=UUID(key))
