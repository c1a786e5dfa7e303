"""What people type into family updates, and what the pages of updates show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.messaging.forms import _not_too_long, _written
from portal.messaging.reading import Cursor
from portal.messaging.updates import Publish, Relative, Shown
from portal.web.forms import OnceField, PortalForm, clean_text


class UpdateForm(PortalForm):
    """An update and whom it is for. `seen` says that the warning was shown."""

    question = TextAreaField(
        _l("Your update"), filters=[clean_text], validators=[_written(_l("Write your update.")), _not_too_long]
    )
    audience = RadioField(
        _l("Who reads it"),
        choices=[SelectChoice("circle", _l("Everybody in the family circle")), SelectChoice("named", _l("Only some"))],
        default="circle",
    )
    readers = SelectMultipleField(_l("Which of them"), validate_choice=False, choices=[])
    seen = HiddenField("")
    once = OnceField()

    def to_command(self, person_id: UUID) -> Publish:
        keys = []
        for text in self.readers.data or ():
            try:
                keys.append(UUID(text))
            except ValueError:
                continue
        return Publish(
            person_id, self.question.data or "", tuple(keys), self.audience.data == "circle", self.once.value
        )

    def to_draft(self) -> dict[str, str]:
        """What is kept of it while nothing is published."""
        return {"question": self.question.data or "", "update": "1"}


@dataclass(frozen=True, slots=True)
class UpdateCard:
    """One update."""

    text: str
    by: str
    at: datetime
    is_withdrawn: bool
    readers: str
    withdraw_href: str | None

    @classmethod
    def of(cls, person_id: UUID, one: Shown) -> UpdateCard:
        by = _("%(name)s (%(relation)s)", name=one.author, relation=one.relation) if one.relation else one.author
        withdraw = url_for("messaging.withdraw_update", person_id=person_id, update_id=one.id)
        return cls(
            one.text, by, one.at, one.is_withdrawn, ", ".join(one.readers), withdraw if one.may_withdraw else None
        )


@dataclass(frozen=True)
class ListUpdatesPage:
    """Family updates about one person."""

    person_id: UUID
    title: str
    lead: str
    updates: list[UpdateCard]
    new_href: str | None
    older_href: str | None
    newest_href: str | None
    ask_href: str
    oversees: bool
    room: str = "updates"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        given_name: str,
        shown: Sequence[Shown],
        more: Cursor | None,
        *,
        is_own: bool,
        may_write: bool,
        oversees: bool,
        is_first: bool,
    ) -> ListUpdatesPage:
        here: dict[str, Any] = {"person_id": person_id}
        if is_own:
            lead = _("What your liaison wrote to your family. You see all of it, and can take it back.")
        elif may_write:
            lead = _("Write once, and the relatives you choose read it here. They see nothing of the record.")
        else:
            lead = _("News about %(name)s from the liaison.", name=given_name)
        return cls(
            person_id=person_id,
            title=_("Family updates"),
            lead=lead,
            updates=[UpdateCard.of(person_id, one) for one in shown],
            new_href=url_for("messaging.new_update", **here) if may_write else None,
            older_href=url_for("messaging.list_updates", before=str(more), **here) if more else None,
            newest_href=None if is_first else url_for("messaging.list_updates", **here),
            ask_href=url_for("messaging.new_question", **here),
            oversees=oversees,
            room="family" if is_own else "updates",
        )


@dataclass(frozen=True)
class NewUpdatePage:
    """Writing an update."""

    person_id: UUID
    title: str
    form: UpdateForm
    relatives: list[tuple[str, str, bool]]
    send_href: str
    draft_href: str
    back_href: str
    warns: bool
    has_nobody: bool
    saved_at: datetime | None = None
    room: str = "updates"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls,
        person_id: UUID,
        form: UpdateForm,
        relatives: Sequence[Relative],
        *,
        warns: bool = False,
        saved_at: datetime | None = None,
    ) -> NewUpdatePage:
        here: dict[str, Any] = {"person_id": person_id}
        chosen = set(form.readers.data or ())
        return cls(
            person_id=person_id,
            title=_("Write an update for the family"),
            form=form,
            relatives=[(str(r.id), f"{r.name} ({r.relation})", str(r.id) in chosen) for r in relatives],
            send_href=url_for("messaging.create_update", **here),
            draft_href=url_for("messaging.save_draft", **here),
            back_href=url_for("messaging.list_updates", **here),
            warns=warns,
            has_nobody=not relatives,
            saved_at=saved_at,
        )
