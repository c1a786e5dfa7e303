"""From what was named on the command line to streams of bytes: files, folders, compressed files, standard input."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from portal.interop import limits
from portal.interop.reasons import Refused

SUFFIXES = (".json", ".ndjson", ".jsonl")
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read (or standard input). `name` is how the operator knows it."""

    name: str
    path: Path | None
    size: int

    @property
    def is_compressed(self) -> bool:
        return self.name.endswith(".gz")

    @property
    def is_lines(self) -> bool:
        """Whether the name promises one resource a line (FHIR Bulk Data)."""
        return self.name.removesuffix(".gz").endswith((".ndjson", ".jsonl"))

    def open(self) -> Opened:
        """The bytes inside. Raises `Refused` when they can't be had."""
        if self.path is None:
            return Opened(sys.stdin.buffer, sys.stdin.buffer, compressed=False)
        try:
            raw = self.path.open("rb")
        except OSError as error:
            raise Refused("unreadable") from error
        return Opened(
            raw,
            cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.is_compressed else raw,
            compressed=self.is_compressed,
        )


class Opened:
    """A file being read. Every way in which reading can fail is a `Refused`."""

    def __init__(self, raw: BinaryIO, content: IO[bytes], *, compressed: bool) -> None:
        self._raw = raw
        self._content = content
        self._is_compressed = compressed
        self._given = 0

    def read(self, size: int) -> bytes:
        return self._take(lambda: self._content.read(size))

    def readline(self, size: int) -> bytes:
        return self._take(lambda: self._content.readline(size))

    def _take(self, action: object) -> bytes:
        try:
            found = cast("bytes", action())  # type: ignore[operator]
        except EOFError as error:
            raise Refused("cut-off") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Refused("not-gzip" if not self._given else "cut-off") from error
        except OSError as error:
            raise Refused("unreadable") from error
        self._given += len(found)
        if self._is_compressed and self._given > limits.RATIO_FROM and self._given > limits.RATIO * self.taken:
            raise Refused("too-dense")
        return found

    @property
    def taken(self) -> int:
        """Bytes read of the file itself: what a progress bar shows."""
        try:
            return self._raw.tell()
        except (OSError, ValueError):
            return 0

    def close(self) -> None:
        if self._raw is not sys.stdin.buffer:
            self._content.close()
            self._raw.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find(paths: list[str]) -> Iterator[Source | tuple[str, str]]:
    """The files behind `paths`, folders sorted by name and walked to the bottom; `(name, code)` for what is none.

    A linked folder is followed once; a loop of links ends there. `-` is standard input.
    """
    for given in paths:
        if given == STDIN:
            yield Source("standard input", None, 0)
            continue
        path = Path(given)
        if path.is_dir():
            found = False
            for source in _walk(path, set()):
                found = True
                yield source
            if not found:
                yield given, "nothing-here"
        elif path.exists():
            yield from _file(path)
        else:
            yield given, "unreadable"


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Source | tuple[str, str]]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        children = sorted(folder.iterdir())
    except OSError:
        yield str(folder), "unreadable"
        return
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _walk(child, seen)
        elif child.name.removesuffix(".gz").endswith(SUFFIXES):
            yield from _file(child)


def _file(path: Path) -> Iterator[Source | tuple[str, str]]:
    try:
        if not path.is_file():
            raise OSError("not a plain file")
        yield Source(str(path), path, path.stat().st_size)
    except OSError:
        yield str(path), "unreadable"


def from_bytes(content: bytes) -> Opened:
    """Bytes in memory, read like a file."""
    stream = io.BytesIO(content)
    return Opened(stream, stream, compressed=False)
