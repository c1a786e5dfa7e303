"""Reading: every file gives its resources whole and as written, or one clear refusal with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.interop import limits
from portal.interop.reading import Found, Missed, compact, read
from portal.interop.reasons import Refused
from portal.interop.sources import from_bytes
from tests.interop.conftest import BUNDLES

PATIENT = {"resourceType": "Patient", "id": "1"}


def outcome(content: bytes, *, lines: bool = False) -> Any:
    """The places found or missed, or the refusal with its place."""
    try:
        return [
            (each.place, "found" if isinstance(each, Found) else each.code)
            for each in read(from_bytes(content), lines=lines)
        ]
    except Refused as error:
        return error.code, error.inside


BUNDLE = b'{"resourceType":"Bundle","type":"collection","entry":['


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("empty-file", "")),
        (b" \n\t", ("empty-file", "")),
        (b"[1, 2]", ("not-fhir", "line 1")),
        (b"hello", ("broken-json", "line 1")),
        (b'"a text"', ("not-fhir", "line 1")),
        (b"{", ("cut-off", "line 1")),
        (b'{"resourceType":"Patient","name"', ("cut-off", "line 1")),
        (b'{"resourceType":"Patient","a":"\xc3', ("cut-off", "")),
        (b'{"resourceType":"Patient","a":"\xff"}', ("not-utf8", "")),
        ('{"resourceType":"Patient"}'.encode("utf-16"), ("not-utf8", "")),
        (b'{"resourceType":"Patient","a":NaN}', ("broken-json", "line 1")),
        (b'{"resourceType":"Patient","a":' + b"[" * 100_000, ("too-deep", "line 1")),
        (b'{"no":"type"}', [("line 1", "not-fhir")]),
        (BUNDLE + b'{"resource":{"resourceType":"Patient"}', ("cut-off", "line 1")),
        (BUNDLE + b'\n\n{"resource":{"resourceType" "Patient"}}]}' + b" " * 40, ("broken-json", "line 3")),
        (BUNDLE + b"3,{}]}", [("entry[0]", "no-resource"), ("entry[1]", "no-resource")]),
        (BUNDLE + b'{"resource":{"id":"1"}}]}', [("entry[0]", "not-fhir")]),
        (BUNDLE + b'{"request":{"method":"DELETE","url":"Patient/1"}}]}', [("entry[0]", "method")]),
        (b'{"resourceType":"Bundle","type":"history","entry":[]}', ("bundle-type", "")),
        (b'{"entry":[],"type":"collection"}', ("not-fhir", "")),
        (b'{"resourceType":"Bundle" "type":"collection"}' + b" " * 40, ("broken-json", "line 1")),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_said_to_be_so(content: bytes, expected: Any) -> None:
    assert outcome(content) == expected


def test_the_type_of_a_bundle_may_come_after_its_entries() -> None:
    content = b'{"entry":[{"resource":{"resourceType":"Patient","id":"1"}}],"type":"batch","resourceType":"Bundle"}'
    assert outcome(content) == [("entry[0]", "found")]


def test_a_byte_order_mark_is_skipped_and_said() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(PATIENT).encode()
    assert outcome(content) == [("", "byte-order-mark"), ("line 1", "found")]
    assert outcome(content, lines=True) == [("line 1", "byte-order-mark"), ("line 1", "found")]


def test_resources_one_after_the_other_need_no_special_name() -> None:
    assert outcome(b'{"resourceType":"Patient","id":"1"}\n{"resourceType":"Patient","id":"2"}\n') == [
        ("line 1", "found"),
        ("line 2", "found"),
    ]


def test_a_broken_line_does_not_stop_the_others() -> None:
    content = b'{"resourceType":"Patient"}\n\n{"resourceType":\n[]\n\xff\n{"resourceType":"Group"}'
    assert outcome(content, lines=True) == [
        ("line 1", "found"),
        ("line 3", "broken-line"),
        ("line 4", "not-fhir"),
        ("line 5", "not-utf8"),
        ("line 6", "found"),
    ]


def test_one_resource_beyond_all_measure_stops_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESOURCE", 2000)
    monkeypatch.setattr(limits, "CHUNK", 100)
    large = {"resourceType": "Binary", "data": "x" * 5000}
    assert outcome(json.dumps(large).encode()) == ("too-large", "line 1")
    assert outcome(json.dumps(large).encode(), lines=True) == ("too-large", "line 1")


@pytest.mark.parametrize("path", sorted(BUNDLES.glob("*.json.gz")), ids=lambda p: p.name[:2])
def test_the_text_of_each_resource_is_the_text_of_the_file(path: Any) -> None:
    import gzip

    whole = gzip.decompress(path.read_bytes()).decode()
    entries = json.loads(whole, parse_float=str)["entry"]
    found = [each for each in read(from_bytes(whole.encode()), lines=False) if isinstance(each, Found)]
    assert len(found) == len(entries)
    for each, entry in zip(found, entries, strict=True):
        assert each.text in whole
        assert json.loads(each.text, parse_float=str) == entry["resource"]
        assert each.full_url == entry.get("fullUrl")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
a_resource = st.dictionaries(st.text(), json_values, max_size=4).map(lambda d: {**d, "resourceType": "Patient"})
indents = st.sampled_from([None, 1, 4])


@given(st.lists(a_resource, max_size=4), st.integers(1, 40), indents, st.booleans())
@settings(deadline=None, max_examples=60)
def test_however_the_file_falls_into_pieces_the_resources_are_the_same(
    found: list[dict[str, Any]], chunk: int, indent: int | None, ascii_only: bool
) -> None:
    whole = {"resourceType": "Bundle", "total": 12, "type": "batch", "entry": [{"resource": each} for each in found]}
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    before = limits.CHUNK
    limits.CHUNK = chunk  # type: ignore[misc]
    try:
        given_back = [e.resource for e in read(from_bytes(text), lines=False) if isinstance(e, Found)]
    except Refused:
        assert b"\xed" in text, "only a lone surrogate is no UTF-8"
        return
    finally:
        limits.CHUNK = before  # type: ignore[misc]
    assert given_back == found


@given(st.binary(max_size=200), st.booleans())
@settings(deadline=None, max_examples=200)
def test_no_bytes_make_the_reader_stumble(content: bytes, lines: bool) -> None:
    outcome(content, lines=lines)


@given(st.integers(0, 400), st.booleans())
@settings(deadline=None, max_examples=100)
def test_a_file_cut_anywhere_is_refused_or_says_what_it_missed(at: int, lines: bool) -> None:
    whole = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": PATIENT}] * 5}).encode()
    cut = whole[: min(at, len(whole) - 1)]
    said = outcome(cut, lines=lines)
    assert isinstance(said, tuple) or all(code != "found" for _, code in said)


@given(json_values, indents)
@settings(deadline=None)
def test_compact_json_says_the_same_with_fewer_blanks(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    short = compact(text)
    assert short == json.dumps(value, separators=(",", ":"))
    assert compact(short) == short


def test_compact_json_keeps_numbers_as_written() -> None:
    assert compact('{ "a" : 1.50 , "b":[ 1E3, -0.0 ], "c": "a \\" b \\\\" }') == (
        '{"a":1.50,"b":[1E3,-0.0],"c":"a \\" b \\\\"}'
    )


def test_what_is_missed_names_its_type_where_it_is_known() -> None:
    content = BUNDLE + b'{"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PATCH"}}]}'
    (missed,) = read(from_bytes(content), lines=False)
    assert isinstance(missed, Missed)
    assert (missed.code, missed.resource_type) == ("method", "Patient")
