"""Who asks. Built by one function per way of arriving; frozen from then on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

CLINICAL_ROLES = frozenset({"pcp", "specialist", "nurse", "care_manager", "pharmacist"})


@dataclass(frozen=True, slots=True)
class Actor:
    """One human, job or nobody, for the length of one unit of work.

    `kind` is patient, caregiver, staff, admin, system or nobody: how the trail names them. Rights come from the ids
    and the live relationships, never from the kind.
    """

    kind: str
    account_id: UUID | None = None
    person_id: UUID | None = None
    practitioner_id: UUID | None = None
    role: str | None = None
    is_admin: bool = False
    job: str | None = None
    name: str = ""
    language: str = "en"
    time_zone: str | None = None
    session_id: UUID | None = None
    session_mark: str | None = None
    signed_in_at: datetime | None = None
    factor_at: datetime | None = None
    request_id: str | None = None
    address: str | None = None
    is_in_own_record: bool = False  # set by `policy.scope` alone, where the statement is bound to the actor's own id

    @classmethod
    def nobody(cls, *, request_id: str | None = None, address: str | None = None) -> Actor:
        """A visitor who has not signed in."""
        return cls("nobody", request_id=request_id, address=address)

    @classmethod
    def system(cls, job: str) -> Actor:
        """Work without a human: a named, audited actor with rules of its own (`policy.rules.SYSTEM`), no bypass."""
        return cls("system", job=job)

    def on_behalf(self, **changes: object) -> Actor:
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_staff(self) -> bool:
        return self.practitioner_id is not None

    @property
    def is_clinical(self) -> bool:
        """Whether their role works with the record (front desk and administrators do not)."""
        return self.role in CLINICAL_ROLES

    @property
    def label(self) -> str:
        """How the trail names them."""
        return f"system:{self.job}" if self.kind == "system" else self.kind
