"""Text messages out, through a carrier that speaks Twilio's REST API (2010-04-01), and the signature it reports under.

What a text says is decided elsewhere; none here may hold health words or names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from portal.infra.errors import AddressRefused, Unavailable
from portal.infra.settings import Settings

TIMEOUT = 5  # seconds
MOST_ANSWER = 64 * 1024
NO_SUCH_NUMBER = frozenset({21211, 21214, 21217, 21408, 21610, 21612, 21614, 30003, 30005, 30006})
STOPPED = 21610  # the reader told the carrier to stop


class Texter(Protocol):
    """Something that takes a text.

    Raises `Unavailable` when the carrier did not take it, so that it can be tried again, and `AddressRefused` when the
    number can't be reached by text, or when nobody knows whether the carrier took it: a text is never sent twice.
    """

    def send(self, to: str, body: str) -> str:
        """Hand over one text; returns what the carrier calls it."""
        ...


class CarrierTexter:
    """Hands texts to the carrier over HTTPS; follows no redirect, so that the token goes nowhere else."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, to: str, body: str) -> str:
        s = self.settings
        parts = urlsplit(s.sms_url)
        path = f"{parts.path}/2010-04-01/Accounts/{s.sms_account}/Messages.json"
        form = {"To": to, "From": s.sms_from, "Body": body, "StatusCallback": s.base_url + REPORTS}
        login = base64.b64encode(f"{s.sms_account}:{s.sms_token.get_secret_value()}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise Unavailable("sms", kind=type(error).__name__) from error
        try:
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read(MOST_ANSWER)
        except (OSError, HTTPException) as error:
            raise AddressRefused("failed") from error  # it may have been taken before the answer was lost
        finally:
            connection.close()
        return _read(status, said)


REPORTS = "/hooks/sms"


def _read(status: int, said: bytes) -> str:
    try:
        answer = json.loads(said)
    except ValueError:
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    code = answer.get("code")
    if 400 <= status < 500 and code in NO_SUCH_NUMBER:
        raise AddressRefused("stopped" if code == STOPPED else "bounced")
    if 300 <= status < 500 or status == 503:
        raise Unavailable("sms", kind=f"status-{status}")
    name = answer.get("sid")
    if status not in (200, 201) or not isinstance(name, str) or not 0 < len(name) <= 64:
        raise AddressRefused("failed")  # taken, or half taken: another try could be a second text
    return name


def texter(settings: Settings) -> Texter | None:
    """The carrier, or None where the clinic has none."""
    return CarrierTexter(settings) if settings.sms_url else None


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """What the carrier puts in `X-Twilio-Signature`: HMAC-SHA1 of the address and the sorted fields, in base64."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(token: str, url: str, fields: Iterable[tuple[str, str]], given: str) -> bool:
    """Whether a report comes from the carrier; compared in constant time."""
    return bool(token) and hmac.compare_digest(signature(token, url, fields).encode(), given.encode())
