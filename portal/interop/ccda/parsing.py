"""From bytes to a tree, trusting nothing: no entities, no document types, no network, and limits before the parser.

libxml2 bounds depth (256) and the length of a text (10 MB) itself, as long as `huge_tree` is off.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from lxml import etree

from portal.interop.papers import Unreadable

MOST_BYTES = 25 * 1024 * 1024  # domain.md 1: an import over 25 MB is refused
MOST_TAGS = 600_000
MOST_DEPTH = 100
_DECLARED = re.compile(r"\A\ufeff?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"'][^>]*\?>", re.ASCII)
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
_PROLOG = re.compile(r"(?:\s+|<\?(?s:.)*?\?>|<!--(?s:.)*?-->)")
_ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1",
              "latin1": "latin-1", "windows-1252": "cp1252"}  # fmt: skip
_XML_ERROR_DEPTH, _XML_ERROR_CUT = "Excessive depth", ("Premature end", "EndTag: '</' not found")


def tree(content: bytes) -> Any:
    """The root element. Raises `Unreadable`: too-large, encoding, entities, too-deep, cut-off, broken."""
    if len(content) > MOST_BYTES:
        raise Unreadable("too-large")
    text = _decoded(content)
    if text.count("<") > MOST_TAGS:
        raise Unreadable("too-many-parts")
    _refuse_document_type(text)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
    try:
        root: Any = etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except etree.XMLSyntaxError as error:
        code = _code(str(error)) if text.rstrip().endswith(">") else "cut-off"
        raise Unreadable(code, f"line {error.lineno}" if error.lineno else "") from error
    except (ValueError, UnicodeEncodeError) as error:
        raise Unreadable("broken") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("entities")
    _refuse_depth(root)
    return root


def _code(message: str) -> str:
    if _XML_ERROR_DEPTH in message:
        return "too-deep"
    if "Entity" in message or "entity" in message:
        return "entities"
    return "cut-off" if any(words in message for words in _XML_ERROR_CUT) else "broken"


def _decoded(content: bytes) -> str:
    """The text, in one of the encodings that are sent. What hides its letters from this look is not read at all."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        found = _DECLARED.match(content[:300].decode("latin-1").removeprefix("\xef\xbb\xbf"))
        named = found.group(1).lower() if found else "utf-8"
        if named not in _ENCODINGS:
            raise Unreadable("encoding")
        encoding = _ENCODINGS[named]
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
    if "\x00" in text:
        raise Unreadable("broken")
    return text


def _refuse_document_type(text: str) -> None:
    """A document type may stand before the root alone; clinical documents have none, attacks live in it."""
    at = 1 if text.startswith("\ufeff") else 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    if text.startswith("<!", at):
        raise Unreadable("entities")


def _refuse_depth(root: Any) -> None:
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise Unreadable("too-deep")
