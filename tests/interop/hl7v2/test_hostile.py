"""Framing, escapes, and messages that mean harm."""

from __future__ import annotations

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.interop.hl7v2.framing import Framer, framed, is_whole, split
from portal.interop.hl7v2.reading import Marks, Part, escape, read, unescape
from portal.interop.hl7v2.refusals import Unaccepted
from tests.interop.conftest import Importer
from tests.interop.hl7v2.conftest import Send, potassium, said

MARKS = Marks()
WORDS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"), max_size=60)


@given(WORDS)
def test_what_is_escaped_comes_back(text: str) -> None:
    assert unescape(escape(text, MARKS), MARKS) == text


@given(WORDS)
def test_unescaping_ends_and_never_raises(text: str) -> None:
    unescape(text, MARKS)


@given(st.lists(st.binary(min_size=1, max_size=50).filter(lambda b: b"\x1c" not in b), max_size=6), st.integers(1, 17))
def test_frames_come_out_whole_however_they_arrive(messages: list[bytes], size: int) -> None:
    stream = b"noise".join([b"", *map(framed, messages)])
    framer = Framer()
    found = [f for at in range(0, len(stream), size) for f in framer.feed(stream[at : at + size])]
    assert found == messages
    assert not framer.is_waiting


def test_a_frame_without_end_is_refused() -> None:
    framer = Framer(most=1000)
    with pytest.raises(Unaccepted):
        framer.feed(b"\x0b" + b"x" * 2000)


def test_a_batch_is_its_messages() -> None:
    one, two = potassium(control="1"), potassium(control="2")
    batch = b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + one + two + b"BTS|2\rFTS|1\r"
    assert split(batch) == [one, two]
    assert is_whole(batch)
    assert not is_whole(batch[: batch.index(b"BTS")])
    assert not is_whole(one[:-1])


@pytest.mark.parametrize(
    ("text", "meant"),
    [(r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"), (r"x\.br\y", "x\ny"), (r"\X41\ \H\bold\N\ ", "A bold "),
     (r"lonely \ sign", "lonely \\ sign"), (r"\Zunknown\ ", "\\Zunknown\\ "), (r"\X00\ ", " ")],
)  # fmt: skip
def test_escapes(text: str, meant: str) -> None:
    assert unescape(text, MARKS) == meant


@pytest.mark.parametrize(("name", "codec"), [("", "utf-8"), ("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1")])
def test_character_sets(name: str, codec: str) -> None:
    raw = rf"MSH|^~\&|A|B|C|D|2026||ORU^R01|1|P|2.5||||||{name}" + "\rPID|1||1||Muñoz^José\r"
    pid = read(raw.encode(codec)).first("PID")
    assert pid is not None
    assert pid.part(5) == Part("Muñoz^José", pid.marks)


def test_other_separators_are_read() -> None:
    found = read(b"MSH#*@!%#A#B#C#D#2026##ORU*R01#1#P#2.5\rOBX#1#ST#a*b#!F!#x@y\r")
    assert (found.kind, found.control_id) == ("ORU^R01", "1")
    obx = found.first("OBX")
    assert obx is not None
    assert [p.text() for p in obx.parts(5)] == ["x", "y"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"MSH", b"\x00" * 10, b"PID|1\r", b"MSH|", b"MSH|^~\\&|\0|", b"MSHHHHHHHHHH", b"MSH|^^^^|A|B\r",
     b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\r\xff\xfe\r", b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\rnothing\r",
     b"MSH|^~\\&|A|B|C|D|2026||ORU^R01||P|2.5\r", b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5||||||KLINGON\r",
     b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\rPID" + b"|" * 5000 + b"\r",
     b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\r" + b"NTE|\r" * 30_000],
)  # fmt: skip
def test_what_can_not_be_a_message_is_rejected_and_nothing_kept(raw: bytes, send: Send, kept: Importer) -> None:
    assert said(send(raw)) == "AR"
    assert kept.one("SELECT count(*) FROM feed_message") == 0


def test_a_segment_of_ten_megabytes_is_taken(send: Send, kept: Importer) -> None:
    raw = potassium() + b"NTE|2||" + b"~^&|"[:3] * 3_400_000 + b"\rZZZ|kept\r"
    assert said(send(raw)) in ("AA", "AE")
    assert kept.one("SELECT count(*) FROM feed_message") == 1


def test_a_control_id_with_another_content_is_rejected(send: Send, kept: Importer) -> None:
    send(potassium("4.1"))
    assert said(send(potassium("9.9"))) == "AR"
    assert float(kept.one("SELECT value FROM result")) == 4.1


def test_answers_are_read_by_another_reader(send: Send) -> None:
    (answer,) = send(potassium())
    found = hl7.parse(answer)
    assert (str(found["MSH.F9.R1.C1"]), str(found["MSA.F1"]), str(found["MSA.F2"])) == ("ACK", "AA", "c1")


def test_what_is_kept_is_sealed(send: Send, kept: Importer) -> None:
    send(potassium())
    assert b"Vorblinth" not in bytes(kept.one("SELECT body FROM feed_message"))
