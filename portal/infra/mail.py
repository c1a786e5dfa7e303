"""Mail out. What it says is decided elsewhere; no subject or body here may hold health words or names."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Protocol

import structlog

from portal.infra.errors import AddressRefused, Unavailable
from portal.infra.settings import Settings

log = structlog.get_logger("mail")


class Mailer(Protocol):
    """Something that takes a mail. Raises `Unavailable` when it can't, so that the job is tried again, and
    `AddressRefused` when it never will for this address.
    """

    def send(self, to: str, subject: str, body: str, *, message_id: str) -> None: ...


class LogMailer:
    """Says that a mail was due, and nothing of it."""

    def send(self, to: str, subject: str, body: str, *, message_id: str) -> None:
        log.info("mail due", kind="mail")


class SmtpMailer:
    """Sends through a mail server, within five seconds or not at all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, to: str, subject: str, body: str, *, message_id: str) -> None:
        s = self.settings
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = s.mail_from, to, subject
        mail["Message-ID"], mail["Date"] = f"<{message_id}@{s.mail_from.partition('@')[2]}>", formatdate(usegmt=True)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body)
        try:
            with self._connect() as server:
                if s.smtp_security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if s.smtp_username:
                    server.login(s.smtp_username, s.smtp_password.get_secret_value())
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (0, b""))
            if 500 <= code < 600:
                raise AddressRefused(refusal(code, said.decode("ascii", "replace"))) from error
            raise Unavailable("mail", kind=type(error).__name__) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable("mail", kind=type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        """A connection; over TLS only to a server whose certificate is good and its own (RFC 8314)."""
        host, port = self.settings.smtp_host, self.settings.smtp_port
        if self.settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=5, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=5)


_STATUS = re.compile(r"\b5\.(\d{1,3}\.\d{1,3})\b")
_NO_SUCH_ADDRESS = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"})  # RFC 3463 and its registry


def refusal(code: int | None, said: str) -> str:
    """What a permanent refusal means: `bounced` where there is no such address, else `failed`.

    The enhanced status (RFC 3463) counts; without one, the codes that RFC 5321 gives to unknown mailboxes.
    """
    status = _STATUS.search(said)
    if status:
        return "bounced" if status[1] in _NO_SUCH_ADDRESS else "failed"
    return "bounced" if code in (550, 551, 553) else "failed"


def mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings) if settings.mail == "smtp" else LogMailer()
