"""The file a backup is: it opens whole, with its key, as it was written, or not at all."""

from __future__ import annotations

import io
import random
import tracemalloc

import pytest

from portal.infra import archive
from portal.infra.archive import CHUNK, Damaged, Reader, Writer, WrongKey
from portal.infra.crypto import new_key

KEY = bytes(range(32))
CONTENT = {"small": b"a few words", "empty": b"", "large": random.Random(7).randbytes(3 * CHUNK + 17)}


def written(parts=CONTENT, key=KEY):
    file = io.BytesIO()
    writer = Writer(file, key, {"made_at": "then"})
    for name, content in parts.items():
        writer.part(name, io.BytesIO(content))
    writer.close(revision="0022")
    return file.getvalue()


def read(content, key=KEY):
    reader = Reader(io.BytesIO(content), key)
    return {name: b"".join(pieces) for name, pieces in reader.parts()}, reader.facts


def chunks_of(content):
    """The head, and each sealed chunk with its length before it."""
    at = len(archive.MAGIC)
    at += 4 + int.from_bytes(content[at : at + 4], "big")
    head, pieces = content[:at], []
    while at < len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4], "big")
        pieces.append(content[at:end])
        at = end
    return head, pieces


def test_what_was_written_is_read_and_the_manifest_says_what_it_is():
    found, facts = read(written())
    assert found == CONTENT
    assert (facts["made_at"], facts["revision"]) == ("then", "0022")


def test_nothing_of_the_content_stands_in_the_clear():
    assert b"a few words" not in written() and b"small" not in written()


def test_another_key_is_told_from_a_damaged_file():
    with pytest.raises(WrongKey, match="was made with the key"):
        read(written(), new_key())


@pytest.mark.parametrize("where", [3, 40, 300, 400_000, -1])
def test_a_changed_byte_is_noticed_wherever_it_is(where):
    content = bytearray(written())
    content[where] ^= 1
    with pytest.raises(Damaged):
        read(bytes(content))


def test_an_end_that_is_missing_is_noticed_at_any_length():
    content = written()
    head, pieces = chunks_of(content)
    whole_chunks = [head + b"".join(pieces[:n]) for n in range(len(pieces))]
    for cut in (*whole_chunks, content[:10], content[:-1], content[: len(head) + 3], content + b"x"):
        with pytest.raises(Damaged):
            read(cut)


def test_pieces_in_another_order_left_out_or_twice_are_noticed():
    head, pieces = chunks_of(written())
    assert len(pieces) > 3
    moved = [pieces[1], pieces[0], *pieces[2:]]
    for others in (moved, pieces[1:], [pieces[0], *pieces], [pieces[-1]], [*pieces, pieces[-1]]):
        with pytest.raises(Damaged):
            read(head + b"".join(others))


def test_a_piece_of_another_file_of_the_same_key_is_noticed():
    head, pieces = chunks_of(written())
    _, others = chunks_of(written())
    with pytest.raises(Damaged):
        read(head + b"".join([*pieces[:1], others[1], *pieces[2:]]))


def test_a_file_that_is_none_of_these_is_refused():
    for content in (b"", b"SQLite format 3\x00", archive.MAGIC, archive.MAGIC + b"\xff" * 40):
        with pytest.raises(Damaged):
            read(content)


def test_a_long_part_takes_no_more_memory_than_a_short_one():
    class Endless(io.RawIOBase):
        left = 40 * CHUNK

        def read(self, size=-1):
            taken = min(size, self.left)
            self.left -= taken
            return b"\x00" * taken

    class Counting(io.RawIOBase):
        def write(self, data):
            return len(data)

    tracemalloc.start()
    try:
        Writer(Counting(), KEY, {}).part("long", Endless())
        assert tracemalloc.get_traced_memory()[1] < 8 * CHUNK
    finally:
        tracemalloc.stop()
