"""One message in, one decision out."""

from __future__ import annotations

from portal.messaging.routing.combined import default
from portal.messaging.routing.context import Context
from portal.messaging.routing.destinations import copies, decide
from portal.messaging.routing.privacy import liaison_may_see
from portal.messaging.routing.reasons import explain
from portal.messaging.routing.table import DEFAULT, RoutingTable
from portal.messaging.routing.types import TRIAGE, Classifier, Decision, Incoming


def route(
    context: Context, message: Incoming, classifier: Classifier | None = None, table: RoutingTable = DEFAULT
) -> Decision:
    """Decide where a message goes, by the clinic's `table`; read by rules and weights together unless told otherwise.

    The decision always has exactly one owner unless its destination is `none`. It depends on nothing but the arguments.
    """
    reading = (classifier or default()).read(context, message)
    target = decide(context, message, reading, table)
    if message.sender_role == "provider":
        may_see: bool | None = target.destination == "liaison"
    else:
        may_see = liaison_may_see(context, reading)
    owner = target.owner.key if target.owner else None
    if owner is None and target.destination != "none":
        owner = TRIAGE
    reason, code, params = explain(context, message, reading, target, may_see)
    return Decision(
        id=message.id,
        topic=reading.topic,
        secondary_topics=reading.secondary_topics,
        urgency=reading.urgency,
        destination=target.destination,
        owner=owner,
        sensitive=reading.sensitive,
        hide_from_liaison=reading.hide_from_liaison,
        liaison_may_see=may_see,
        restricted_reply=target.restricted,
        reason=reason,
        reason_code=code,
        reason_params=params,
        copies=copies(context, message, reading, table),
        coverage=target.owner.coverage if target.owner else None,
        matches=reading.matches,
        confidence=reading.confidence,
        concern=reading.concern,
        rule=target.rule,
        urgency_confidence=reading.urgency_confidence,
        choices=reading.unsure,
    )
