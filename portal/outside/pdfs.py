"""Whether a PDF is one and nothing else, and does nothing but show pages (ISO 32000). Pure; nothing is run or drawn.

Looks at the file's own bytes and into its object streams, each unpacked within a bound: what does not fit is refused.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from portal.interop.papers import Unreadable

MOST_UNPACKED = 32 * 1024 * 1024
MOST_STREAMS = 5000
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|XFA|ImportData|SubmitForm|GoToE)(?![A-Za-z0-9])")
_CARRIES = re.compile(rb"/(?:EmbeddedFiles?|Filespec)(?![A-Za-z0-9])")
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_STREAM = re.compile(rb"/Type\s*/ObjStm\b[^>]{0,400}>>\s*stream\r?\n")
_STREAM_DATA = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_OTHER_HEAD = re.compile(rb"<(?:!doctype|html|script|svg|\?xml|\?php)", re.IGNORECASE)
_TAIL = 1024
_ZIP_END, _ZIP_LOCAL = b"PK\x05\x06", b"PK\x03\x04"


def check(content: bytes) -> None:
    """Raises `Unreadable`: polyglot (it is something else as well), broken, locked, active, carries, too-dense."""
    tail = content[-_TAIL:]
    if b"%%EOF" not in tail:
        raise Unreadable("polyglot" if b"%%EOF" in content else "cut-off")
    after = content[content.rindex(b"%%EOF") + 5 :].strip(b"\r\n \t\x00")
    if after or _ZIP_END in content[-70_000:] or content.startswith(_ZIP_LOCAL):
        raise Unreadable("polyglot")
    if _OTHER_HEAD.search(content[:_TAIL]):
        raise Unreadable("polyglot")
    outside_streams = _STREAM_DATA.sub(b"stream endstream", content)
    for part in (outside_streams, *_object_streams(content)):
        names = _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), part)
        if _LOCKED.search(names):
            raise Unreadable("locked")
        if _ACTIVE.search(names):
            raise Unreadable("active")
        if _CARRIES.search(names):
            raise Unreadable("carries")


def _object_streams(content: bytes) -> Iterator[bytes]:
    left = MOST_UNPACKED
    for number, found in enumerate(_STREAM.finditer(content)):
        if number >= MOST_STREAMS:
            raise Unreadable("too-dense")
        opener = zlib.decompressobj()
        try:
            unpacked = opener.decompress(content[found.end() :], left)
        except zlib.error:
            continue  # not packed this way; its plain bytes were looked at with the rest
        if opener.unconsumed_tail and len(unpacked) >= left:
            raise Unreadable("too-dense")
        left -= len(unpacked)
        yield unpacked
