"""What may go wrong, said once. Messages hold codes and ids, never names or clinical words.

Each is mapped once to a page (`portal.web.errors`) and, for the API, once to an OperationOutcome.
"""

from __future__ import annotations

from datetime import datetime


class PortalError(Exception):
    """A refusal the portal knows how to explain. `code` picks the words; `status` is the HTTP status."""

    status = 500
    code = "error"

    def __init__(self, code: str | None = None, **facts: object) -> None:
        self.code = code or self.code
        self.facts = facts
        super().__init__(self.code)


class NotFound(PortalError):
    """The thing does not exist, or the actor may not know that it does: the two look the same."""

    status, code = 404, "not-found"


class NotAllowed(PortalError):
    """The actor may see the thing but not do this to it."""

    status, code = 403, "not-allowed"


class NotSignedIn(PortalError):
    """Nobody is signed in (or the session has ended), and this needs somebody."""

    status, code = 401, "not-signed-in"


class Conflict(PortalError):
    """Somebody else was first: the state has changed since the actor looked."""

    status, code = 409, "conflict"


class Invalid(PortalError):
    """What was sent does not make sense. `field` names the field it is about."""

    status, code = 422, "invalid"

    def __init__(self, field: str, code: str = "invalid", **facts: object) -> None:
        super().__init__(code, field=field, **facts)
        self.field = field


class Gone(PortalError):
    """It was here once: a used or expired link."""

    status, code = 410, "gone"


class TooMany(PortalError):
    """Too many tries; `retry_at` says when the next one counts."""

    status, code = 429, "too-many"

    def __init__(self, retry_at: datetime | None = None, code: str | None = None) -> None:
        super().__init__(code, retry_at=retry_at)
        self.retry_at = retry_at


class NeedsStepUp(PortalError):
    """This needs a sign-in factor used within the last five minutes."""

    status, code = 403, "needs-step-up"


class Unavailable(PortalError):
    """Something the portal depends on did not answer; nothing was shown or stored."""

    status, code = 503, "unavailable"


class AddressRefused(Exception):
    """A carrier will not take anything for this address. `why`: `bounced` (there is no such address), `stopped` (the
    reader told the carrier to stop), or `failed` (not this time: a full mailbox, a policy).
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def is_for_good(self) -> bool:
        """Whether the address is no longer worth trying."""
        return self.why in ("bounced", "stopped")


class Misconfigured(Exception):
    """The portal can't start like this. The message is written for the operator, one problem a line."""
