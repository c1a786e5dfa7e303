"""Where a message goes, who answers, who may see it, and why. Pure: values in, one decision out."""

from portal.messaging.routing.context import Context, ContextError
from portal.messaging.routing.router import route
from portal.messaging.routing.types import (
    ADMINISTRATIVE_TOPICS,
    SENDER_ROLES,
    SYMPTOM_TOPICS,
    TOPICS,
    URGENCIES,
    About,
    Classifier,
    Coverage,
    Decision,
    Incoming,
    Matches,
    Reading,
)

__all__ = [
    "ADMINISTRATIVE_TOPICS",
    "SENDER_ROLES",
    "SYMPTOM_TOPICS",
    "TOPICS",
    "URGENCIES",
    "About",
    "Classifier",
    "Context",
    "ContextError",
    "Coverage",
    "Decision",
    "Incoming",
    "Matches",
    "Reading",
    "route",
]
