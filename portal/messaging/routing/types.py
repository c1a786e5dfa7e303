"""What goes into a routing decision and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from portal.messaging.routing.context import Appointment, Context, Medication, Referral, Result

TOPICS = (  # in the order that decides between asks of equal weight
    "new_symptom", "follow_up_symptom", "medication_question", "test_result", "medication_refill",
    "appointment_question", "referral", "care_coordination", "forms_paperwork", "appointment_scheduling",
    "records_request", "billing_insurance", "access_technical", "family_update", "acknowledgement",
)  # fmt: skip
SYMPTOM_TOPICS = frozenset({"new_symptom", "follow_up_symptom"})
ADMINISTRATIVE_TOPICS = frozenset({"appointment_scheduling", "billing_insurance", "records_request"})
ADDRESSABLE_TOPICS = frozenset(
    {
        "test_result", "medication_question", "follow_up_symptom", "new_symptom", "appointment_question",
        "referral", "forms_paperwork",
    }
)  # fmt: skip
URGENCIES = ("routine", "same_day", "emergency")
SENSITIVE = ("abuse", "substance_use", "sexual_health", "mental_health")
SENDER_ROLES = frozenset({"patient", "liaison", "family_other", "provider"})
PRIVATE = (*SENSITIVE, "hide", "concern")  # what the trained model says about privacy
TRIAGE = "pool:nurse_triage"


@dataclass(frozen=True, slots=True)
class About:
    """The record a question starts from, when somebody asks from its page: its kind and its id or name.

    `kind` is result, medication, appointment or referral.
    """

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrives. Language is `en` or `es`; anything else is read as English."""

    text: str
    sender_role: str = "patient"
    sender_key: str | None = None
    audience: str | None = None
    lang: str = "en"
    subject: str | None = None
    about: About | None = None
    topic: str | None = None  # chosen by the sender
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """The records a message is about, the first named first."""

    medications: tuple[Medication, ...] = ()
    results: tuple[Result, ...] = ()
    visit: Appointment | None = None
    referral: Referral | None = None
    referral_is_named: bool = False  # the message names the specialty of the referral
    result_is_named: bool = False  # the message names the result itself, not merely a kind such as "labs"
    recent: Appointment | None = None  # the visit or procedure of the last 30 days that the message looks back to
    visit_is_tied: bool = False  # the message itself ties to the visit: names its date, kind or procedure
    unknown_medicine: bool = False  # a medicine is named that the record does not hold

    @property
    def medication(self) -> Medication | None:
        return self.medications[0] if self.medications else None

    @property
    def result(self) -> Result | None:
        return self.results[0] if self.results else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a classifier understood of a message. Confidence lies between 0 and 1."""

    topic: str
    urgency: str = "routine"
    secondary_topics: tuple[str, ...] = ()
    sensitive: str | None = None
    hide_from_liaison: bool = False
    concern_about_liaison: bool = False
    addressee: str | None = None  # care-team key asked for, or (in a provider's message) addressed
    matches: Matches = field(default_factory=Matches)
    past: bool = False  # the question looks back at a visit
    new_referral: bool = False
    confidence: float = 0.5
    concern: str | None = None  # the red flag that decided the urgency, such as `stroke`
    urgency_confidence: float = 0.5
    unsure: tuple[str, ...] = ()  # the topics to choose between where the reader is not sure, the likelier first
    likely: tuple[str, ...] = ()  # other topics the message may well be about; who may not see those may not see it


class Classifier(Protocol):
    """Anything that can read a message. It must be deterministic and must not raise for any text."""

    def read(self, context: Context, message: Incoming) -> Reading: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who is away, who stands in (`None`: the team pool), and the last day of it (ISO date, `None`: not known)."""

    absent: str
    covering: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a message goes. The first eleven fields are the contract; the rest helps pages and the trail."""

    id: str | None
    topic: str
    secondary_topics: tuple[str, ...]
    urgency: str
    destination: str
    owner: str | None
    sensitive: str | None
    hide_from_liaison: bool
    liaison_may_see: bool | None
    restricted_reply: bool
    reason: str
    reason_code: str
    reason_params: dict[str, str]
    copies: tuple[str, ...] = ()
    coverage: Coverage | None = None
    matches: Matches = field(default_factory=Matches)
    confidence: float = 0.5
    concern: str | None = None
    rule: str | None = None  # the key of the clinic's own rule that decided
    urgency_confidence: float = 0.5
    choices: tuple[str, ...] = ()  # the topics to choose between where the reader is not sure, the likelier first

    @property
    def unsure(self) -> bool:
        """Whether the sender should be asked which of `choices` is meant, before or after sending."""
        return bool(self.choices)

    def as_contract(self) -> dict[str, Any]:
        """The fields of the output contract, in its order, ready for JSON."""
        return {
            "id": self.id,
            "topic": self.topic,
            "secondary_topics": list(self.secondary_topics),
            "urgency": self.urgency,
            "destination": self.destination,
            "owner": self.owner,
            "sensitive": self.sensitive,
            "hide_from_liaison": self.hide_from_liaison,
            "liaison_may_see": self.liaison_may_see,
            "restricted_reply": self.restricted_reply,
            "reason": self.reason,
        }
