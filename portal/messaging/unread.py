"""Who has not read something yet: a mark for everybody who may read it at this moment, and only for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.caregivers import readers
from portal.infra.ids import new_id
from portal.models import Account, PoolMember, Relationship, Thread, ThreadUnread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


def mark(uow: UnitOfWork, thread: Thread, *, copies: Iterable[UUID] = (), staff_only: bool = False) -> None:
    """Mark the thread unread for its readers except the actor. The thread is flushed already.

    Staff are those who hold it (and `copies`, practitioners); of patient and caregivers, all whom the policy lets
    read it now. Marks are counted through the policy again each time, so an ended grant shows nothing.
    """
    accounts = set(accounts_of(uow, thread, copies))
    if not staff_only:
        accounts |= set(_patient_and_caregivers(uow, thread))
    accounts.discard(uow.actor.account_id)
    if not accounts:
        return
    values = [
        {"id": new_id(), "patient_id": thread.patient_id, "account_id": a, "thread_id": thread.id, "since": uow.now}
        for a in sorted(accounts)
    ]
    insert = sqlite.insert if uow.services.database.is_sqlite else postgresql.insert
    uow.change(insert(ThreadUnread.__table__).values(values).on_conflict_do_nothing())


def accounts_of(uow: UnitOfWork, owner: Any, copies: Iterable[UUID] = ()) -> list[UUID]:
    """The accounts behind a practitioner or pool: `owner` is a thread, or anything with such an owner."""
    person_id = getattr(owner, "owner_practitioner_id", None) or getattr(owner, "practitioner_id", None)
    pool_id = getattr(owner, "owner_pool_id", None) or getattr(owner, "pool_id", None)
    people: set[Any] = {person_id, *copies} - {None}
    if not people and not pool_id:
        return []
    values = {f"person_{n}": key for n, key in enumerate(people)} | ({"pool": pool_id} if pool_id else {})
    return list(uow.prepared(_accounts, len(people), **values).scalars())


def _accounts(uow: UnitOfWork, count: int, *, within: None, pool: Any = None, **people: Any) -> Any:
    wanted: ColumnElement[bool] = Account.practitioner_id.in_([people[f"person_{n}"] for n in range(count)])
    if pool is not None:
        members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == pool)
        wanted = wanted | Account.practitioner_id.in_(members)
    return select(Account.id).where(wanted, Account.is_active)


def holders(uow: UnitOfWork, thread: Thread) -> list[UUID]:
    """The accounts of whoever owns a thread: staff, pool members or a caregiver."""
    if thread.owner_relationship_id is None:
        return accounts_of(uow, thread)
    router, held = uow.as_job("messaging.route"), thread.owner_relationship_id
    return list(router.prepared(_holder, within=thread.patient_id, held=held).scalars())


def _holder(router: UnitOfWork, *, within: Any, held: Any) -> Any:
    return _of_relationships(router, within).where(Relationship.id == held)


def _active(router: UnitOfWork, *, within: Any) -> Any:
    return _of_relationships(router, within).where(Relationship.state == "active")


def _of_relationships(router: UnitOfWork, within: Any) -> Any:
    action = Action.CAREGIVER_RELATIONSHIP_READ
    return router.select(action, Relationship, Relationship.account_id, within=within)


def _of_patient(uow: UnitOfWork, *, within: None, patient: Any) -> Any:
    return select(Account.id).where(Account.person_id == patient, Account.is_active)


def _patient_and_caregivers(uow: UnitOfWork, thread: Thread) -> Iterable[UUID]:
    yield from uow.prepared(_of_patient, patient=thread.patient_id).scalars()
    router = uow.as_job("messaging.route")
    for account_id in set(router.prepared(_active, within=thread.patient_id).scalars()):
        if may_read(uow, thread, account_id):
            yield account_id


def may_read(uow: UnitOfWork, thread: Thread, account_id: UUID) -> bool:
    """Whether the policy lets this caregiver's account read the thread now."""
    return readers.may_read(uow, Action.MESSAGE_THREAD_READ, Thread, thread.id, account_id)
