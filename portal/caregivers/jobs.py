"""Handlers of giving access. Each looks again first: an invitation may be withdrawn, a grant renewed by now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from portal.caregivers import ages, limits, reminding
from portal.caregivers.invitations import new_code
from portal.identity.invitations import normal_code
from portal.infra.ids import digest, new_id
from portal.infra.mail import mailer
from portal.models import AccessInvitation, Account
from portal.notifications.channels import words
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork

TABLE = AccessInvitation.__table__


@handles("caregivers.mail_invitation")
def mail_invitation(uow: UnitOfWork, invitation_id: UUID) -> None:
    """Mail a link of its own to the invitation: it names nobody, and works as long as the printed code does.

    The mail goes out before this transaction opens; sent twice, only the newest link works.
    """
    statement = (
        select(TABLE.c.email, TABLE.c.patient_id, TABLE.c.state, TABLE.c.expires_at, Account.language)
        .join(Account, Account.id == TABLE.c.made_by_id)
        .where(TABLE.c.id == invitation_id)
    )
    with uow.services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or row.state != "invited" or not row.email or row.expires_at <= uow.now:
        return
    code = normal_code(new_code())
    subject, body = words(uow.settings, "access_invitation", row.language, f"{uow.settings.base_url}/access/{code}")
    mailer(uow.settings).send(row.email, subject, body, message_id=str(new_id()))
    uow.change(
        update(AccessInvitation)
        .where(AccessInvitation.id == invitation_id, AccessInvitation.state == "invited")
        .values(mail_hash=digest(code))
    )
    uow.audit(Action.CAREGIVER_INVITATION_CREATE, patient=row.patient_id, reason="mailed")


@handles("caregivers.remind")
def remind(uow: UnitOfWork, relationship_id: UUID) -> None:
    """Say what lies ahead of a relationship: its end, or a birthday of the child."""
    reminding.remind(uow, relationship_id)


@handles("caregivers.keep_ages")
def keep_ages(uow: UnitOfWork, _subject: UUID) -> None:
    """Bring parents' access in line with the ages of the children and the ages the clinic set."""
    ages.keep(uow)


@handles("caregivers.look_at_limit")
def look_at_limit(uow: UnitOfWork, limit_id: UUID) -> None:
    """A limit of somebody who acts by law begins or ends."""
    limits.day_came(uow, limit_id)
