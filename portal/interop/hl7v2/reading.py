"""Reading HL7 v2 (2.1 to 2.9, ER7 encoding, chapter 2): segments, fields, repetitions, components, escapes.

A field is cut apart only when somebody asks for it, so that a message of many megabytes costs its own size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.interop.hl7v2.refusals import Unaccepted

MESSAGE: Final = 24 << 20  # bytes of one message
SEGMENTS: Final = 20_000
FIELDS: Final = 1_000  # of one segment
REPETITIONS: Final = 1_000  # of one field that are looked at
COMPONENTS: Final = 200

_BREAK = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
_CHARSETS = {
    "": "utf-8", "ASCII": "utf-8", "UNICODE UTF-8": "utf-8", "UNICODE": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8",
    **{f"8859/{n}": f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}  # fmt: skip
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators of one message, from MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Part:
    """One repetition of a field."""

    raw: str
    marks: Marks

    def get(self, component: int = 1, sub: int = 1) -> str:
        """The text of a component, or of its subcomponent, unescaped; empty when there is none. Counted from 1."""
        whole = _nth(self.raw, self.marks.component, component)
        return unescape(_nth(whole, self.marks.sub, sub), self.marks).strip()

    def whole(self, component: int) -> str:
        """A component with what stands in its subcomponents, as one text."""
        return unescape(_nth(self.raw, self.marks.component, component), self.marks).strip()

    def text(self) -> str:
        """All of the repetition, unescaped: a field of text may hold its separators unescaped."""
        return unescape(self.raw, self.marks)

    def count(self) -> int:
        """How many components there are."""
        return self.raw.count(self.marks.component) + 1 if self.raw else 0


def _nth(text: str, mark: str, number: int) -> str:
    parts = text.split(mark, number)
    return parts[number - 1] if len(parts) >= number else ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. Fields are counted as the standard counts them: MSH-1 is the separator itself."""

    name: str
    fields: tuple[str, ...]
    marks: Marks
    number: int  # of its line in the message, from 1

    def raw(self, field: int) -> str:
        return self.fields[field] if 0 < field < len(self.fields) else ""

    def parts(self, field: int) -> list[Part]:
        """The repetitions of a field that hold something."""
        found = self.raw(field)
        if not found:
            return []
        return [Part(raw, self.marks) for raw in found.split(self.marks.repetition)[:REPETITIONS] if raw.strip()]

    def part(self, field: int) -> Part:
        return next(iter(self.parts(field)), Part("", self.marks))

    def get(self, field: int, component: int = 1, sub: int = 1) -> str:
        """A text of the first repetition; `""` (delete what you have) reads as empty, see `is_deleted`."""
        found = self.part(field).get(component, sub)
        return "" if found == '""' else found

    def is_deleted(self, field: int) -> bool:
        """Whether the sender says that there is no longer anything in this field."""
        return self.raw(field).strip() == '""'

    def lines(self, field: int) -> str:
        """Text of several repetitions, a line each (FT, TX)."""
        return "\n".join(part.text() for part in self.parts(field) if part.raw != '""').strip()


class Message:
    """A message in its segments. Segments nobody knows (`Z..`) stay, here and in what is kept."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.header = segments[0]

    def first(self, name: str) -> Segment | None:
        return next((each for each in self.segments if each.name == name), None)

    def all(self, name: str) -> Iterator[Segment]:
        return (each for each in self.segments if each.name == name)

    @property
    def kind(self) -> str:
        """Type and event, as `ORU^R01`."""
        event = self.header.get(9, 2)
        if not event and (evn := self.first("EVN")) is not None:
            event = evn.get(1)
        return f"{self.header.get(9)}^{event}"[:20]

    @property
    def control_id(self) -> str:
        return self.header.get(10)

    @property
    def facility(self) -> str:
        """Who sends: the facility, without one the application."""
        return (self.header.get(4) or self.header.get(3))[:100]

    @property
    def sender(self) -> str:
        """Application and facility: control ids are counted within it."""
        return f"{self.header.get(3)[:95]}@{self.header.get(4)[:95]}"


def read(raw: bytes) -> Message:
    """Read one message. Raises `Unaccepted`: `no-header`, `too-large`, `null-character`, `charset`, `characters`,
    `separators`, `segment`.
    """
    if len(raw) > MESSAGE:
        raise Unaccepted("too-large")
    raw = raw.removeprefix(_BOM).strip(b"\r\n\x0b\x1c \t")
    if not raw.startswith(b"MSH") or len(raw) < 8:
        raise Unaccepted("no-header")
    if b"\0" in raw:
        raise Unaccepted("null-character")
    charset = _charset(raw)
    try:
        text = raw.decode(charset)
    except UnicodeDecodeError as error:
        raise Unaccepted("characters", "MSH-18") from error
    lines = [line for line in _BREAK.split(text) if line.strip()]
    if len(lines) > SEGMENTS:
        raise Unaccepted("too-large")
    marks = _marks(lines[0], charset)
    return Message([_segment(line, marks, number) for number, line in enumerate(lines, 1)])


def _charset(raw: bytes) -> str:
    head = _BREAK.split(raw[:4000].decode("latin-1"), maxsplit=1)[0]
    fields = head.split(head[3])
    named = fields[17].split(fields[1][1:2] or "~")[0].strip().upper() if len(fields) > 17 else ""
    if named not in _CHARSETS:
        raise Unaccepted("charset", "MSH-18")
    return _CHARSETS[named]


def _marks(line: str, charset: str) -> Marks:
    field = line[3]
    given = line[4:].split(field, 1)[0][:5]
    signs = given[:4]
    if field.isalnum() or field.isspace() or len(signs) < 1 or len(set(field + signs)) != 1 + len(signs):
        raise Unaccepted("separators", "MSH-2")
    if any(sign.isalnum() or sign.isspace() for sign in signs):
        raise Unaccepted("separators", "MSH-2")
    component, repetition, escape, sub = (*signs, *"^~\\&"[len(signs) :])
    return Marks(field, component, repetition, escape, sub, charset)


def _segment(line: str, marks: Marks, number: int) -> Segment:
    name = line[:3]
    if not _NAME.match(name) or (len(line) > 3 and line[3] != marks.field):
        raise Unaccepted("segment")
    fields = line.split(marks.field, FIELDS)
    if len(fields) > FIELDS:
        raise Unaccepted("too-large", name)
    if name == "MSH":
        fields.insert(1, marks.field)
    return Segment(name, tuple(fields), marks, number)


def unescape(text: str, marks: Marks) -> str:
    r"""Resolve `\F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\ \.br\` and kin (2.7); highlighting goes, unknown ones stay."""
    sign = marks.escape
    if sign not in text:
        return text
    out: list[str] = []
    place = 0
    while True:
        begin = text.find(sign, place)
        end = text.find(sign, begin + 1) if begin >= 0 else -1
        if begin < 0 or end < 0:
            out.append(text[place:])
            return "".join(out)
        out.append(text[place:begin])
        meant = _meant(text[begin + 1 : end], marks) if end - begin < 2000 else None
        if meant is None:  # a sign that stands for itself: the next one may begin an escape
            out.append(sign)
            place = begin + 1
        else:
            out.append(meant)
            place = end + 1


def _meant(name: str, marks: Marks) -> str | None:
    simple = {"F": marks.field, "S": marks.component, "T": marks.sub, "R": marks.repetition, "E": marks.escape,
              "P": "#", "H": "", "N": "", ".br": "\n", ".sp": "\n", ".ce": "\n", ".fi": "", ".nf": ""}  # fmt: skip
    if name in simple:
        return simple[name]
    if name[:1] == "X" and len(name) > 1:
        try:
            found = bytes.fromhex(name[1:]).decode(marks.charset, "replace")
        except ValueError:
            return None
        return "".join(c for c in found.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c in "\n\t")
    if re.fullmatch(r"\.sp\+?\d{1,2}", name):
        return "\n"
    if re.fullmatch(r"\.(?:in|ti|sk)[+-]?\d{1,3}", name):
        return " "
    return None


def escape(text: str, marks: Marks) -> str:
    """The other way: what may stand in a component."""
    named = {marks.escape: "E", marks.field: "F", marks.component: "S", marks.repetition: "R", marks.sub: "T"}
    sign = marks.escape
    out = "".join(f"{sign}{named[c]}{sign}" if c in named else c for c in text)
    return out.replace("\r\n", "\n").replace("\r", "\n").replace("\n", f"{sign}.br{sign}")
