"""Asking somebody to help: begun, made exact, looked over, signed, sent. What it opens is decided by the patient."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from portal.caregivers import authority
from portal.caregivers.consent import (
    CATEGORIES,
    INVITED_BY_PATIENT,
    PRESETS,
    completed,
    default_end,
    with_categories,
)
from portal.identity.invitations import ALPHABET, GROUPS, normal_code
from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.infra.ids import digest
from portal.models import AccessInvitation, AccessSignature
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, CREATE = Action.CAREGIVER_INVITATION_READ, Action.CAREGIVER_INVITATION_CREATE
OPEN_STATES = ("draft", "invited")
MOST_OPEN = 20


def today(uow: UnitOfWork) -> date:
    """The date at the practice, by which grants begin and end."""
    return date_in(uow.now, uow.settings.zone)


def begin(
    uow: UnitOfWork, person_id: UUID, *, name: str, relation: str, email: str | None, kind: str, preset: str
) -> UUID:
    """Write down whom the patient wants to ask, with what a preset would open; nobody is told yet.

    Raises `NotAllowed`, `Invalid` for another kind, `Conflict("too-many")` when many wait already.
    """
    uow.require(CREATE, patient=person_id)
    if kind not in INVITED_BY_PATIENT:
        raise Invalid("kind")
    if len(waiting(uow, person_id)) >= MOST_OPEN:
        raise Conflict("too-many")
    scopes = completed(kind, PRESETS.get(preset, frozenset()))
    own = authority.held(uow, person_id)
    invitation = AccessInvitation(
        patient_id=person_id,
        state="draft",
        kind=kind,
        relation=relation,
        name=name[:200],
        email=email,
        scopes=sorted(scopes if own is None else scopes & own),
        ends_on=_end_of_begun(uow, person_id),
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
    )
    uow.add(invitation)
    uow.audit(CREATE, invitation, reason="begun")
    return invitation.id


def _end_of_begun(uow: UnitOfWork, person_id: UUID) -> date:
    """Eighteen months from now, or the last day of the representative who asks."""
    usual, own = default_end(today(uow)), authority.until(uow, person_id)
    return min(usual, own) if own is not None else usual


def find(
    uow: UnitOfWork, person_id: UUID, invitation_id: UUID, action: Action = READ, *, state: str = ""
) -> AccessInvitation:
    """One invitation of the patient. Raises `NotFound`, `Conflict` when it is in another state by now."""
    found = uow.load(action, AccessInvitation, invitation_id, within=person_id)
    if authority.untouched(uow, person_id, found.scopes):  # the patient's own, about what the actor may not know
        raise NotFound(action=action)
    if state and found.state != state:
        raise Conflict("state-changed")
    return found


def choose(
    uow: UnitOfWork,
    person_id: UUID,
    invitation_id: UUID,
    *,
    scopes: Iterable[str],
    categories: Iterable[str],
    ends_on: date | None,
) -> AccessInvitation:
    """Make exact what a begun invitation opens. Raises `Invalid` for an empty choice or a day that is over."""
    invitation = find(uow, person_id, invitation_id, CREATE, state="draft")
    wanted = checked(uow, invitation.kind, scopes, categories, ends_on)
    authority.within(uow, person_id, wanted)
    authority.no_longer(uow, person_id, ends_on)
    invitation.scopes, invitation.ends_on = wanted, ends_on
    uow.audit(CREATE, invitation, reason="chosen")
    return invitation


def checked(
    uow: UnitOfWork, kind: str, scopes: Iterable[str], categories: Iterable[str], ends_on: date | None
) -> list[str]:
    """What a grant of this kind stores for a choice. Raises `Invalid("scopes" or "categories" or "ends_on")`."""
    whole = completed(kind, scopes)
    wanted = set(categories)
    if kind != "family" and not whole:
        raise Invalid("scopes", "nothing-chosen")
    if wanted - set(CATEGORIES) or (wanted and kind == "family"):
        raise Invalid("categories", "never-given")
    if ends_on is not None and ends_on < today(uow):
        raise Invalid("ends_on", "over")
    return sorted(with_categories(whole, wanted))


def issue(uow: UnitOfWork, person_id: UUID, invitation_id: UUID, *, signed: Iterable[str]) -> tuple[str, str | None]:
    """Send it: the code, which is shown once, and the e-mail that gets a link of its own, if there is one.

    Each sensitive category needs its own signature. A nomination of a liaison takes the place of one that still waits
    for its answer (LIA-1). Raises `Invalid("signed")`, `Conflict` when it was sent already.
    """
    invitation = find(uow, person_id, invitation_id, CREATE, state="draft")
    if invitation.ends_on is not None and invitation.ends_on < today(uow):
        raise Invalid("ends_on", "over")
    authority.within(uow, person_id, invitation.scopes)
    authority.no_longer(uow, person_id, invitation.ends_on)
    sign(uow, person_id, invitation.scopes, signed, invitation_id=invitation.id)
    if invitation.kind == "liaison":
        _cancel_nominations(uow, person_id)
    code = new_code()
    invitation.code_hash = digest(normal_code(code))
    invitation.state = "invited"
    invitation.expires_at = uow.now + timedelta(days=uow.settings.invitation_days)
    uow.audit(CREATE, invitation, reason="invited")
    authority.tell_patient(uow, person_id, invitation.id)
    if invitation.email:
        uow.later("caregivers.mail_invitation", invitation.id, key=f"access-invitation:{invitation.id}")
    return code, invitation.email


def _cancel_nominations(uow: UnitOfWork, person_id: UUID) -> None:
    earlier = uow.update(CREATE, AccessInvitation, within=person_id).where(
        AccessInvitation.kind == "liaison", AccessInvitation.state == "invited"
    )
    if uow.change(earlier.values(state="cancelled", answered_at=uow.now)):
        uow.audit(CREATE, patient=person_id, reason="nomination-replaced")
    uow.flush()


def sign(
    uow: UnitOfWork,
    person_id: UUID,
    scopes: Iterable[str],
    signed: Iterable[str],
    *,
    invitation_id: UUID | None = None,
    relationship_id: UUID | None = None,
) -> None:
    """Keep the patient's signature under each sensitive category among the scopes. Raises `Invalid("signed")`."""
    opened = [scope.removeprefix("sensitive:") for scope in scopes if scope.startswith("sensitive:")]
    if set(opened) - set(signed):
        raise Invalid("signed", "not-signed")
    for code in sorted(opened):
        uow.add(
            AccessSignature(
                patient_id=person_id,
                invitation_id=invitation_id,
                relationship_id=relationship_id,
                category=code,
                signed_by_id=uow.actor.account_id,
                signed_at=uow.now,
            )
        )


def withdraw(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> None:
    """Take back an invitation that nobody has answered; its codes stop working. Raises `NotFound`, `Conflict`."""
    invitation = find(uow, person_id, invitation_id, CREATE)
    if invitation.state not in OPEN_STATES:
        raise Conflict("state-changed")
    invitation.state, invitation.answered_at = "cancelled", uow.now
    uow.audit(CREATE, invitation, reason="withdrawn")
    authority.tell_patient(uow, person_id, invitation.id)


def waiting(uow: UnitOfWork, person_id: UUID) -> Sequence[AccessInvitation]:
    """Invitations that are begun, or wait for an answer, the newest first."""
    statement = uow.select(READ, AccessInvitation, within=person_id).where(AccessInvitation.state.in_(OPEN_STATES))
    found: Sequence[AccessInvitation] = uow.scalars(
        statement.order_by(AccessInvitation.made_at.desc(), AccessInvitation.id).limit(MOST_OPEN)
    )
    return found


def new_code() -> str:
    """A code of 100 bits, in groups of four signs that are hard to confuse."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))
