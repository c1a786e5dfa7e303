"""Headers, policies and addresses that hold for every answer."""

from __future__ import annotations

import pytest

from portal.web.security import csp, safe_next

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("target", ["/", "/people/1/results?page=2", "/a#b"])
def test_a_path_of_this_portal_is_a_safe_next(target):
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "people",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "/a\\b",
        "/" * 2001,
    ],
)
def test_anything_else_is_not(target):
    assert safe_next(target) is None


def test_the_policy_lets_nothing_in_from_outside_and_nothing_run_inline():
    policy = csp("abc")
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'nonce-abc';" in policy
    assert "require-trusted-types-for 'script'" in policy
    for weak in ("unsafe", "strict-dynamic", "http:", "https:", "*"):
        assert weak not in policy


def test_static_files_may_be_kept_for_ever_and_carry_the_headers(app):
    path = app.jinja_env.globals["asset"]("css/tokens.css")
    with app.test_client().get(path) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_two_answers_never_share_a_nonce(app):
    client = app.test_client()
    first, second = (client.get("/nowhere").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second
