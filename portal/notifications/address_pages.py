"""What the page of an address may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _


@dataclass(frozen=True, kw_only=True)
class EditAddressPage:
    title: str
    channel: str
    current: str
    has_ended: bool
    is_own: bool  # one that was confirmed here, and can be taken away
    pending: str
    form: Any
    code_form: Any
    action: str
    confirm_href: str
    remove_href: str
    back_href: str
    room: str = "profile"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors or self.code_form.errors)

    @classmethod
    def of(
        cls, channel: str, row: Any, email: str | None, form: Any, code_form: Any, *, waits: bool
    ) -> EditAddressPage:
        kept = row.value if row is not None else None
        current = (kept or email) if channel == "email" else kept
        confirmed = row is not None and row.confirmed_at is not None
        return cls(
            title=_("E-mail for notices") if channel == "email" else _("Text messages"),
            channel=channel,
            current=(current if confirmed or channel == "email" else "") or "",
            has_ended=row is not None and row.ended_at is not None and current == kept,
            is_own=confirmed,
            pending=row.pending if waits and row is not None else "",
            form=form,
            code_form=code_form,
            action=url_for("notifications.update_address", channel=channel),
            confirm_href=url_for("notifications.confirm_address", channel=channel),
            remove_href=url_for("notifications.remove_address", channel=channel),
            back_href=url_for("notifications.show_notices"),
        )
