"""What browser tests share: which browser, what it may not do, hands on the keyboard, and an eye for accessibility."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tests.support.canary import found_in

AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]


def launch_arguments(executable: str | None) -> dict[str, Any]:
    """How to start Chromium: the one found, without its own traffic, and without the sandbox only where root must."""
    arguments = [*QUIET, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [*QUIET]
    return {"args": arguments, **({"executable_path": executable} if executable else {})}


class Watch:
    """Notes what a page must never do: errors in the console, a breach of the policy, a word to another host."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.host = urlsplit(base_url).netloc
        self.found: list[str] = []
        self._allowed: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"an error in a script: {error.error}"))
        context.on("request", self._request)

    def allow(self, *patterns: str) -> None:
        """Console messages that this test means to cause, such as `status of 404`."""
        self._allowed += patterns

    def _console(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type in ("error", "warning") and not any(re.search(pattern, text) for pattern in self._allowed):
            self.found.append(f"console {message.type}: {text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.found.append(f"a request to another host: {request.url}")
        if found_in(request.url):
            self.found.append(f"the address {request.url} holds {found_in(request.url)}")

    def check(self) -> None:
        assert not self.found, "the browser complained:\n" + "\n".join(dict.fromkeys(self.found))


def check_accessibility(page: Page, *, themes: Iterable[str] = ("light",), within: str | None = None) -> None:
    """Run axe-core on the page as it is now, once for each theme; any violation fails, with the elements named."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    told = []
    for theme in themes:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        run = "([where, tags]) => axe.run(where || document, {runOnly: tags, resultTypes: ['violations']})"
        for violation in page.evaluate(run, [within, RULES])["violations"]:
            for node in violation["nodes"][:5]:
                told.append(
                    f"{theme}: {violation['id']} ({violation['help']}) {node['target']} {node['html'][:160]}\n"
                    f"    {' '.join(node['failureSummary'].split())[:300]}"
                )
    assert not told, f"{page.url} has {len(told)} accessibility violations:\n" + "\n".join(told)


def check_reflow(page: Page, width: int = 320) -> None:
    """At this width (400 % zoom of 1280) the page scrolls in one direction only (WCAG 1.4.10)."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 640})
    wide = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            const inScroller = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
                if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)
                    && p !== document.body && p !== document.documentElement) return true; return false; };
            const out = [...document.body.querySelectorAll('*')].filter(
                (e) => e.getBoundingClientRect().right > room + 1 && getComputedStyle(e).position !== 'fixed'
                    && e.getClientRects().length && !inScroller(e));
            return document.documentElement.scrollWidth > room + 1
                ? [`${document.documentElement.scrollWidth} px in ${room}`,
                   ...out.slice(0, 5).map((e) => e.outerHTML.slice(0, 160))] : [];
        }"""
    )
    if before:
        page.set_viewport_size(before)
    assert not wide, f"{page.url} is wider than {width} px:\n" + "\n".join(wide)


class Keyboard:
    """Uses a page without a mouse, and insists that one can always see where one is."""

    NAME = """() => {
        const e = document.activeElement;
        if (!e || e === document.body) return '';
        const by = (e.getAttribute('aria-labelledby') || '').split(' ')
            .map((i) => document.getElementById(i)?.innerText || '').join(' ');
        const label = e.labels && e.labels.length ? [...e.labels].map((l) => l.innerText).join(' ') : '';
        const name = e.getAttribute('aria-label') || by.trim() || label || e.innerText || e.value || '';
        return name.replace(/\\s+/g, ' ').trim();
    }"""
    SEEN = """() => {
        const e = document.activeElement;
        if (!e || e === document.body) return true;
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        const near = e.labels && e.labels.length
            ? getComputedStyle(e.labels[0], '::before').boxShadow !== 'none' : false;
        return (outlined || style.boxShadow !== 'none' || near) && box.width > 0 && box.height > 0;
    }"""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def focus(self) -> str:
        """The name of what has the focus."""
        return str(self.page.evaluate(self.NAME))

    def tab_to(self, name: str, *, most: int = 120) -> None:
        """Press Tab until the focus is on what is called `name` (or begins so); each stop must show its focus."""
        stops = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            now = self.focus
            stops.append(now)
            assert self.page.evaluate(self.SEEN), f"one cannot see that the focus is on {now!r} ({self.page.url})"
            if now == name or now.startswith(name):
                return
        raise AssertionError(f"Tab never reaches {name!r} on {self.page.url}; it stops at {list(dict.fromkeys(stops))}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def follow(self, name: str) -> None:
        """Go to a link or button and press Enter, and wait for the page that comes."""
        self.tab_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
