"""Accessibility of every page for each kind of person: axe-core without violations, light and dark; 320 pixels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.browser import Watch, check_accessibility, check_reflow
from tests.support.crawl import pages
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer
from tests.support.page import PageClient

pytestmark = pytest.mark.demo


@pytest.mark.parametrize(
    ("login", "themes"),
    [
        ("margery.gibson", ("light", "dark")),
        ("rosa.tate", ("light",)),
        ("amy.tran", ("light", "dark")),
        ("mariam.gleason", ("light",)),
        ("robin.vale", ("light",)),
    ],
)
def test_every_page_is_accessible(
    page: Page,
    live_server: LiveServer,
    signed_in: Callable[..., None],
    client: PageClient,
    demo: Clinic,
    watch: Watch,
    login: str,
    themes: tuple[str, ...],
) -> None:
    account = demo.account(login)
    walked = [p.url for _, p in pages(client.as_(account), per_endpoint=1) if p.is_html]
    signed_in(account)
    for url in walked:
        page.goto(live_server.url(url))
        check_accessibility(page, themes=themes)
        check_reflow(page)


def test_the_pages_for_visitors_are_accessible(
    page: Page, live_server: LiveServer, client: PageClient, demo: Clinic, watch: Watch
) -> None:
    for url in [p.url for _, p in pages(client, per_endpoint=1) if p.is_html]:
        page.goto(live_server.url(url))
        check_accessibility(page, themes=("light", "dark"))
        check_reflow(page)
