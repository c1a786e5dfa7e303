"""Handlers of sign-in's outbox rows."""

from __future__ import annotations

from uuid import UUID

from portal.identity import notices
from portal.identity.provider import resets
from portal.infra.ids import new_id
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles("identity.mail_reset")
def mail_reset(uow: UnitOfWork, user_id: UUID) -> None:
    """Mail a link to choose a new password. For an e-mail that nobody has, there is nobody to mail to.

    The mail goes out before this transaction opens; sent twice, only the newest link works.
    """
    reader = notices.reader_of(uow.services, user_id)
    if reader is None:
        return
    path, token_hash = resets.new_link()
    notices.send(uow.services, reader, "password_reset", path, str(new_id()))
    resets.keep_link(uow.session, user_id, token_hash, uow.now)


@handles("identity.tell_security_changed")
def tell_security_changed(uow: UnitOfWork, user_id: UUID) -> None:
    """Say that something about signing in changed, and what to do if it was somebody else."""
    reader = notices.reader_of(uow.services, user_id)
    if reader is not None:
        notices.send(uow.services, reader, "security_changed", "/profile", str(new_id()))
