"""What people are told by mail about how they sign in. No name, no health word, and no link that signs in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.infra.mail import mailer
from portal.models import Account, Identity, ProviderUser
from portal.notifications.channels import words
from portal.work.services import Services


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a mail goes, and in which language."""

    email: str
    language: str


def reader_of(services: Services, user_id: UUID) -> Reader | None:
    """Somebody with a sign-in at the built-in provider; None when there is nobody, or it is closed."""
    statement = (
        select(ProviderUser.email_key, ProviderUser.is_active, Account.language)
        .select_from(ProviderUser)
        .outerjoin(Identity, Identity.subject == str(user_id))
        .outerjoin(Account, Account.id == Identity.account_id)
        .where(ProviderUser.id == user_id)
    )
    with services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or not row.is_active:
        return None
    return Reader(row.email_key, row.language or services.settings.language_codes[0])


def send(services: Services, reader: Reader, kind: str, path: str, message_id: str) -> None:
    """Mail one notice with one link. Raises `Unavailable` when the mail server does not take it."""
    subject, body = words(services.settings, kind, reader.language, services.settings.base_url + path)
    mailer(services.settings).send(reader.email, subject, body, message_id=message_id)
