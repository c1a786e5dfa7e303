"""What somebody brings, told by its content alone: a FHIR Bundle, a C-CDA document, or a PDF. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from portal.interop import ccda
from portal.interop.ccda.parsing import MOST_BYTES
from portal.interop.papers import Paper, Unreadable
from portal.outside import bundles, pdfs

MEDIA_TYPES = {"fhir": "application/fhir+json", "ccda": "application/xml", "pdf": "application/pdf"}
ENDINGS = {"fhir": ".json", "ccda": ".xml", "pdf": ".pdf"}
ACCEPT = ".json,.xml,.pdf"
MOST_PDF = 10 * 1024 * 1024
_BLANKS = b" \t\r\n"
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"Rar!", b"7z\xbc\xaf")


@dataclass(frozen=True, slots=True)
class Read:
    """What was brought and understood. `paper` is None of a PDF: its words are for people."""

    kind: str
    content: bytes
    paper: Paper | None

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def look(content: bytes) -> Read:
    """Read what was brought. Raises `Unreadable` with a code of `words.refusal_words`; never anything else."""
    if not content.strip(_BLANKS + b"\x00"):
        raise Unreadable("empty")
    if len(content) > MOST_BYTES:
        raise Unreadable("too-large")
    if content.startswith(b"%PDF-"):
        if len(content) > MOST_PDF:
            raise Unreadable("too-large")
        pdfs.check(content)
        return Read("pdf", content, None)
    if content.startswith(_PACKED):
        raise Unreadable("packed")
    first = content.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)[:1]
    if first == b"{":
        return Read("fhir", content, bundles.read(content))
    if first == b"<" or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Read("ccda", content, ccda.read(content))
    raise Unreadable("polyglot" if b"%PDF-" in content[:1024] else "wrong-kind")
