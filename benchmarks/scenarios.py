"""What is measured: the portal's request, the floor's request for the same page, and the target between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from benchmarks.dataset import PASSWORD, Thread
from benchmarks.house import House
from benchmarks.limits.pages import Row, template_of
from benchmarks.load import Answer, Client

BYTES = 0.10
Work = Callable[[], object]
QUESTIONS = (
    "Should I take the lisinopril with food in the morning or is the evening fine too?",
    "I would like to know what the cholesterol number on my last lipid panel means for me.",
    "Can we talk about the physical therapy exercises at my next visit?",
    "My knee still feels stiff after the walk, but it is better than last week.",
    "Please tell me if I need to fast before the blood test next Tuesday.",
)


class NotComparable(Exception):
    """The two pages do not show the same, so their costs say nothing."""


@dataclass(frozen=True)
class Scenario:
    """One comparison. `target` is the most that the ratio may be, if there is one."""

    name: str
    portal: Work
    limit: Work
    target: float | None = None
    count: float = 1.0  # how many requests, as a share of the profile's
    facts: dict[str, Any] | None = None


class Scenarios:
    """Builds the comparisons of one house. Those of pages that can't be compared are in `missing`, with the reason."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.missing: dict[str, str] = {}
        self.found: list[Scenario] = []
        data = house.data
        owners = {p.id for p in (*data.busy.values(), data.talker)}
        self._threads: dict[UUID, list[Thread]] = {key: [] for key in owners}
        desk = []
        for thread in data.threads():
            if thread.person.id in owners:
                self._threads[thread.person.id].append(thread)
            if thread.state == "open" and thread.doctor.id == house.doctor.id:
                desk.append(thread)
        self._desk = sorted(desk, key=lambda t: (t.last_at, t.id))
        self._reports = sorted(
            (r for r in data.reports() if r.person.id == data.main.id),
            key=lambda r: (r.effective_at, r.id),
            reverse=True,
        )

    def prepare(self) -> None:
        """Make the floor's templates out of the portal's pages, and start the floor."""
        house, data = self.house, self.house.data
        main, talker = data.main, data.talker
        self._template(
            "inbox.html", main.account_id, "messaging.list_threads", self._inbox_rows(main.id), person_id=main.id
        )
        for count, thread in data.conversations.items():
            if count <= 50:
                self._template(f"thread{count}.html", talker.account_id, "messaging.show_thread", self._said(thread),
                               person_id=talker.id, thread_id=thread.id)  # fmt: skip
        self._template("results.html", main.account_id, "results.list_reports", self._report_rows(), person_id=main.id)
        self._template("desk.html", house.doctor.account_id, "messaging.list_inbox", self._desk_rows())
        house.start_limit()

    def build(self) -> list[Scenario]:
        """All comparisons that can be made, each checked: same rows, same bytes within a tenth."""
        data = self.house.data
        main, talker = data.main, data.talker
        self._constant()
        inbox = f"/inbox/{main.id}"
        keys = [r.key for r in self._inbox_rows(main.id)]
        self._pages("inbox", main.account_id, "messaging.list_threads", inbox, 2.5, keys, person_id=main.id)
        if self._has("inbox"):
            self._home(inbox)
        for count, thread in data.conversations.items():
            said = [r.key for r in self._said(thread)]
            self._pages(f"thread-{count}", talker.account_id, "messaging.show_thread", f"/thread/{talker.id}/{thread.id}",
                        3.0, said, person_id=talker.id, thread_id=thread.id)  # fmt: skip
        keys = [r.key for r in self._report_rows()]
        self._pages(
            "results", main.account_id, "results.list_reports", f"/results/{main.id}", None, keys, person_id=main.id
        )
        keys = [r.key for r in self._desk_rows()]
        self._pages(
            "desk", self.house.doctor.account_id, "messaging.list_inbox", f"/desk/{self.house.doctor.id}", None, keys
        )
        self._try("reply", self._reply)
        self._try("sign-in", self._sign_in)
        return self.found

    def page(self, account_id: UUID, endpoint: str, **values: object) -> Work:
        """A request for one page of the portal, checked once."""
        client, path = self.house.client(account_id), self.house.path(endpoint, **values)
        _page(client.get(path))
        return lambda: _page(client.get(path))

    # Rows, as the dataset knows them, in the order in which pages show them

    def _wall(self, at: datetime) -> datetime:
        return at.astimezone(self.house.settings.zone).replace(tzinfo=None)

    def _thread_row(self, t: Thread) -> Row:
        values = {"id": str(t.id), "subject": t.subject, "preview": t.preview, "owner": t.doctor.name}
        return Row(str(t.id), f"{t.state}{int(t.is_unread)}", self._wall(t.last_at), values)

    def _inbox_rows(self, person_id: UUID) -> list[Row]:
        newest = sorted(self._threads[person_id], key=lambda t: (t.last_at, t.id), reverse=True)[:25]
        return [self._thread_row(t) for t in newest]

    def _desk_rows(self) -> list[Row]:
        rows = []
        for t in self._desk[:25]:
            row = self._thread_row(t)
            rows.append(Row(row.key, row.kind, row.at, {**row.values, "patient": t.person.name}))
        return rows

    def _said(self, thread: Thread) -> list[Row]:
        return [
            Row(m.text, "provider" if m.is_answer else "patient", self._wall(m.sent_at),
                {"id": str(m.id), "body": m.text, "author": thread.doctor.name if m.is_answer else thread.person.name})
            for m in thread.messages[-50:]
        ]  # fmt: skip

    def _report_rows(self) -> list[Row]:
        return [
            Row(str(r.id), f"{sum(x.flag is not None for x in r.results)}{int(r.is_unread)}", self._wall(r.effective_at),
                {"id": str(r.id), "name": r.name, "orderer": r.doctor.name})
            for r in self._reports[:25]
        ]  # fmt: skip

    # Making comparisons

    def _template(self, name: str, account_id: UUID, endpoint: str, rows: list[Row], **values: object) -> None:
        try:
            page = _page(self.house.client(account_id).get(self.house.path(endpoint, **values))).text
            (self.house.templates / name).write_text(template_of(page, rows), encoding="utf-8")
        except Exception as error:  # noqa: BLE001  one page that can't be compared must not end the run
            self.missing[name.removesuffix(".html")] = f"{type(error).__name__}: {error}"

    def _has(self, name: str) -> bool:
        return any(scenario.name == name for scenario in self.found)

    def _try(self, name: str, make: Callable[[], Scenario]) -> None:
        try:
            self.found.append(make())
        except Exception as error:  # noqa: BLE001
            self.missing.setdefault(name, f"{type(error).__name__}: {error}")

    def _pages(
        self, name: str, account_id: UUID, endpoint: str, limit_path: str, target: float | None, keys: list[str],
        **values: object,
    ) -> None:  # fmt: skip
        def make() -> Scenario:
            ours, floor = self.house.client(account_id), self.house.limit_client(account_id)
            path = self.house.path(endpoint, **values)
            mine, theirs = _page(ours.get(path)), _page(floor.get(limit_path))
            facts = {"bytes": len(mine.body), "limit_bytes": len(theirs.body), "rows": len(keys)}
            _same(mine.text, theirs.text, keys)
            return Scenario(
                name, lambda: _page(ours.get(path)), lambda: _page(floor.get(limit_path)), target, facts=facts
            )

        self._try(name, make)

    def _constant(self) -> None:
        """What it costs to answer at all: the health page of both."""
        ours, floor = Client(self.house.port), Client(self.house.limit_port)
        self._try(
            "constant",
            lambda: Scenario("constant", lambda: _page(ours.get("/healthz")), lambda: _page(floor.get("/healthz"))),
        )

    def _home(self, inbox: str) -> None:
        """Home has no floor of its own: its target is told in inbox floors."""
        main = self.house.data.main
        floor = self.house.limit_client(main.account_id)

        def make() -> Scenario:
            ours = self.page(main.account_id, "home.show_home", person_id=main.id)
            return Scenario("home", ours, lambda: _page(floor.get(inbox)), 4.0)

        self._try("home", make)

    def _reply(self) -> Scenario:
        data = self.house.data
        talker, thread = data.talker, data.reply_to
        ours, floor = self.house.client(talker.account_id), self.house.limit_client(talker.account_id)
        page = _page(ours.get(self.house.path("messaging.show_thread", person_id=talker.id, thread_id=thread.id)))
        action, fields = form_of(page.text, "/replies")
        texts, floor_texts = cycle(QUESTIONS), cycle(QUESTIONS)

        def send() -> Answer:
            return _sent(ours.post(action, {**fields, "reply": next(texts), "once": str(uuid4())}))

        def send_limit() -> Answer:
            return _sent(floor.post(f"/thread/{talker.id}/{thread.id}", {"reply": next(floor_texts)}))

        send(), send_limit()
        return Scenario("reply", send, send_limit, 3.0)

    def _sign_in(self) -> Scenario:
        floor_fields = {"email": "signs-in@example.org", "password": PASSWORD}

        def sign_in() -> None:
            browser = Client(self.house.port)
            try:
                walk_in(browser)
            finally:
                browser.close()

        def sign_in_limit() -> None:
            browser = Client(self.house.limit_port)
            _sent(browser.post("/sign-in", floor_fields))
            browser.close()

        sign_in(), sign_in_limit()
        return Scenario("sign-in", sign_in, sign_in_limit, None, count=0.2)


def walk_in(browser: Client) -> Answer:
    """Sign in as a browser does: to the provider, the password, back with a code, the first page."""
    answer = browser.get("/sign-in")
    for _ in range(12):
        if answer.status in (302, 303):
            parts = urlsplit(answer.headers["Location"])
            answer = browser.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        elif 'type="password"' in answer.text:
            action, fields = form_of(answer.text, "/idp/")
            name = "email" if 'name="email"' in answer.text else "username"
            answer = browser.post(action, {**fields, name: "signs-in@example.org", "password": PASSWORD})
            if answer.status == 422:
                raise NotComparable("the password was refused")
        elif answer.status == 200:
            return answer
        else:
            break
    raise NotComparable(f"signing in ended with {answer.status}")


def form_of(page: str, action: str) -> tuple[str, dict[str, str]]:
    """Address and hidden fields of the form whose address holds `action`."""
    parser = _Forms()
    parser.feed(page)
    for address, fields in parser.forms:
        if action in address:
            return address, fields
    raise NotComparable(f"the page has no form to {action}")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given.get("action") or "", {}))
        elif tag == "input" and self.forms and given.get("name") and given.get("type") in ("hidden", None):
            self.forms[-1][1][str(given["name"])] = given.get("value") or ""


def _page(answer: Answer) -> Answer:
    if answer.status != 200:
        raise NotComparable(f"the page answered {answer.status}")
    return answer


def _sent(answer: Answer) -> Answer:
    if answer.status != 303:
        raise NotComparable(f"the form was answered with {answer.status}: {_errors(answer.text)}")
    return answer


def _errors(text: str) -> str:
    return " ".join(re.findall(r"error-summary.*?</div>", text, re.S))[:300]


def _same(mine: str, theirs: str, keys: list[str]) -> None:
    """Raises `NotComparable` unless both show the rows in the same order and weigh the same within a tenth."""
    for who, page in (("portal", mine), ("floor", theirs)):
        places = [page.find(key) for key in keys]
        if -1 in places or places != sorted(places):
            raise NotComparable(f"the {who} does not show the same rows")
    if abs(len(mine) - len(theirs)) > BYTES * len(mine):
        raise NotComparable(f"{len(mine)} bytes against {len(theirs)}")
