"""The browser machinery on a small page of our own: what it must notice, it notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.conftest import base_url, browser_type_launch_args  # noqa: F401
from tests.support.browser import Keyboard, Watch, check_accessibility, check_reflow
from tests.support.live_server import LiveServer, free_port, serve

PAGES = {
    "good": '<h1>Good</h1><p><a href="/other">Other page</a> <button>Press me</button></p>',
    "bad": '<h1>Bad</h1><img src="/x.png"><input name="q">',
    "wide": '<h1>Wide</h1><div class="w">0</div>',
    "inline": '<h1>Inline</h1><script>document.title = "ran"</script>',
    "hidden": '<h1>Hidden</h1><p><a class="plain" href="/other">Other page</a></p>',
}
CSS = ".w { width: 900px } a.plain { outline: none; box-shadow: none } .w, a, button { color: #000; background: #fff }"


@pytest.fixture(scope="module")
def small() -> Iterator[LiveServer]:
    app = Flask(__name__)

    @app.get("/<name>")
    def show(name: str) -> Response:
        if name == "style.css":
            return Response(CSS, mimetype="text/css")
        head = f'<meta charset="utf-8"><title>{name.title()}</title><link rel="stylesheet" href="/style.css">'
        body = (
            f'<!doctype html><html lang="en"><head>{head}</head><body><main>{PAGES.get(name, "<h1>Else</h1>")}</main>'
        )
        policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'"
        return Response(body + "</body></html>", headers={"Content-Security-Policy": policy}, mimetype="text/html")

    with free_port() as (listener, port), serve(app, listener, f"http://localhost:{port}") as server:
        yield server


@pytest.fixture
def quiet(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def test_a_good_page_passes(quiet: BrowserContext, small: LiveServer) -> None:
    watch = Watch(quiet, small.base_url)
    page = quiet.new_page()
    page.goto(small.url("/good"))
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    keyboard = Keyboard(page)
    keyboard.tab_to("Press me")
    keyboard.press("Shift+Tab")
    assert keyboard.focus == "Other page"
    watch.check()


def test_missing_names_are_noticed(quiet: BrowserContext, small: LiveServer) -> None:
    page = quiet.new_page()
    page.goto(small.url("/bad"))
    with pytest.raises(AssertionError, match="image-alt"):
        check_accessibility(page)


def test_a_page_that_is_too_wide_is_noticed(quiet: BrowserContext, small: LiveServer) -> None:
    page = quiet.new_page()
    page.goto(small.url("/wide"))
    with pytest.raises(AssertionError, match="wider than 320"):
        check_reflow(page)


def test_a_breach_of_the_policy_is_noticed(quiet: BrowserContext, small: LiveServer) -> None:
    watch = Watch(quiet, small.base_url)
    page = quiet.new_page()
    page.goto(small.url("/inline"))
    page.wait_for_load_state("networkidle")
    assert page.title() == "Inline"
    with pytest.raises(AssertionError, match="Content Security Policy"):
        watch.check()


def test_a_focus_that_cannot_be_seen_is_noticed(quiet: BrowserContext, small: LiveServer) -> None:
    page = quiet.new_page()
    page.goto(small.url("/hidden"))
    with pytest.raises(AssertionError, match="cannot see"):
        Keyboard(page).tab_to("Other page")
