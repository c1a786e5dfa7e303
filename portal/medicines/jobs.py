"""Jobs of the list of medicines."""

from __future__ import annotations

from uuid import UUID

from portal.medicines import renewing
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles("medicines.expire")
def expire(uow: UnitOfWork, renewal_id: UUID) -> None:
    renewing.expire(uow, renewal_id)
