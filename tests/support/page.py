"""The page client: fetches like a browser without JavaScript, and inspects every page it gets before a test sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests.support.canary import found_in
from tests.support.headers import common_headers, cookie_rules
from tests.support.html import Element, parse
from tests.support.inspection import inspect, name_of

NOT_SENT = {"submit", "button", "reset", "image", "file"}
SIGNED_OUT_PREFIXES = ("/static/",)


class BrokenPage(AssertionError):
    """A page that breaks rules every page must keep; the message lists them."""


class Link:
    """A link: its accessible name and where it leads."""

    def __init__(self, element: Element, root: Element) -> None:
        self.element, self.text, self.href = element, name_of(element, root), element["href"]

    def __repr__(self) -> str:
        return f"{self.text!r} → {self.href}"


class Form:
    """A form as the browser would send it."""

    def __init__(self, element: Element, page: Page) -> None:
        self.element, self._page = element, page
        self.method = element.get("method", "get").lower()
        self.action = element.get("action") or page.url

    def __repr__(self) -> str:
        return f"<form {self.method} {self.action} {[f.get('name') for f in self.fields]}>"

    @property
    def fields(self) -> list[Element]:
        inside = self.element.select("input, select, textarea, button")
        if self.element.id:
            inside += self._page.root.select(
                f'input[form="{self.element.id}"], select[form="{self.element.id}"], '
                f'textarea[form="{self.element.id}"], button[form="{self.element.id}"]'
            )
        return [f for f in inside if f.get("name") and "disabled" not in f]

    @property
    def names(self) -> set[str]:
        return {f["name"] for f in self.fields}

    @property
    def values(self) -> dict[str, list[str]]:
        """What would be sent if nothing were typed, hidden fields and the CSRF token included."""
        sent: dict[str, list[str]] = {}
        for field in self.fields:
            kind = field.get("type", "text")
            if field.tag == "button" or kind in NOT_SENT:
                continue
            if kind in ("radio", "checkbox"):
                if "checked" in field:
                    sent.setdefault(field["name"], []).append(field.get("value", "on"))
            elif field.tag == "select":
                options = field.select("option")
                chosen = [o for o in options if "selected" in o] or ([] if "multiple" in field else options[:1])
                sent.setdefault(field["name"], []).extend(o.get("value") if "value" in o else o.text for o in chosen)
            elif field.tag == "textarea":
                text = "".join(c for c in field.children if isinstance(c, str))
                sent.setdefault(field["name"], []).append(text.removeprefix("\n"))
            else:
                sent.setdefault(field["name"], []).append(field.get("value"))
        return sent

    def filled(self, answers: Mapping[str, object], button: str | None = None) -> dict[str, list[str]]:
        """The values with `answers` typed in. A field that is not there, or a choice that is not offered, fails."""
        sent = self.values
        for name, answer in answers.items():
            assert name in self.names, f"{self!r} has no field {name!r}"
            given = (
                [str(a) for a in answer]
                if isinstance(answer, list | tuple)
                else []
                if answer is None
                else [str(answer)]
            )
            offered = self.choices(name)
            if offered is not None:
                strange = [a for a in given if a not in offered]
                assert not strange, f"{self!r}: {name!r} offers {offered}, not {strange}"
            sent[name] = given
        if button is not None:
            press = [b for b in self.fields if b.tag == "button" and button in (b.get("value"), b.text)]
            press = press or [b for b in self.element.select("button") if b.text == button]
            assert press, f"{self!r} has no button {button!r}"
            if press[0].get("name"):
                sent[press[0]["name"]] = [press[0].get("value")]
        return sent

    def choices(self, name: str) -> list[str] | None:
        """The values a choice field offers, or None when anything may be typed."""
        fields = [f for f in self.fields if f["name"] == name]
        if fields[0].tag == "select":
            return [o.get("value") if "value" in o else o.text for o in fields[0].select("option")]
        if fields[0].get("type") in ("radio", "checkbox"):
            return [f.get("value", "on") for f in fields]
        return None


class Page:
    """One answer, parsed. Made by the client; pages are inspected before they are handed out."""

    def __init__(self, client: PageClient, url: str, response: TestResponse, *, fragment: bool) -> None:
        self.client, self.url, self.response, self.is_fragment = client, url, response, fragment
        self.status, self.headers = response.status_code, response.headers
        self.html = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        self.root, self._tags, self.doctype = parse(self.html if self.is_html else "")

    def __repr__(self) -> str:
        return (
            f"<Page {self.url} {self.status} {self.title!r}>" if self.is_html else f"<Answer {self.url} {self.status}>"
        )

    @property
    def is_html(self) -> bool:
        return self.response.mimetype == "text/html"

    @property
    def data(self) -> bytes:
        return self.response.get_data()

    @property
    def json(self) -> Any:
        return json.loads(self.response.get_data())

    @property
    def location(self) -> str:
        """Where a redirect leads, as a path on this portal when it is one."""
        target = self.headers.get("Location", "")
        parts = urlsplit(target)
        ours = urlsplit(self.client.base_url).netloc
        return parts._replace(scheme="", netloc="").geturl() if parts.netloc == ours else target

    @property
    def title(self) -> str:
        found = self.root.first("title")
        return found.text if found else ""

    @property
    def h1(self) -> str:
        found = self.root.first("h1")
        return found.text if found else ""

    @property
    def main(self) -> Element:
        return self.root.first("main") or self.root

    @property
    def text(self) -> str:
        """What a reader sees in the main part of the page (in all of it when there is no main)."""
        return self.main.text

    @property
    def links(self) -> list[Link]:
        return [Link(e, self.root) for e in self.root.select("a[href]")]

    def link(self, text: str) -> Link:
        """The one link with this name; several to the same address count as one."""
        found = [link for link in self.links if link.text == text] or [link for link in self.links if text in link.text]
        assert len({link.href for link in found}) == 1, (
            f"{len(found)} links are called {text!r}; there are {self.links}"
        )
        return found[0]

    def has_link(self, text: str) -> bool:
        return any(text in link.text for link in self.links)

    def follow(self, text: str, status: int = 200) -> Page:
        return self.client.get(urljoin(self.url, self.link(text).href), status=status)

    def select(self, selector: str) -> list[Element]:
        return self.root.select(selector)

    def one(self, selector: str) -> Element:
        return self.root.one(selector)

    @property
    def forms(self) -> list[Form]:
        return [Form(e, self) for e in self.root.select("form")]

    def form(self, action: str | None = None) -> Form:
        """The form whose action ends so; without one, the only form of the main part."""
        if action is not None:
            found = [f for f in self.forms if urlsplit(f.action).path.endswith(action)]
        else:
            found = [Form(e, self) for e in self.main.select("form")]
            found = [f for f in found if f.method == "post"] or found
        assert len(found) == 1, f"{len(found)} forms fit on {self!r}; there are {self.forms}"
        return found[0]

    @property
    def errors(self) -> list[str]:
        """The sentences of the error summary."""
        return [e.text for e in self.root.select(".nhsuk-error-summary a, [data-error-summary] a, .error-summary a")]

    def submit(
        self,
        answers: Mapping[str, object] | None = None,
        *,
        form: str | None = None,
        button: str | None = None,
        status: int = 303,
        htmx: bool = False,
    ) -> Page:
        """Fill a form and send it to where it goes; `status` is what must come back."""
        chosen = self.form(form)
        sent = chosen.filled(answers or {}, button)
        target = urljoin(self.url, chosen.action)
        if chosen.method == "get":
            return self.client.get(target, query=sent, status=status, htmx=htmx)
        return self.client.send(target, sent, status=status, htmx=htmx, came_from=self.url)


class PageClient:
    """Fetches pages of the app under test. `as_(account)` gives a client of its own that is signed in."""

    def __init__(self, app: Flask, base_url: str, sign_in: Callable[..., None] | None = None) -> None:
        self.app, self.base_url, self._sign_in = app, base_url.rstrip("/"), sign_in
        self.http: FlaskClient = app.test_client()
        self.signed_in_as: Any = None
        self.requested: list[str] = []
        self.language = "en"

    def as_(self, account: Any, **how: Any) -> PageClient:
        """A new client signed in as `account`, by a session row made with the real session code."""
        assert self._sign_in is not None
        other = PageClient(self.app, self.base_url, self._sign_in)
        self._sign_in(other, account, **how)
        other.signed_in_as = account
        return other

    def get(
        self,
        url: str,
        *,
        status: int = 200,
        query: Mapping[str, object] | None = None,
        htmx: bool = False,
        headers: Mapping[str, str] | None = None,
        inspected: bool = True,
    ) -> Page:
        """Fetch one address, following no redirect; the status must be `status`."""
        return self._open(
            "GET", url, status=status, htmx=htmx, headers=headers, inspected=inspected, query_string=query
        )

    def post(
        self,
        url: str,
        data: Mapping[str, object] | None = None,
        *,
        csrf: bool | str = True,
        status: int = 303,
        htmx: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form by hand. `csrf` may name a page to take the token from; True tries `url` itself, then home."""
        sent = dict(data or {})
        if csrf and "csrf_token" not in sent:
            sent["csrf_token"] = self.csrf_token(csrf if isinstance(csrf, str) else url)
        return self.send(url, sent, status=status, htmx=htmx, headers=headers)

    def csrf_token(self, url: str) -> str:
        """A token of this client's session, from the first page that has a form."""
        for address in (url, url.rsplit("/", 1)[0] or "/", "/", "/sign-in"):
            response = self.http.get(address, base_url=self.base_url)
            if response.mimetype == "text/html":
                fields = parse(response.get_data(as_text=True))[0].select("input[name=csrf_token]")
                if fields:
                    return fields[0]["value"]
        raise AssertionError(f"no page with a form found from {url}")

    def send(
        self,
        url: str,
        data: Mapping[str, object],
        *,
        status: int = 303,
        htmx: bool = False,
        headers: Mapping[str, str] | None = None,
        came_from: str = "",
    ) -> Page:
        """POST exactly this, as a browser would (Origin and Sec-Fetch-Site of our own pages)."""
        sent = {"Origin": self.base_url, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        if came_from:
            sent.setdefault("Referer", urljoin(self.base_url, came_from))
        return self._open("POST", url, status=status, htmx=htmx, headers=sent, data=data)

    def follow(self, page: Page, status: int = 200) -> Page:
        """Go where a redirect leads."""
        assert 300 <= page.status < 400, f"{page!r} leads nowhere"
        return self.get(urljoin(page.url, page.location), status=status)

    # --- how ---

    def _open(
        self,
        method: str,
        url: str,
        *,
        status: int,
        htmx: bool,
        headers: Mapping[str, str] | None,
        inspected: bool = True,
        **given: Any,
    ) -> Page:
        parts = urlsplit(url)
        if parts.netloc:
            assert f"{parts.scheme}://{parts.netloc}" == self.base_url, f"{url} is not on this portal"
            url = parts._replace(scheme="", netloc="").geturl() or "/"
        sent = {"Accept-Language": self.language, **(headers or {}), **({"HX-Request": "true"} if htmx else {})}
        self.requested.append(url)
        given = _with_files_in_memory(given)
        response = self.http.open(url, method=method, base_url=self.base_url, headers=sent, **given)
        page = Page(
            self,
            url,
            response,
            fragment=htmx and not response.get_data(as_text=True).lstrip().lower().startswith("<!doctype"),
        )
        told = page.text[:400] if page.is_html else page.data[:400]
        if page.status != status:
            failed = f"{method} {url} answered {page.status} (wanted {status}) {page.location}\n{told}"
            raise AssertionError(failed) from self.app.extensions.get("last error")
        if inspected:
            self.inspect(page)
        return page

    def inspect(self, page: Page) -> None:
        """Raise `BrokenPage` with every rule that this answer breaks."""
        https = self.base_url.startswith("https:")
        if page.is_html and page.data and not 300 <= page.status < 400:
            found = [
                *page._tags,
                *inspect(page.root, page.headers, whole=not page.is_fragment, status=page.status, https=https),
            ]
            if not page.is_fragment and page.doctype.lower() != "doctype html":
                found.append("the page begins with <!doctype html>")
        else:
            found = list(common_headers(page.headers, https=https))
        if not page.url.startswith("/static/") and "no-store" not in page.headers.get("Cache-Control", ""):
            found.append(
                f"a record stays in no cache (no-store): Cache-Control is {page.headers.get('Cache-Control')!r}"
            )
        found += self._addresses(page)
        for cookie in page.headers.getlist("Set-Cookie"):
            found += cookie_rules(cookie, https=https)
        if found:
            lines = "\n".join(f"  - {sentence}" for sentence in dict.fromkeys(found))
            raise BrokenPage(f"{page.url} ({page.status}, {page.title!r}) breaks {len(set(found))} rules:\n{lines}")

    def _addresses(self, page: Page) -> list[str]:
        """Names and clinical words have no place in addresses, which end up in logs and histories."""
        addresses = [page.url, page.location]
        addresses += [
            e.get(a) for e in page.root.walk() for a in ("href", "src", "action", "hx-get", "hx-post") if a in e
        ]
        return [
            f"the address {address} holds {word!r}"
            for address in addresses
            for word in found_in(address)
            if not _typed(address, word)
        ]


def _typed(address: str, word: str) -> bool:
    """Whether the word is only what the person typed into a search (`?q=`), which the log leaves out."""
    parts = urlsplit(address)
    return not found_in(parts.path) and all(name == "q" for name, value in parse_qsl(parts.query) if word in value)


def _with_files_in_memory(given: dict[str, Any]) -> dict[str, Any]:
    """A form with files, written out here: the test client's own way leaves a temporary file open for large ones."""
    data = given.get("data")
    pairs = [(name, one) for name, many in (data or {}).items() for one in (many if isinstance(many, list) else [many])]
    if not any(isinstance(one, tuple) for _name, one in pairs):
        return given
    form = MultiDict((n, FileStorage(*one) if isinstance(one, tuple) else one) for n, one in pairs)
    boundary, body = encode_multipart(form)
    return {**given, "data": body, "content_type": f'multipart/form-data; boundary="{boundary}"'}
