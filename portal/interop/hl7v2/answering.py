"""Acknowledgements (chapter 2.9): original mode (AA, AE, AR) and enhanced mode (CA, CE, CR, then AA, AE)."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import uuid4

from portal.interop.hl7v2.reading import Message, escape
from portal.interop.hl7v2.refusals import WHY

Outcome = Literal["taken", "warned", "waiting", "refused"]
_CODES: Final = {"taken": "A", "warned": "A", "waiting": "E", "refused": "R"}


def answers(
    message: Message, outcome: Outcome, now: datetime, *, code: str | None = None, place: str | None = None
) -> list[bytes]:
    """What is sent back. `outcome` `refused`: nothing of it is kept. Times are in UTC.

    Enhanced mode holds where MSH-15 or MSH-16 says anything: first that the message is kept, then, where asked, what
    became of it. What is kept is always accepted, whatever became of it.
    """
    accept, application = message.header.get(15).upper(), message.header.get(16).upper()
    letter = _CODES[outcome]
    if not accept and not application:
        return [_answer(message, f"A{letter}", now, code, place)]
    found = []
    is_kept = outcome != "refused"
    if _is_asked(accept, ok=is_kept):
        found.append(_answer(message, "CA" if is_kept else "CR", now, None if is_kept else code, place))
    if is_kept and _is_asked(application, ok=letter == "A"):
        found.append(_answer(message, f"A{letter}", now, code, place))
    return found


def _is_asked(condition: str, *, ok: bool) -> bool:
    """HL7 table 0155: always, never, on error or reject, on success."""
    return condition == "AL" or (condition == "SU" and ok) or (condition == "ER" and not ok)


def _answer(message: Message, said: str, now: datetime, code: str | None, place: str | None) -> bytes:
    header, marks = message.header, message.header.marks
    f, c = marks.field, marks.component
    event = header.get(9, 2)
    kind = c.join(("ACK", event, "ACK")) if event else "ACK"
    version = header.raw(12).split(c)[0] or "2.5.1"
    fields = [
        "MSH", header.raw(2), header.raw(5), header.raw(6), header.raw(3), header.raw(4),
        now.strftime("%Y%m%d%H%M%S") + "+0000", "", kind, uuid4().hex[:20], header.raw(11) or "P", version,
        "", "", "", "", "", header.raw(18),
    ]  # fmt: skip
    lines = [f.join(fields).rstrip(f), f.join(("MSA", said, header.raw(10)))]
    if code is not None:
        number, sentence = WHY[code]
        segment, _, field = (place or "").partition("-")
        where = c.join((segment, "1", field)).rstrip(c) if segment else ""
        severity = "W" if said == "AA" else "E"
        error = c.join((number, code, "HL70357"))
        lines.append(f.join(("ERR", "", where, error, severity, "", "", "", escape(sentence, marks))))
    return ("\r".join(lines) + "\r").encode(marks.charset, "replace")


def unreadable(code: str, now: datetime) -> bytes:
    """The answer to what can't be read, not even who sent it."""
    number, sentence = WHY[code]
    stamp = now.strftime("%Y%m%d%H%M%S") + "+0000"
    lines = (
        rf"MSH|^~\&|||||{stamp}||ACK|{uuid4().hex[:20]}|P|2.5.1",
        "MSA|AR|",
        f"ERR|||{number}^{code}^HL70357|E||||{sentence}",
    )
    return ("\r".join(lines) + "\r").encode()
