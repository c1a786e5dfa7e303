"""What may go with a message: kinds of file by their content, limits, and names that can do no harm. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

MOST_FILES = 10
MOST_BYTES = 10 * 1024 * 1024  # one file
MOST_TOGETHER = 25 * 1024 * 1024  # the files of one message
MOST_OF_PERSON = 1024 * 1024 * 1024  # everything one record holds
MOST_WAITING = 100 * 1024 * 1024  # what one writer may keep with drafts about one person
MOST_PIXELS = 60_000_000
MOST_ENTRIES, MOST_UNPACKED = 2000, 100 * 1024 * 1024  # of a word-processor file
LONGEST_NAME = 120
WORD = "word"  # the folder in which a word-processor file keeps its text

PDF, JPEG, PNG, TEXT = "application/pdf", "image/jpeg", "image/png", "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg"), PNG: (".png",), TEXT: (".txt",), DOCX: (".docx",)}
PICTURES = frozenset({JPEG, PNG})
ACCEPT = ",".join(ending for endings in ENDINGS.values() for ending in endings)


class BadFile(ValueError):
    """A file that is not taken. `code`: empty, too-large, wrong-kind, not-what-it-says, same-file, too-many,
    too-large-together, no-room.
    """

    def __init__(self, code: str, name: str) -> None:
        super().__init__(code)
        self.code, self.name = code, name


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


def clean_name(name: str) -> str:
    """A file name for people and for `Content-Disposition`: no folders, no control or direction characters."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[<>:"|?*]+', "_", " ".join(kept.split())).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(kept) > LONGEST_NAME:
        kept = stem[: LONGEST_NAME - len(ending) - 1] + dot + ending
    return kept[:LONGEST_NAME] or "file"


def check(upload: Upload) -> str:
    """The media type of a file, by its content and its ending alike. Raises `BadFile`."""
    if not upload.content:
        raise BadFile("empty", upload.name)
    if len(upload.content) > MOST_BYTES:
        raise BadFile("too-large", upload.name)
    name = upload.name.lower()
    claimed = next((kind for kind, endings in ENDINGS.items() if name.endswith(endings)), None)
    if claimed is None:
        raise BadFile("wrong-kind", upload.name)
    if kind_of(upload.content) != claimed:
        raise BadFile("not-what-it-says", upload.name)
    return claimed


def kind_of(content: bytes) -> str | None:
    """The media type that the content itself shows, among those that are taken; else None."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return DOCX if _is_word_file(content) else None
    return TEXT if _is_text(content) else None


def _is_word_file(content: bytes) -> bool:
    """A word-processor file without macros, that does not unpack to something huge."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    names = {entry.filename.lower() for entry in entries}
    return (
        len(entries) <= MOST_ENTRIES
        and sum(entry.file_size for entry in entries) <= MOST_UNPACKED
        and f"{WORD}/document.xml" in names
        and "[content_types].xml" in names
        and not any(name.endswith((".bin", ".exe", ".js", ".vbs", ".ole")) for name in names)
    )


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text[:100_000]):
        return False
    head = text.lstrip()[:200].lower()
    return not head.startswith(("<!doctype", "<html", "<svg", "<?xml", "<script", "#!", "mz", "{\\rtf"))


def check_together(sizes: list[int], new: Upload, held: int, waiting: int = 0) -> None:
    """Whether one more file fits beside those of the message (`sizes`), of the record (`held` bytes) and of all drafts
    of its writer about this person (`waiting` bytes).

    Raises `BadFile`.
    """
    if len(sizes) >= MOST_FILES:
        raise BadFile("too-many", new.name)
    if sum(sizes) + len(new.content) > MOST_TOGETHER:
        raise BadFile("too-large-together", new.name)
    if held + len(new.content) > MOST_OF_PERSON or waiting + len(new.content) > MOST_WAITING:
        raise BadFile("no-room", new.name)
