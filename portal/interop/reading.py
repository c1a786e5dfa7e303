"""From bytes to resources, one at a time, with the text of each exactly as it came.

The standard library's scanner runs over a sliding window of text: on this kind of file it is twice as fast as an
event parser, and unlike one it knows where a resource begins and ends in the text, which is what keeps `1.50`,
the order of the keys and every unknown element.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from portal.interop import limits
from portal.interop.reasons import Refused
from portal.interop.sources import Opened

BUNDLES = frozenset({"transaction", "batch", "collection", "searchset", "document"})


@dataclass(slots=True)
class Found:
    """One resource: its text as it came, the same parsed, where it stood, and what its Bundle entry said of it."""

    place: str
    text: str
    resource: dict[str, Any]
    full_url: str | None = None


@dataclass(slots=True)
class Missed:
    """A place where there should have been a resource, and why there is none (a key of `reasons`)."""

    place: str
    code: str
    resource_type: str = ""


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode
_blank = re.compile(r"[ \t\n\r]*").match


def read(stream: Opened, *, lines: bool) -> Iterator[Found | Missed]:
    """Every resource in `stream`: a Bundle's, a single one, or one a line. Raises `Refused` when the file is broken;
    what came before is then not to be trusted either.
    """
    yield from _lines(stream) if lines else _Window(stream).resources()


# One resource a line ----------------------------------------------------------------------------------------------


def _lines(stream: Opened) -> Iterator[Found | Missed]:
    number = 0
    is_empty = True
    while line := stream.readline(limits.RESOURCE + 1):
        number += 1
        place = f"line {number}"
        if len(line) > limits.RESOURCE:
            raise Refused("too-large", place)
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            line = line[3:]
            yield Missed(place, "byte-order-mark")
        if not line.strip():
            continue
        is_empty = False
        try:
            text = line.decode().strip()
            resource = json.loads(text, parse_constant=_no_constant)
        except UnicodeDecodeError:
            yield Missed(place, "not-utf8")
        except RecursionError:
            yield Missed(place, "too-deep")
        except ValueError:
            yield Missed(place, "broken-line")
        else:
            yield _one(place, text, resource)
    if is_empty:
        raise Refused("empty-file")


def _one(place: str, text: str, resource: Any, full_url: Any = None) -> Found | Missed:
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return Missed(place, "not-fhir")
    return Found(place, text, resource, full_url if isinstance(full_url, str) else None)


# A Bundle, or a single resource -----------------------------------------------------------------------------------


class _Short(Exception):
    """The window ends inside a value."""


class _Window:
    """A stretch of the text. It slides on; only what is being read is held."""

    def __init__(self, stream: Opened) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._lines = 0
        self._is_over = False
        self.has_mark = False

    def resources(self) -> Iterator[Found | Missed]:
        self._fill()
        if self._text.startswith("\ufeff"):
            self._at = 1
            yield Missed("", "byte-order-mark")
        if not self._next():
            raise Refused("empty-file")
        number = 0
        while self._next():
            number += 1
            yield from self._top(number)

    def _top(self, number: int) -> Iterator[Found | Missed]:
        if self._text[self._at] != "{":
            self._broken("not-fhir" if number == 1 and self._text[self._at] in '["-0123456789tfn' else "broken-json")
        if number == 1 and self._is_bundle():
            yield from self._bundle()
            return
        line = self._line(self._at)
        resource, text = self._whole(self._value)
        yield _one(f"line {line}", text, resource)

    def _is_bundle(self) -> bool:
        """Look ahead, without moving on: `resourceType` Bundle, or an `entry` list before any resourceType."""

        def look() -> bool:
            at = self._skip(self._at + 1)
            while self._char(at) == '"':
                name, at = self._decoded(at)
                at = self._colon(at)
                if name == "entry" and self._char(at) == "[":
                    return True
                if name == "resourceType":
                    return self._decoded(at)[0] == "Bundle"
                _, at = self._decoded(at)
                at = self._comma(at)
            return False

        return bool(self._patiently(look))

    def _bundle(self) -> Iterator[Found | Missed]:
        self._at += 1
        bundle_type: Any = None
        resource_type: Any = None
        number = 0
        while self._next() and self._text[self._at] == '"':
            name, _ = self._whole(self._value)
            self._expect(":")
            if not self._next():
                self._broken("cut-off")
            if name == "entry" and self._text[self._at] == "[":
                self._at += 1
                while self._next() and self._text[self._at] != "]":
                    yield self._entry(number)
                    number += 1
                    if not self._next():
                        self._broken("cut-off")
                    if self._text[self._at] == ",":
                        self._at += 1
                    elif self._text[self._at] != "]":
                        self._broken("broken-json")
                self._expect("]")
            else:
                value, _ = self._whole(self._value)
                if name == "type":
                    bundle_type = value
                elif name == "resourceType":
                    resource_type = value
            if not self._next() or self._text[self._at] != ",":
                break
            self._at += 1
        self._expect("}")
        if resource_type != "Bundle":
            raise Refused("not-fhir")
        if bundle_type not in BUNDLES:
            raise Refused("bundle-type")

    def _entry(self, number: int) -> Found | Missed:
        place = f"entry[{number}]"
        if self._text[self._at] != "{":
            self._whole(self._value)
            return Missed(place, "no-resource")
        members, _ = self._whole(self._members)
        request, resource = members.get("request"), members.get("resource")
        method = request[0].get("method") if request and isinstance(request[0], dict) else None
        if resource is None or not isinstance(resource[0], dict):
            return Missed(place, "method" if method in ("DELETE", "GET", "HEAD", "PATCH") else "no-resource")
        kind = resource[0].get("resourceType")
        if method not in (None, "POST", "PUT"):
            return Missed(place, "method", kind if isinstance(kind, str) else "")
        return _one(place, resource[1], resource[0], members["fullUrl"][0] if "fullUrl" in members else None)

    # Parts of JSON, at a place in the window; `_Short` when it ends there

    def _char(self, at: int) -> str:
        if at >= len(self._text):
            raise _Short
        return self._text[at]

    def _skip(self, at: int) -> int:
        return _blank(self._text, at).end()  # type: ignore[union-attr]

    def _colon(self, at: int) -> int:
        at = self._skip(at)
        if self._char(at) != ":":
            self._broken("broken-json", at)
        return self._skip(at + 1)

    def _comma(self, at: int) -> int:
        at = self._skip(at)
        return self._skip(at + 1) if self._char(at) == "," else at

    def _decoded(self, at: int) -> tuple[Any, int]:
        try:
            value, end = _decode(self._text, at)
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - 32
            if is_cut and not self._is_over:
                raise _Short from error
            self._broken("cut-off" if is_cut else "broken-json", error.pos)
        except RecursionError:
            self._broken("too-deep", at)
        except (ValueError, StopIteration):
            self._broken("broken-json", at)
        if end == len(self._text) and not isinstance(value, dict | list | str) and not self._is_over:
            raise _Short  # a number may go on
        return value, end

    def _value(self, at: int) -> tuple[Any, int]:
        return self._decoded(at)

    def _members(self, at: int) -> tuple[dict[str, tuple[Any, str]], int]:
        """An object's members, each with its text."""
        found: dict[str, tuple[Any, str]] = {}
        at = self._skip(at + 1)
        while self._char(at) == '"':
            name, at = self._decoded(at)
            start = self._colon(at)
            value, at = self._decoded(start)
            found[name] = (value, self._text[start:at] if name == "resource" else "")
            at = self._skip(at)
            if self._char(at) == "}":
                break
            if self._char(at) != ",":
                self._broken("broken-json", at)
            at = self._skip(at + 1)
        if self._char(at) != "}":
            self._broken("broken-json", at)
        return found, at + 1

    # Moving the window

    def _patiently(self, action: Any) -> Any:
        while True:
            try:
                return action()
            except _Short:
                if self._is_over:
                    self._broken("cut-off", len(self._text))
                if len(self._text) - self._at > limits.RESOURCE:
                    self._broken("too-large")
                self._fill()

    def _whole(self, part: Any) -> tuple[Any, str]:
        """Read a part that starts here, and move on behind it. Returns it with its text."""

        def take() -> tuple[Any, str]:
            value, end = part(self._at)
            text = self._text[self._at : end]
            self._at = end
            return value, text

        value, text = self._patiently(take)
        if len(text) > limits.RESOURCE:
            self._broken("too-large")
        return value, text

    def _next(self) -> bool:
        """Move to the next character that means something; False at the end of the file."""
        while True:
            self._at = self._skip(self._at)
            if self._at < len(self._text):
                return True
            if self._is_over:
                return False
            self._fill()

    def _expect(self, character: str) -> None:
        if not self._next():
            self._broken("cut-off")
        if self._text[self._at] != character:
            self._broken("broken-json")
        self._at += 1

    def _fill(self) -> None:
        """Drop what was read and read on: at least as much as is still held, so that a long value costs O(n)."""
        held = self._text[self._at :]
        self._lines += self._text.count("\n", 0, self._at)
        chunk = self._stream.read(max(limits.CHUNK, len(held)))
        self._is_over = not chunk
        try:
            self._text = held + self._decoder.decode(chunk, final=self._is_over)
        except UnicodeDecodeError as error:
            raise Refused("cut-off" if self._is_over else "not-utf8") from error
        self._at = 0

    def _line(self, at: int) -> int:
        return self._lines + self._text.count("\n", 0, at) + 1

    def _broken(self, code: str, at: int | None = None) -> NoReturn:
        raise Refused(code, f"line {self._line(self._at if at is None else at)}")


def compact(text: str) -> str:
    """The same JSON without the blanks between its parts; every character of its content stays as written.

    `text` must be JSON: control characters can't stand inside its strings (RFC 8259, 7).
    """
    if "\\" in text:
        text = text.replace("\\\\", "\x01").replace('\\"', "\x02")
    parts = text.split('"')
    between = '"'.join(parts[::2])
    parts[::2] = between.replace(" ", "").replace("\n", "").replace("\r", "").replace("\t", "").split('"')
    joined = '"'.join(parts)
    if "\x02" in joined or "\x01" in joined:
        joined = joined.replace("\x02", '\\"').replace("\x01", "\\\\")
    return joined
