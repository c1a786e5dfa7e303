"""Files that go with messages. Content, name and small picture are sealed with the patient's key."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class Attachment(PatientOwned, Base):
    """A file of a draft, and after sending of its message.

    States: checking (a scanner has not answered yet), clean, refused (the scanner found something; the content is
    gone), withdrawn (its message was taken back). Until it is sent it belongs to its uploader alone; `once` ties it
    to the draft.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index(None, "account_id", "once"),
        Index(None, "message_id"),
        Index(None, "thread_id"),
        Index(None, "patient_id"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    once: Mapped[uuid.UUID]
    thread_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("thread.id"))
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id"))
    name: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # of `once` and content: the same file twice in one message
    state: Mapped[str] = mapped_column(String(10))
    has_thumbnail: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class AttachmentContent(PatientOwned, Base):
    """The sealed bytes of an attachment: `part` is file or thumbnail."""

    __tablename__ = "attachment_content"
    __table_args__ = (Index(None, "attachment_id", "part", unique=True),)

    attachment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
