"""What happens to a file after it came: the scanner looks, a small picture is made. Each looks again first."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from portal.infra.errors import Unavailable
from portal.messaging import attachments, trail
from portal.messaging.attachments import READ, SCAN, THUMBNAIL, UPDATE
from portal.messaging.files import MOST_PIXELS, PICTURES
from portal.messaging.scanning import ScannerDown, scan
from portal.models import Attachment, AttachmentContent, Draft, Thread
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork

SIDE = 320  # pixels of the longer side of a small picture
FORGOTTEN = timedelta(days=1)


def _file(uow: UnitOfWork, attachment_id: UUID) -> Attachment | None:
    found = uow.scalars(uow.select(READ, Attachment).where(Attachment.id == attachment_id))
    return found[0] if found else None


@handles(SCAN)
def scan_attachment(uow: UnitOfWork, attachment_id: UUID) -> None:
    """Have ClamAV look at a file. While it can't, the file stays held and the job is tried again."""
    row = _file(uow, attachment_id)
    if row is None or row.state != "checking":
        return
    content = attachments.content_of(uow, row)
    try:
        is_clean = not uow.settings.clamav or scan(uow.settings.clamav, content)
    except ScannerDown as error:
        raise Unavailable("scanner-down") from error
    if is_clean:
        row.state = "clean"
        if row.media_type in PICTURES:
            uow.later(THUMBNAIL, row.id, key=f"thumbnail:{row.id}")
    else:
        _refuse(uow, row)
    uow.audit(UPDATE, row, reason=row.state)


def _refuse(uow: UnitOfWork, row: Attachment) -> None:
    """The content goes at once; its name stays, so that sender and receiver know what did not arrive."""
    row.state = "refused"
    table: Any = AttachmentContent.__table__
    uow.session.execute(delete(table).where(table.c.attachment_id == row.id))
    if row.thread_id is None:
        return
    threads = uow.scalars(uow.select(Action.MESSAGE_THREAD_READ, Thread).where(Thread.id == row.thread_id))
    if threads:
        trail.step(uow, threads[0], "file_refused", facts={"file": str(row.id)})
        notify(uow, row.account_id, "new_message", f"refused:{row.id}")


@handles(THUMBNAIL)
def make_thumbnail(uow: UnitOfWork, attachment_id: UUID) -> None:
    """Make the small picture of a photo. A picture that can't be read, or is too big to be one, goes without."""
    row = _file(uow, attachment_id)
    if row is None or row.state != "clean" or row.has_thumbnail or row.media_type not in PICTURES:
        return
    small = thumbnail_of(attachments.content_of(uow, row))
    if small is not None:
        attachments.keep_thumbnail(uow, row, small)


def thumbnail_of(content: bytes) -> bytes | None:
    """A small JPEG of a picture, upright and without what the camera noted (place, time, owner); None if it is none."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (SIDE * 2, SIDE * 2))
            picture.thumbnail((SIDE * 4, SIDE * 4), Image.Resampling.NEAREST)  # others copy all its pixels first
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((SIDE, SIDE))
            out = io.BytesIO()
            Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=80)
    except Exception:  # noqa: BLE001  a broken picture breaks the library in many ways; it goes without a small one
        return None
    return out.getvalue()


@handles("messaging.drop_forgotten_files")
def drop_forgotten_files(uow: UnitOfWork, _subject: UUID) -> None:
    """Files that wait with no draft any more: their form was left before anything was kept."""
    kept = select(Draft.id).where(Draft.account_id == Attachment.account_id, Draft.once == Attachment.once)
    statement = uow.select(UPDATE, Attachment, joining=(Draft,)).where(
        Attachment.message_id.is_(None), Attachment.created_at < uow.now - FORGOTTEN, ~kept.exists()
    )
    for row in uow.scalars(statement.limit(200)):
        uow.audit(UPDATE, row, reason="forgotten")
        uow.session.delete(row)
