"""Requests as nobody's browser sends them: every address with every strange value, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from tests.support.page import PageClient

SOME = "6f1d3c52-8f0b-4f0e-9d4e-2b8f0c7a1d11"
VALUES: tuple[str, ...] = (
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\x1b[2J\u202e\u2028",
    "'\"><script>alert(1)</script>",
    "{{7*7}}${7*7}%s%(x)s{0}",
    "../../../etc/passwd",
    "-1",
    "0",
    "9" * 5000,
    "1e309",
    "NaN",
    "9223372036854775808",
    "１２３",
    "[]",
    "true",
    "-" * 36,
    "0" * 36,
    "f" * 36,
    "{" + SOME + "}",
    "urn:uuid:" + SOME,
    SOME.upper(),
    SOME,
    "result:" + "-" * 36,
    "result:" + SOME,
    "medication:" + "0" * 36,
    "pool:nurse_triage",
    "pool:nowhere",
    "0001-01-01T00:00:00+14:00_" + SOME,
    "9999-12-31T23:59:59-14:00_" + SOME,
    "2026-03-10T15:00:00+00:00_" + SOME,
    "2026-W11-2T15:00:00+00:00_" + SOME,
    f"-62135596800000000-{SOME.replace('-', '')}",
    f"{'9' * 30}-{SOME.replace('-', '')}",
    "x" * 20_000,
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "%00",
    "é" * 300,
    "\u0301" * 500,
)

QUERY = (
    "before", "after", "view", "kind", "draft", "thread", "result", "report", "medication", "appointment", "referral",
    "next", "again", "ended", "keep", "then", "request", "resume", "state", "code", "iss", "error", "all", "lang",
    "max_age", "prompt", "registration", "all",
)  # fmt: skip

FIELDS = (
    "question", "about", "to", "private", "seen", "once", "reply", "waits", "note", "thread", "version", "reason",
    "then", "comment", "q", "name", "email", "password", "code", "language", "time_zone", "record_number",
    "practitioner", "role", "is_admin", "kind", "everywhere", "credential", "born-month", "born-day", "born-year",
    "client_id", "token", "grant_type", "code_verifier", "redirect_uri", "id_token_hint", "post_logout_redirect_uri",
    "state",
)  # fmt: skip

TOKEN = "x" * 43
CODE = "X" * 20


def routes(client: PageClient, method: str) -> list[Any]:
    return sorted((r for r in client.app.url_map.iter_rules() if method in (r.methods or ())), key=str)


def address(rule: Any, ids: dict[str, UUID | str]) -> str:
    """The rule with the ids filled in; what is not known gets an id that nothing has."""

    def fill(found: re.Match[str]) -> str:
        kind, name = found.group(1) or "", found.group(2)
        if kind.startswith("any("):
            return kind[4:-1].split(",")[0].strip(" \"'")
        if kind.startswith("string(length="):
            return "x" * int(kind[14:-1]) if name not in ids else str(ids[name])
        other = {"token": TOKEN, "code": CODE}.get(name, "1" if kind.startswith("int") else SOME)
        return str(ids.get(name, other))

    return re.sub(r"<(?:([^:<>]+):)?([^<>]+)>", fill, rule.rule)


def ask(client: PageClient, method: str, url: str, *, query: str = "", data: Any = None, **headers: str) -> Any:
    sent = {"Origin": client.base_url, "Sec-Fetch-Site": "same-origin", **headers}
    return client.http.open(
        url, method=method, base_url=client.base_url, query_string=query, data=data, headers=sent
    )  # fmt: skip


def encoded(values: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, errors='surrogatepass')}" for name, value in values)


def body(fields: dict[str, str]) -> dict[str, Any]:
    """What goes over the wire; a lone surrogate as the three bytes that some libraries send for it."""
    return {"data": encoded(fields.items()), "Content-Type": "application/x-www-form-urlencoded"}


def failures(client: PageClient, url: str, response: Any) -> Iterator[str]:
    if response.status_code >= 500:
        error = client.app.extensions.get("last error")
        yield f"{response.request.method} {url[:160]} answers {response.status_code}: {error!r}"[:400]


def token_of(client: PageClient, page: str) -> str:
    return client.csrf_token(page)


def once() -> str:
    return str(uuid4())
