"""Sealing binds a value to its place; keys rotate; a damaged key file is said plainly."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.crypto import KeyRing, Unreadable, new_key, seal, unseal, write_secret_file
from portal.infra.errors import Misconfigured

pytestmark = pytest.mark.one_database
KEY = new_key()


@given(st.binary(max_size=500), st.text(max_size=50).filter(lambda t: t.isprintable()))
def test_what_is_sealed_opens_to_the_same_and_never_looks_the_same(plain, place):
    first, second = seal(KEY, plain, place), seal(KEY, plain, place)
    assert unseal(KEY, first, place) == plain
    assert first != second


@pytest.mark.parametrize(
    ("key", "place", "change"),
    [
        (new_key(), "message.body:1", lambda b: b),
        (KEY, "message.body:2", lambda b: b),
        (KEY, "message.body:1", lambda b: b[:-1] + bytes([b[-1] ^ 1])),
        (KEY, "message.body:1", lambda b: b[:20]),
    ],
    ids=["another key", "another row", "changed", "cut"],
)
def test_a_value_that_was_moved_or_changed_does_not_open(key, place, change):
    sealed = seal(KEY, b"the potassium is high", "message.body:1")
    with pytest.raises(Unreadable) as raised:
        unseal(key, change(sealed), place)
    assert "potassium" not in str(raised.value)


def test_what_an_older_master_key_wrapped_still_opens_after_a_rotation():
    ring = KeyRing.new()
    wrapped = ring.wrap(KEY, "patient_key:1")
    rotated = ring.rotated()
    assert rotated.unwrap(wrapped, "patient_key:1") == KEY
    assert rotated.wrap(KEY, "patient_key:1")[:4] != wrapped[:4]
    with pytest.raises(Unreadable):
        ring.unwrap(rotated.wrap(KEY, "patient_key:1"), "patient_key:1")


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "keys.json"
    first = KeyRing.open(path, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert KeyRing.open(path, create=True).masters == first.masters
    assert os.listdir(path.parent) == ["keys.json"]


def test_without_a_key_file_production_says_how_to_make_one(tmp_path):
    with pytest.raises(Misconfigured, match="portal keys create"):
        KeyRing.open(tmp_path / "keys.json", create=False)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"current": 1}', b'{"current": 2, "masters": {"1": "AAAA"}}'])
def test_a_damaged_key_file_stops_the_start(tmp_path, content):
    path = tmp_path / "keys.json"
    write_secret_file(path, content)
    with pytest.raises(Misconfigured, match="damaged"):
        KeyRing.open(path, create=True)


def test_a_key_file_that_others_can_read_stops_the_start(tmp_path):
    path = tmp_path / "keys.json"
    KeyRing.open(path, create=True)
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        KeyRing.open(path, create=True)


def test_a_key_ring_never_prints_its_keys():
    assert "masters" not in repr(KeyRing.new())
