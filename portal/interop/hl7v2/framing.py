"""Frames of the Minimal Lower Layer Protocol (HL7, release 1), and files and batches that hold several messages."""

from __future__ import annotations

import re
from typing import Final

from portal.interop.hl7v2.reading import MESSAGE
from portal.interop.hl7v2.refusals import Unaccepted

BEGIN: Final = b"\x0b"
END: Final = b"\x1c\r"
_NEXT = re.compile(rb"(?:\A|(?<=[\r\n]))(?=(?:MSH|FHS|BHS|BTS|FTS)[^A-Za-z0-9\s])")
_AROUND = (b"FHS", b"BHS", b"BTS", b"FTS")


class Framer:
    """Puts frames together from whatever pieces arrive. Bytes between frames are skipped, as the standard says."""

    def __init__(self, most: int = MESSAGE) -> None:
        self._most = most
        self._held = bytearray()
        self._looked = 0
        self._is_inside = False

    @property
    def is_waiting(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._is_inside

    def feed(self, piece: bytes) -> list[bytes]:
        """The contents of the frames that are whole now. Raises `Unaccepted("too-large")`: then nothing that follows
        can be told apart, and the connection is to be closed.
        """
        self._held += piece
        found: list[bytes] = []
        while True:
            if not self._is_inside:
                begin = self._held.find(BEGIN)
                if begin < 0:
                    self._held.clear()
                    return found
                del self._held[: begin + 1]
                self._is_inside, self._looked = True, 0
            end = self._held.find(END, max(0, self._looked - 1))
            if end < 0:
                self._looked = len(self._held)
                if self._looked > self._most:
                    raise Unaccepted("too-large")
                return found
            if end > self._most:
                raise Unaccepted("too-large")
            found.append(bytes(self._held[:end]))
            del self._held[: end + 2]
            self._is_inside = False


def framed(message: bytes) -> bytes:
    return BEGIN + message + END


def split(content: bytes) -> list[bytes]:
    """The messages in a frame, a file or a batch (FHS, BHS … BTS, FTS), each as it came."""
    content = content.removeprefix(b"\xef\xbb\xbf").replace(BEGIN, b"").replace(b"\x1c", b"")
    parts = [part for part in _NEXT.split(content) if part.strip()]
    found = [part for part in parts if not part.startswith(_AROUND)]
    return found if found or parts else [content]


def is_whole(content: bytes) -> bool:
    """Whether a file can be all there: it ends with a segment, and a batch that was begun is ended."""
    if not content.endswith((b"\r", b"\n", b"\x1c")):
        return False
    begins = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    for first, last in ((b"FHS", b"FTS"), (b"BHS", b"BTS")):
        if begins.startswith(first):
            return re.search(rb"[\r\n]" + last + rb"[^\r\n]*[\r\n]+\s*\Z", content) is not None
    return True
