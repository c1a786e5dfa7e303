"""What the doors of conversations share about files: taking them in, giving them out."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from flask import Response, flash

from portal.infra.errors import NotFound
from portal.messaging import attachments
from portal.messaging.file_pages import problem_words
from portal.messaging.files import Upload
from portal.models import Attachment
from portal.policy.actions import Action
from portal.web import uploads
from portal.work.unit_of_work import UnitOfWork


def take(uow: UnitOfWork, person_id: UUID, once: UUID) -> bool:
    """Keep the files that came with the form, beside its draft. Says which were not taken; returns whether all were."""
    found = [Upload(name, content) for name, content in uploads.files("files")]
    if not found:
        return True
    bad = attachments.add(uow, person_id, once, found)
    for one in bad:
        flash(problem_words(one), "warning")
    return not bad


def give(uow: UnitOfWork, person_id: UUID, thread_id: UUID, attachment_id: UUID, part: str) -> Response:
    """A file of a conversation, to be saved, or its small picture. Raises `NotFound`."""
    row = uow.load(Action.MESSAGE_FILE_READ, Attachment, attachment_id, within=person_id)
    if row.thread_id != thread_id or part not in ("file", "thumbnail"):
        raise NotFound(action=Action.MESSAGE_FILE_READ)
    item, content = attachments.opened(uow, person_id, attachment_id, part)
    small = part == "thumbnail"
    response = Response(content, mimetype="image/jpeg" if small else item.media_type)
    if not small:
        ascii_name = item.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
        named = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(item.name)}"
        response.headers["Content-Disposition"] = named
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
