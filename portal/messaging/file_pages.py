"""Files as pages show them, and the box in which they are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.messaging.attachments import Item
from portal.messaging.files import ACCEPT, MOST_BYTES, MOST_FILES, MOST_TOGETHER, BadFile
from portal.web import filters

_MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: its name, its size in words, where it is, or why it is not there."""

    name: str
    size: str
    href: str | None
    small_href: str | None
    state: str
    remove_href: str | None = None


@dataclass(frozen=True)
class FileBox:
    """The files of a draft, and how to add more."""

    items: list[FileLine]
    accept: str
    limits: str
    add_href: str

    @classmethod
    def of(cls, draft_href: str, items: Sequence[Item]) -> FileBox:
        lines = [
            FileLine(
                one.name, size_words(one.size), None, None, state_words(one.state), f"{draft_href}?remove={one.id}"
            )
            for one in items
        ]
        limits = _(
            "PDF, photo (JPG or PNG), text or Word file. Up to %(most)s files, %(one)s MB each, %(all)s MB together.",
            most=MOST_FILES,
            one=MOST_BYTES // _MEGA,
            all=MOST_TOGETHER // _MEGA,
        )
        return cls(lines, ACCEPT, limits, f"{draft_href}?then=back")


def sent_lines(items: Sequence[Item], endpoint: str, **where: Any) -> list[FileLine]:
    """The files of a message. `endpoint` gives them out."""
    lines = []
    for one in items:
        is_clean = one.state == "clean"
        href = url_for(endpoint, attachment_id=one.id, **where) if is_clean else None
        small = url_for(endpoint, attachment_id=one.id, part="thumbnail", **where) if one.has_thumbnail else None
        lines.append(
            FileLine(one.name, size_words(one.size), href, small if is_clean else None, state_words(one.state))
        )
    return lines


def size_words(size: int) -> str:
    """A size as people say it."""
    if size < _MEGA:
        return _("%(number)s kB", number=filters.num(max(1, round(size / 1024))))
    return _("%(number)s MB", number=filters.num(round(size / _MEGA, 1)))


def state_words(state: str) -> str:
    """What is said of a file that can't be opened; nothing of one that can."""
    return {
        "checking": _("This file is being checked for viruses. It can be opened when that is done."),
        "refused": _("This file was not delivered: the virus check found something in it."),
    }.get(state, "")


def problem_words(bad: BadFile) -> str:
    """Why a file was not taken, and what to do."""
    name = bad.name
    return {
        "empty": _("“%(name)s” was not added: it is empty. Choose another file.", name=name),
        "too-large": _("“%(name)s” was not added: it is larger than 10 MB. Choose a smaller file.", name=name),
        "wrong-kind": _(
            "“%(name)s” was not added: we can take PDF, JPG, PNG, text and Word files (DOCX) only.", name=name
        ),
        "not-what-it-says": _(
            "“%(name)s” was not added: its content is not what its name says. Save it again in the program it comes "
            "from.",
            name=name,
        ),
        "same-file": _("“%(name)s” was not added: it is there already.", name=name),
        "too-many": _("“%(name)s” was not added: a message can have 10 files.", name=name),
        "too-large-together": _("“%(name)s” was not added: all files together can have 25 MB.", name=name),
        "no-room": _("“%(name)s” was not added: there is no room left for files. Call us.", name=name),
    }[bad.code]


def file_line_of(person_id: UUID, thread_id: UUID, items: Sequence[Item], *, staff: bool) -> list[FileLine]:
    """The files of a message in its conversation."""
    if staff:
        return sent_lines(items, "messaging.open_desk_file", thread_id=thread_id)
    return sent_lines(items, "messaging.open_file", person_id=person_id, thread_id=thread_id)
