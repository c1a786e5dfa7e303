"""Calendar files (RFC 5545). They say when and nothing else: no name, no specialty, no reason (APT-7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_AT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Event:
    """One visit: `uid` never changes, `sequence` grows with every change of time and with cancelling."""

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    is_cancelled: bool
    changed_at: datetime
    href: str


def calendar(events: Iterable[Event], *, summary: str, name: str = "", publish: bool = True) -> str:
    """A calendar of these visits, with lines as the standard wants them. Times are in UTC."""
    listed = list(events)
    is_cancel = not publish and bool(listed) and all(event.is_cancelled for event in listed)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Throughline//Patient portal//EN",
        f"METHOD:{'CANCEL' if is_cancel else 'PUBLISH'}",
        *([f"X-WR-CALNAME:{_text(name)}"] if name else []),
    ]
    for event in listed:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"SEQUENCE:{event.sequence}",
            f"DTSTAMP:{event.changed_at.astimezone(UTC).strftime(_AT)}",
            f"DTSTART:{event.starts_at.astimezone(UTC).strftime(_AT)}",
            f"DTEND:{(event.starts_at + timedelta(minutes=event.minutes)).astimezone(UTC).strftime(_AT)}",
            f"SUMMARY:{_text(summary)}",
            f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}",
            f"URL:{event.href}",
            "CLASS:PRIVATE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _text(value: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _folded(line: str) -> Iterable[str]:
    """A line in pieces of at most 75 octets; each piece after the first begins with a space."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece
