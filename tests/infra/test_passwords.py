"""Password hashing says yes to the password, no to everything else, and takes as long for nobody."""

from __future__ import annotations

import pytest

from portal.infra.passwords import Passwords

pytestmark = pytest.mark.one_database
WEAK = Passwords(8, 1)


def test_the_password_matches_however_the_keyboard_composed_it():
    encoded = WEAK.hash("cafe\u0301 society")
    assert WEAK.verify(encoded, "caf\u00e9 society")
    assert not WEAK.verify(encoded, "cafe society")


def test_an_unknown_account_is_hashed_for_too_and_never_matches(monkeypatch):
    asked = []
    real = WEAK._hasher.verify
    monkeypatch.setattr(WEAK, "_hasher", type("Spy", (), {"verify": lambda _s, e, p: asked.append(e) or real(e, p)})())
    assert not WEAK.verify(None, "nobody has this password")
    assert len(asked) == 1


def test_an_absurdly_long_password_is_refused_before_it_is_hashed():
    with pytest.raises(ValueError, match="too long"):
        WEAK.hash("x" * 1025)
    assert not WEAK.verify(WEAK.hash("x"), "x" * 100_000)


def test_a_damaged_hash_is_no_match():
    assert not WEAK.verify("$argon2id$broken", "x")


def test_a_hash_of_weaker_days_is_stale():
    assert Passwords(16, 1).is_stale(WEAK.hash("x"))
    assert not WEAK.is_stale(WEAK.hash("x"))
