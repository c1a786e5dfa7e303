"""Kept pieces of the layout: the same for everybody except in their gaps, and each reader's own there."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader

from portal.web.fragments import kept, mark
from portal.web.shell import COUNTED, Room


@pytest.fixture
def piece(app):
    """A function that renders a small template with two gaps and a value."""
    words = "<p title='{{ name }}'>{{ _('Messages') }} {{ number }}: {{ name }}, {{ token }}</p>"
    app.jinja_env.loader = DictLoader({"piece.html": words, "plain.html": "<b>{{ _('Messages') }}</b>"})
    fill = kept(app)

    def render(template, *arguments, language="en", **values):
        with app.test_request_context(f"/?lang={language}", base_url="http://localhost"):
            app.preprocess_request()
            return str(fill(template, *arguments, **values))

    return render


def test_each_page_fills_the_gaps_with_its_own_escaped(piece):
    first = piece("piece.html", {"name": "Ada", "token": "t1"}, number=3)
    second = piece("piece.html", {"name": "<i>'B\"o", "token": "t2"}, number=3)
    assert first == "<p title='Ada'>Messages 3: Ada, t1</p>"
    assert second == "<p title='&lt;i&gt;&#39;B&#34;o'>Messages 3: &lt;i&gt;&#39;B&#34;o, t2</p>"


def test_what_looks_like_a_gap_in_somebodys_name_is_not_one(piece):
    assert mark("token") in piece("piece.html", {"name": mark("token"), "token": "secret"}, number=1).split(",")[0]


def test_another_value_or_language_is_another_piece(piece):
    assert " 4:" in piece("piece.html", {"name": "", "token": ""}, number=4)
    assert piece("plain.html", language="es") != piece("plain.html", language="en")
    assert piece("plain.html", language="en") == "<b>Messages</b>"


def test_very_many_are_said_as_more_than_are_counted():
    assert Room("inbox", "Inbox", "inbox", "/", COUNTED).waits == "99"
    assert Room("inbox", "Inbox", "inbox", "/", COUNTED + 1).waits == "99+"
