"""Links to choose a new password: ten minutes, one use, only the newest works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from portal.identity.provider.service import User, find_user
from portal.infra.ids import digest, new_id, new_token
from portal.models import PasswordReset
from portal.work.outbox import add as enqueue
from portal.work.services import Services

TABLE: Any = PasswordReset.__table__
LASTS = timedelta(minutes=10)


def ask(services: Services, user: User | None) -> None:
    """Have a link mailed. For an e-mail nobody has, the same work is done, and nobody gets a mail."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        enqueue(connection, "identity.mail_reset", user.id if user else new_id(), at=now, now=now)


def new_link() -> tuple[str, bytes]:
    """The path of a new link, and the hash to keep of it."""
    token = new_token()
    return f"/idp/reset/{token}", digest(token)


def keep_link(session: Any, user_id: UUID, token_hash: bytes, now: datetime) -> None:
    """Let a link work from now on, in the caller's transaction. Earlier links of the user stop working."""
    session.execute(update(TABLE).where(TABLE.c.user_id == user_id, TABLE.c.used_at.is_(None)).values(used_at=now))
    session.execute(
        insert(TABLE).values(
            id=new_id(), token_hash=token_hash, user_id=user_id, created_at=now, expires_at=now + LASTS
        )
    )


def user_of(services: Services, token: str) -> User | None:
    """Whose link it is, while it works."""
    with services.database.connect() as connection:
        user_id = connection.execute(select(TABLE.c.user_id).where(*_works(services, token))).scalar()
    user = find_user(services, user_id=user_id) if user_id else None
    return user if user and user.is_active else None


def use(services: Services, token: str) -> bool:
    """Use the link up; False when somebody was quicker."""
    with services.database.connect(write=True) as connection:
        used = connection.execute(update(TABLE).where(*_works(services, token)).values(used_at=services.clock.now()))
    return bool(used.rowcount == 1)


def _works(services: Services, token: str) -> tuple[Any, ...]:
    return (TABLE.c.token_hash == digest(token), TABLE.c.used_at.is_(None), TABLE.c.expires_at > services.clock.now())
