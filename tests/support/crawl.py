"""Walks the portal as somebody would who follows every link."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException

from tests.support.page import Page, PageClient

# One of the patient, of each kind of relative, of each kind of staff, and of those who run the place.
ROLES = (
    "margery.gibson",
    "rosa.tate",
    "carl.gibson",
    "mariana.acuna",
    "mariam.gleason",
    "ines.okafor",
    "amy.tran",
    "noah.lindqvist",
    "jordan.blake",
    "robin.vale",
)
PER_ENDPOINT = 3


def pages(client: PageClient, start: str = "/", *, per_endpoint: int = PER_ENDPOINT) -> Iterator[tuple[str, Page]]:
    """Every page that links lead to from `start`, as (endpoint, page), inspected; a few of each endpoint.

    A link that leads to an error fails the walk: what we show may be followed.
    """
    seen: set[str] = set()
    visits: Counter[str] = Counter()
    waiting = deque([(start, "the start")])
    while waiting:
        url, where = waiting.popleft()
        endpoint = endpoint_of(client, url)
        if url in seen or visits[endpoint] >= per_endpoint:
            continue
        seen.add(url)
        visits[endpoint] += 1
        page = fetch(client, url, where)
        if 300 <= page.status < 400:
            waiting.append((page.location, url))
            continue
        yield endpoint, page
        for link in page.links:
            target = urlsplit(urljoin(url, link.href))
            if not target.netloc and target.scheme in ("", "http") and target.path.startswith("/"):
                address = target._replace(fragment="").geturl()
                # A language link stays on the page and changes all that come after it.
                if not address.startswith("/static/") and "lang=" not in target.query:
                    waiting.append((address, url))


def fetch(client: PageClient, url: str, where: str) -> Page:
    """GET one address; anything but a page, a file or a redirect is an error of the page that links to it."""
    response = client.http.get(url, base_url=client.base_url, headers={"Accept-Language": client.language})
    if response.status_code >= 400:
        failed = f"{where} links to {url}, which answers {response.status_code}"
        raise AssertionError(failed) from client.app.extensions.get("last error")
    page = Page(client, url, response, fragment=False)
    client.inspect(page)
    return page


def endpoint_of(client: PageClient, url: str) -> str:
    """The endpoint behind an address."""
    adapter = client.app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(urlsplit(url).path, method="GET")
    except HTTPException:  # not found, or a redirect of the router: told when it is fetched
        return url
    return str(endpoint)
