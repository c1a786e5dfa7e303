"""Every page that somebody can reach by links, for every kind of person, in the demo clinic.

Each is inspected (tests/support/inspection.py), no link leads to an error, and no page asks the database more than a
few dozen questions, however much there is to show.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.support.crawl import ROLES, endpoint_of, fetch, pages
from tests.support.demo import Clinic
from tests.support.page import PageClient
from tests.support.statements import Statements

pytestmark = pytest.mark.demo
CEILING = 30


@pytest.mark.parametrize("login", ROLES)
def test_every_page_keeps_the_rules_and_every_link_leads_somewhere(
    client: PageClient, demo: Clinic, login: str
) -> None:
    walked = list(pages(client.as_(demo.account(login))))
    assert len({endpoint for endpoint, _ in walked}) >= 3, walked


def test_every_page_for_visitors_keeps_the_rules(client: PageClient, demo: Clinic) -> None:
    assert list(pages(client))


def test_a_visitor_may_choose_the_language(client: PageClient, demo: Clinic) -> None:
    assert client.get("/about?lang=es").one("html")["lang"] == "es"
    assert client.get("/about").one("html")["lang"] == "es"


@pytest.mark.parametrize("login", ["margery.gibson", "rosa.tate", "amy.tran", "mariam.gleason", "robin.vale"])
def test_no_page_asks_too_many_questions(
    client: PageClient,
    demo: Clinic,
    login: str,
    count_statements: Callable[[], AbstractContextManager[Statements]],
) -> None:
    browser = client.as_(demo.account(login))
    urls = [page.url for _, page in pages(browser, per_endpoint=1)]
    for url in urls:
        with count_statements() as seen:
            fetch(browser, url, "the walk")
        assert seen.count <= CEILING, f"{endpoint_of(browser, url)} asks {seen.count} times:\n{seen!r}"


def test_a_page_in_spanish_keeps_the_rules(client: PageClient, demo: Clinic) -> None:
    """Mariana reads Spanish, and so does her browser: each page says that it is in Spanish."""
    browser = client.as_(demo.account("mariana.acuna"))
    browser.language = "es"
    walked = [page for _, page in pages(browser, per_endpoint=1) if page.is_html]
    assert walked
    assert [page.url for page in walked if page.one("html")["lang"] != "es"] == []
