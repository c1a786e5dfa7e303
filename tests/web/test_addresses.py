"""Addresses put together from kept patterns are the addresses Flask would make."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError

CASES = [
    ("home.show_more", {}),
    ("messaging.list_threads", {"person_id": uuid4()}),
    ("messaging.list_threads", {"person_id": uuid4(), "place": "archive"}),
    ("messaging.list_threads", {"person_id": uuid4(), "before": "2026-11-23T10:00:00+00:00~abc", "folder": uuid4()}),
    ("messaging.list_threads", {"person_id": uuid4(), "before": "a b&c=d/é?#%{x}"}),
    ("messaging.show_thread", {"person_id": uuid4(), "thread_id": uuid4()}),
    ("messaging.show_thread", {"person_id": str(uuid4()), "thread_id": uuid4()}),
    ("messaging.list_threads", {"person_id": uuid4(), "place": None}),
    ("messaging.list_threads", {"person_id": uuid4(), "_external": True}),
    ("messaging.list_threads", {"person_id": uuid4(), "_anchor": "top"}),
]


@pytest.mark.parametrize(("endpoint", "values"), CASES)
@pytest.mark.parametrize("mounted_at", ["", "/portal"])
def test_an_address_is_the_one_flask_makes_also_the_second_time(app, endpoint, values, mounted_at):
    with app.test_request_context("/", base_url=f"http://localhost{mounted_at}/"):
        wanted = Flask.url_for(app, endpoint, **values)
        assert [url_for(endpoint, **values) for _ in range(3)] == [wanted] * 3


def test_a_view_that_does_not_exist_is_an_error(app):
    with app.test_request_context("/", base_url="http://localhost/"), pytest.raises(BuildError):
        url_for("no.such_view", word="x")
