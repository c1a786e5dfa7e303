"""Where somebody is reached by which channel, whether it still works, and how they say that it is theirs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select, update

from portal.infra.errors import Invalid
from portal.models import Account, NoticeAddress
from portal.notifications.choices import Reader
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

CODE_FOR = timedelta(minutes=15)
MOST_TRIES = 5
CONFIRMED = ("email", "sms")  # channels whose address is confirmed by a code


def rows(uow: UnitOfWork, account_id: UUID) -> dict[str, Any]:
    """What is kept of somebody's addresses, by channel."""
    columns = (NoticeAddress.channel, NoticeAddress.value, NoticeAddress.confirmed_at, NoticeAddress.ended_at)
    more = (NoticeAddress.why, NoticeAddress.pending, NoticeAddress.code_until, NoticeAddress.id)
    found = uow.rows(select(*columns, *more).where(NoticeAddress.account_id == account_id))
    return {row.channel: row for row in found}


def mail_of(email: str | None, row: Any) -> str | None:
    """The e-mail address for notices: one they confirmed, else the one they sign in with; None where mail comes back.

    An address that ended and is not theirs any more says nothing about the one they have now.
    """
    if row is None or row.value is None:
        return email
    if row.ended_at is None:
        return str(row.value)
    return None if row.confirmed_at is not None or row.value == email else email


def of(uow: UnitOfWork, one: Reader) -> dict[str, str]:
    """Where they are reached, by channel; a channel that does not reach them is not there."""
    kept = rows(uow, one.account_id)
    found = {"email": mail_of(one.email, kept.get("email"))}
    text = kept.get("sms")
    if text is not None and text.confirmed_at is not None and text.ended_at is None and uow.settings.sms_url:
        found["sms"] = text.value
    return {channel: value for channel, value in found.items() if value}


def ended(uow: UnitOfWork, account_id: UUID, email: str | None) -> list[str]:
    """The channels whose address no longer works."""
    kept = rows(uow, account_id)
    gone = [channel for channel in CONFIRMED if channel in kept and kept[channel].ended_at is not None]
    return [channel for channel in gone if channel != "email" or mail_of(email, kept["email"]) is None]


def mail_has_ended(uow: UnitOfWork, account_id: UUID) -> bool:
    """Whether mail to somebody comes back, so that they are told when they sign in."""
    email = uow.first(select(Account.email).where(Account.id == account_id))
    return email is not None and "email" in ended(uow, account_id, email.email)


def end(uow: UnitOfWork, account_id: UUID, channel: str, value: str, why: str) -> None:
    """Note that an address no longer works, if it is still the one in use."""
    kept = rows(uow, account_id).get(channel)
    if kept is None:
        uow.add(NoticeAddress(account_id=account_id, channel=channel, value=value, ended_at=uow.now, why=why, tries=0))
    elif kept.value in (value, None) or (channel == "email" and kept.confirmed_at is None):
        uow.change(
            update(NoticeAddress).where(NoticeAddress.id == kept.id).values(value=value, ended_at=uow.now, why=why)
        )


def written(uow: UnitOfWork, channel: str, given: str) -> str:
    """An address as it is kept: e-mail in lower case of its domain, a number as E.164. Raises `Invalid` for another."""
    if channel == "email":
        try:
            return str(validate_email(given.strip(), check_deliverability=False).normalized)
        except EmailNotValidError as error:
            raise Invalid("email") from error
    try:
        number = phonenumbers.parse(given, uow.settings.phone_region)
    except phonenumbers.NumberParseException as error:
        raise Invalid("number") from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid("number")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def ask(uow: UnitOfWork, channel: str, given: str) -> None:
    """Have a code sent to an address the actor says is theirs. Raises `Invalid` for what is no address."""
    account_id, value = _mine(uow), written(uow, channel, given)
    kept = rows(uow, account_id).get(channel)
    if kept is None:
        row = NoticeAddress(account_id=account_id, channel=channel, tries=0)
        uow.add(row)
        uow.flush()
        address_id = row.id
    else:
        address_id = kept.id
    pending = {"pending": value, "code": None, "code_until": uow.now + CODE_FOR, "tries": 0}
    uow.change(update(NoticeAddress).where(NoticeAddress.id == address_id).values(**pending))
    uow.later("notifications.send_code", address_id)
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)


def new_code(uow: UnitOfWork, address_id: UUID) -> str:
    """A code of six digits for a pending address; only its keyed hash is kept."""
    code = f"{secrets.randbelow(10**6):06d}"
    uow.change(update(NoticeAddress).where(NoticeAddress.id == address_id).values(code=_hash(uow, address_id, code)))
    return code


def confirm(uow: UnitOfWork, channel: str, given: str) -> None:
    """Use the pending address from now on, if the code is right. Raises `Invalid` with `code`, `late` or `tries`."""
    account_id = _mine(uow)
    kept = uow.session.scalar(
        select(NoticeAddress).where(NoticeAddress.account_id == account_id, NoticeAddress.channel == channel)
    )
    if kept is None or kept.pending is None or kept.code_until is None or kept.code_until <= uow.now:
        raise Invalid("late")
    one_try = update(NoticeAddress).where(NoticeAddress.id == kept.id, NoticeAddress.tries < MOST_TRIES)
    if not uow.change(one_try.values(tries=NoticeAddress.tries + 1)):
        raise Invalid("tries")
    digits = "".join(c for c in given if c.isdecimal() and c.isascii())
    if not hmac.compare_digest(_hash(uow, kept.id, digits), kept.code or ""):
        uow.refuse(Action.IDENTITY_PROFILE_UPDATE)
        raise Invalid("code")
    kept.value, kept.confirmed_at, kept.ended_at, kept.why = kept.pending, uow.now, None, None
    kept.pending = kept.code = kept.code_until = None
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)


def remove(uow: UnitOfWork, channel: str) -> None:
    """Use an address no longer. E-mail goes to the address they sign in with again."""
    account_id = _mine(uow)
    uow.change(delete(NoticeAddress).where(NoticeAddress.account_id == account_id, NoticeAddress.channel == channel))
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)


def _mine(uow: UnitOfWork) -> UUID:
    uow.require(Action.IDENTITY_PROFILE_UPDATE, model=Account, row_id=uow.actor.account_id)
    assert uow.actor.account_id is not None
    return uow.actor.account_id


def _hash(uow: UnitOfWork, address_id: UUID, code: str) -> str:
    key = uow.services.ring.derive("notice-code", number=1)
    return hmac.new(key, f"{address_id}:{code}".encode(), hashlib.sha256).hexdigest()
