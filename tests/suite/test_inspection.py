"""The page inspector itself: a good page passes, and each broken rule is told."""

from __future__ import annotations

import pytest

from tests.support.headers import cookie_rules
from tests.support.html import parse
from tests.support.inspection import inspect

NONCE = "Zm9vYmFyYmF6cXV4cXV1eA"
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}
GOOD = f"""<!doctype html><html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Your results – Riverside</title><script src="/static/js/portal.js" nonce="{NONCE}" defer></script></head>
<body><a href="#main">Skip to the content</a><nav aria-label="Rooms"><ul><li><a href="/x">Messages</a></li></ul></nav>
<main id="main"><h1>Your results</h1><h2>New</h2>
<form method="post" action="/x"><input type="hidden" name="csrf_token" value="abc">
<label for="q">Your question</label><div id="q-hint">Short is fine</div>
<textarea id="q" name="q" aria-describedby="q-hint"></textarea>
<fieldset><legend>When?</legend><label><input type="radio" name="w" value="1"> Now</label>
<label><input type="radio" name="w" value="2"> Later</label></fieldset><button>Send</button></form>
<table><caption>Values</caption><tr><th scope="col">Test</th></tr><tr><td>5</td></tr></table>
<p>Taken <time datetime="2026-03-10">10 March</time> <img src="/static/a.svg" alt=""> &lt; 5</p></main></body></html>"""


def broken(html: str, *, whole: bool = True, status: int = 200, headers: dict[str, str] = HEADERS) -> list[str]:
    root, tags, _doctype = parse(html)
    return [*tags, *inspect(root, headers, whole=whole, status=status)]


def test_a_good_page_passes() -> None:
    assert broken(GOOD) == []


BAD = [
    ("<h1>Your results</h1>", "<h1>Your results</h1><h1>Again</h1>", "exactly one h1"),
    ("<title>Your results", "<title>Riverside", "begins with the h1"),
    ("<title>Your results", "<title>Error: Your results", 'no "Error: " in its title'),
    ('<html lang="en">', "<html>", "names the language"),
    ('content="width=device-width"', 'content="width=device-width, user-scalable=no"', "may zoom"),
    ('<main id="main">', '<main id="content">', "skip link #main leads to main"),
    ('<a href="#main">Skip to the content</a>', "", "first link skips"),
    ("</nav>", '</nav><nav aria-label="Rooms"></nav>', "names of their own"),
    ('id="q-hint"', 'id="q"', "is used 2 times"),
    ('aria-describedby="q-hint"', 'aria-describedby="gone"', "points at nothing"),
    ('<label for="q">Your question</label>', '<label for="main">Your question</label>', "a field needs a label"),
    ('<textarea id="q"', '<textarea placeholder="Type" id="q"', "a placeholder is no help"),
    ("<legend>When?</legend>", "", "a fieldset has a legend"),
    ('<img src="/static/a.svg" alt="">', '<img src="/static/a.svg">', "an image has a text"),
    ("<h2>New</h2>", "<h3>New</h3>", "jumps from h1 to h3"),
    ('<a href="/x">Messages</a>', '<a href="/x"></a>', "says where it leads"),
    ('<a href="/x">Messages</a>', '<a href="/x">Click here</a>', "says nothing about"),
    ('<a href="/x">', '<a href="javascript:go()">', "runs no code"),
    ("<button>Send</button>", "<button> </button>", "says what it does"),
    ("<button>Send</button>", "", "sent without JavaScript"),
    ('<input type="hidden" name="csrf_token" value="abc">', "", "one CSRF token"),
    ('method="post"', 'method="get"', "CSRF token in the address"),
    ("<h2>", '<h2 style="color:red">', "no inline style"),
    ("<h2>", '<h2 onclick="go()">', "no inline handler"),
    ("<h2>New</h2>", "<h2>New</h2><script>go()</script>", "no inline script"),
    (f'nonce="{NONCE}" defer', "defer", "carries the nonce"),
    ('src="/static/a.svg"', 'src="https://example.org/a.svg"', "comes from this portal"),
    ("<ul><li>", "<ul><div></div><li>", "a list holds list items"),
    ('<th scope="col">', "<th>", "says what it heads"),
    ("<caption>Values</caption>", "", "a table has a caption"),
    ('<time datetime="2026-03-10">', "<time>", "for machines too"),
    ("&lt; 5", "&amp;lt; 5", "something spilled"),
    ("&lt; 5", "</p><p>{{ page.title }}", "something spilled"),
    ("&lt; 5", "</p><p>None", "something spilled"),
    ("</fieldset>", "</fieldset></div>", "</div> closes"),
    ("<h2>New</h2>", "<section><h2>New</h2>", "closes <section>"),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD, ids=[f"{told} ({n})" for n, (_, _, told) in enumerate(BAD)])
def test_a_broken_rule_is_told(old: str, new: str, told: str) -> None:
    assert old in GOOD
    found = broken(GOOD.replace(old, new))
    assert any(told in sentence for sentence in found), found


def test_choices_stand_in_a_fieldset() -> None:
    loose = GOOD.replace("<fieldset><legend>When?</legend>", "<div>").replace("</fieldset>", "</div>")
    assert any("stand in a fieldset" in sentence for sentence in broken(loose))


def test_a_form_with_mistakes_says_so_in_title_and_summary() -> None:
    assert any("error summary" in sentence for sentence in broken(GOOD, status=422))
    summary = GOOD.replace("<h1>", '<div class="nhsuk-error-summary"><a href="#q">Enter a question</a></div><h1>')
    assert any('begins with "Error: "' in sentence for sentence in broken(summary, status=422))
    assert broken(summary.replace("<title>", "<title>Error: "), status=422) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("default-src 'none'", "default-src 'self'", "default-src"),
        ("style-src 'self'", "style-src 'self' 'unsafe-inline'", "unsafe-inline"),
        ("script-src 'self'", "script-src 'self' 'strict-dynamic'", "strict-dynamic"),
        ("script-src 'self'", "script-src 'self' https://example.org", "scripts are our own"),
        (f" 'nonce-{NONCE}'", "", "with a nonce"),
        ("frame-ancestors 'none'", "frame-ancestors 'self'", "frame-ancestors"),
        ("; require-trusted-types-for 'script'", "", "trusted types"),
    ],
)
def test_a_loose_policy_is_told(old: str, new: str, told: str) -> None:
    headers = {**HEADERS, "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(old, new)}
    assert any(told in sentence for sentence in broken(GOOD, headers=headers))


@pytest.mark.parametrize("name", list(HEADERS))
def test_a_missing_header_is_told(name: str) -> None:
    assert broken(GOOD, headers={key: value for key, value in HEADERS.items() if key != name})


def test_cookies_are_out_of_reach() -> None:
    assert cookie_rules("session=x; HttpOnly; SameSite=Lax; Path=/", https=False) == []
    assert len(cookie_rules("session=x; Path=/", https=True)) == 4


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("main h1", ["Your results"]),
        ("nav > ul > li a", ["Messages"]),
        ("#q-hint, h2", ["New", "Short is fine"]),
        ("h1 + h2", ["New"]),
        ('label[for="q"]', ["Your question"]),
        ("a[href^='/']", ["Messages"]),
        ("th:first-child", ["Test"]),
        ("label:not([for])", ["Now", "Later"]),
    ],
)
def test_selectors_find_what_they_say(selector: str, texts: list[str]) -> None:
    assert [element.text for element in parse(GOOD)[0].select(selector)] == texts
