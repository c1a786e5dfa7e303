"""Pages of keeping conversations: folders, search, putting right, paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length

from portal.infra.i18n import known
from portal.messaging.deciding import MOST_CHARACTERS
from portal.messaging.filing import LONGEST_NAME, Shelf
from portal.messaging.reading import Conversation
from portal.messaging.searching import Results
from portal.messaging.trail_words import stops_of
from portal.messaging.words import sender
from portal.web import filters
from portal.web.forms import OnceField, PortalForm, clean_text


class SearchForm(PortalForm):
    """Words to find."""

    words = StringField(
        _l("Words in your messages"),
        filters=[clean_text],
        validators=[DataRequired(_l("Write what you are looking for.")), Length(max=100)],
    )


class FolderForm(PortalForm):
    """A folder's name."""

    name = StringField(_l("Name of the folder"), filters=[clean_text], validators=[Length(max=LONGEST_NAME)])


class FilingForm(PortalForm):
    """Where a conversation is kept."""

    to = SelectField(_l("Keep it in"))

    def offer(self, shelves: Sequence[Shelf]) -> FilingForm:
        """Set what may be chosen."""
        self.to.choices = [
            SelectChoice("list", _("My messages")),
            SelectChoice("archive", _("Archive")),
            *(SelectChoice(str(one.id), one.name) for one in shelves),
        ]
        return self


class CorrectionForm(PortalForm):
    """What was meant."""

    reply = TextAreaField(
        _l("What it should say"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write what it should say, or take the message back.")),
            Length(max=MOST_CHARACTERS, message=_l("Shorten your message to 10,000 characters.")),
        ],
    )
    once = OnceField()


@dataclass(frozen=True)
class SearchPage:
    """What was found."""

    person_id: UUID
    title: str
    form: SearchForm
    rows: list[dict[str, Any]]
    has_looked: bool
    is_whole: bool
    action: str
    back_href: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, form: SearchForm, results: Results | None) -> SearchPage:
        rows = [
            {
                "href": url_for("messaging.show_thread", person_id=person_id, thread_id=one.id),
                "subject": one.subject,
                "snippet": one.snippet,
                "at": one.at,
            }
            for one in (results.found if results else ())
        ]
        return cls(
            person_id,
            _("Search messages"),
            form,
            rows,
            results is not None,
            results.is_whole if results else True,
            url_for("messaging.search_threads", person_id=person_id),
            url_for("messaging.list_threads", person_id=person_id),
        )


@dataclass(frozen=True)
class FoldersPage:
    """The reader's folders."""

    person_id: UUID
    title: str
    form: FolderForm
    folders: list[dict[str, str]]
    action: str
    back_href: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, form: FolderForm, shelves: Sequence[Shelf]) -> FoldersPage:
        here: dict[str, Any] = {"person_id": person_id}
        rows = [
            {
                "name": one.name,
                "href": url_for("messaging.list_threads", folder=one.id, **here),
                "rename": url_for("messaging.rename_folder", folder_id=one.id, **here),
                "remove": url_for("messaging.remove_folder", folder_id=one.id, **here),
                "id": one.id.hex[:8],
            }
            for one in shelves
        ]
        return cls(
            person_id,
            _("Folders"),
            form,
            rows,
            url_for("messaging.make_folder", **here),
            url_for("messaging.list_threads", **here),
        )


@dataclass(frozen=True)
class KeepPage:
    """Where to keep a conversation, and how to take it along."""

    person_id: UUID
    title: str
    form: FilingForm
    action: str
    pdf_href: str
    folders_href: str
    back_href: str
    room: str = "messages"

    @classmethod
    def of(cls, person_id: UUID, thread_id: UUID, form: FilingForm) -> KeepPage:
        here: dict[str, Any] = {"person_id": person_id, "thread_id": thread_id}
        return cls(
            person_id,
            _("Keep or save this conversation"),
            form,
            url_for("messaging.keep_thread", **here),
            url_for("messaging.print_thread", **here),
            url_for("messaging.list_folders", person_id=person_id),
            url_for("messaging.show_thread", **here),
        )


@dataclass(frozen=True)
class CorrectionPage:
    """Putting right, or taking back, what one wrote."""

    person_id: UUID
    title: str
    form: CorrectionForm
    text: str
    was_opened: bool
    action: str
    retract_href: str
    back_href: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, person_id: UUID, thread_id: UUID, message_id: UUID, form: CorrectionForm, text: str, *, was_opened: bool
    ) -> CorrectionPage:
        here: dict[str, Any] = {"person_id": person_id, "thread_id": thread_id, "message_id": message_id}
        return cls(
            person_id,
            _("Change what you sent"),
            form,
            text,
            was_opened,
            url_for("messaging.correct_message", **here),
            url_for("messaging.retract_message", **here),
            url_for("messaging.show_thread", person_id=person_id, thread_id=thread_id),
        )


def paper_of(talk: Conversation, reader_id: UUID | None, clinic: str, language: str, now: Any) -> dict[str, Any]:
    """A conversation as its PDF wants it: texts only."""
    return {
        "title": talk.subject,
        "clinic": clinic,
        "language": language,
        "patient": talk.given_name,
        "printed": _("Printed %(day)s", day=filters.moment(now)),
        "state": _("With %(name)s", name=known(talk.owner)) if talk.owner else "",
        "words": {"messages": _("Messages"), "files": _("Files:"), "trail": _("Where it went")},
        "messages": [
            {
                "who": sender(said.author, said.role, said.relation, talk.given_name),
                "at": filters.moment(said.at),
                "lines": (said.text or _("This message was taken back.")).split("\n"),
                "files": [one.name for one in said.files],
            }
            for said in talk.said
            if said.kind == "message"
        ],
        "stops": [
            {"what": f"{stop.get('strong', '')}{stop.get('text', '')}", "at": stop.get("when", "")}
            for stop in stops_of(talk, reader_id)
        ],
    }
