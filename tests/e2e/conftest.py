"""Browser tests: a real Chromium, the portal on a real socket, and an eye on all that a page must never do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page

from scripts.compress_static import refresh
from scripts.find_chromium import SYSTEM_NAMES
from tests.support.browser import Keyboard, Watch, launch_arguments
from tests.support.live_server import LiveServer, free_port, serve
from tests.support.sessions import open_session

if TYPE_CHECKING:
    import socket

    from flask import Flask

    from portal.infra.settings import Settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def base_url() -> None:
    """Playwright's own idea of an address; each test has a portal of its own instead."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    """Playwright's own browser when it is there, else the system's Chromium, else a word on how to get one."""
    given = dict(browser_type_launch_args)
    if "executable_path" in given or "channel" in given:
        return given
    own = browser_type.executable_path if Path(browser_type.executable_path).exists() else None
    found = own or next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.exit("No Chromium: run `make test`, or install the system package `chromium`", 3)
    return {**given, **launch_arguments(None if found == own else found)}


@pytest.fixture
def _listener() -> Iterator[tuple[socket.socket, int]]:
    with free_port() as found:
        yield found


@pytest.fixture
def settings_values(settings_values: dict[str, Any], _listener: tuple[socket.socket, int]) -> dict[str, Any]:
    """The portal lives where the browser will look for it. `localhost`, for passkeys work on no bare number."""
    return {**settings_values, "base_url": f"http://localhost:{_listener[1]}"}


@pytest.fixture
def live_server(app: Flask, settings: Settings, _listener: tuple[socket.socket, int]) -> Iterator[LiveServer]:
    """The app of this test on its socket."""
    refresh()
    with serve(app, _listener[0], settings.base_url) as server:
        yield server


@pytest.fixture
def watch(context: BrowserContext, live_server: LiveServer) -> Iterator[Watch]:
    """Fails the test at its end when the console complained or a page spoke to another host."""
    watching = Watch(context, live_server.base_url)
    yield watching
    watching.check()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A page that is watched."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


@pytest.fixture
def signed_in(live_server: LiveServer, context: BrowserContext) -> Callable[..., None]:
    """`signed_in(account)` gives this browser a session of that account."""

    def enter(account: Any, context: BrowserContext = context, methods: str = "pwd otp") -> None:
        header = open_session(live_server.app, getattr(account, "id", account), live_server.base_url, methods)
        name, value = header.split(";")[0].split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": live_server.base_url}])

    return enter


@pytest.fixture
def no_javascript(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser that runs no scripts, on a phone."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    watching = Watch(context, live_server.base_url)
    yield context
    context.close()
    watching.check()


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    """Hands on the keyboard of `page`."""
    return Keyboard(page)
