"""Forms: labels as questions, errors that say what to do, and `to_command()` as the only way out."""

from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, ValidationError

from portal.infra.ids import new_id


class OnceField(HiddenField):
    """A one-time id: a form sent twice carries the same, and the unique constraint makes it one act."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", default=lambda: str(new_id()), **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            UUID(self.data or "")
        except ValueError as error:
            raise ValidationError(str(_l("Load this page again, then send it once more."))) from error

    @property
    def value(self) -> UUID:
        return UUID(self.data)


class DayField(DateField):
    """A day that a clock may show one day: what lies before 1900 or after 2200 is a slip, and nothing adds to it."""

    def process_formdata(self, valuelist: Any) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not 1900 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(self.gettext("Not a valid date value."))


def clean_text(value: str | None) -> str | None:
    """Normalise what people type: NFC, unix line ends, no NUL or other control characters, no lone surrogates."""
    if value is None:
        return None
    value = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def small_letters(value: str | None) -> str | None:
    """In small letters, before its length is looked at: some letters become two."""
    return value.lower() if value else value


def blame(field: Any, sentence: str) -> None:
    """Say beside a field, and in the summary, what is wrong with it: for what only the use case could find out."""
    field.errors = [*field.errors, sentence]


class PortalForm(FlaskForm):
    """What all forms share."""

    @property
    def has_errors(self) -> bool:
        return bool(self.errors)

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(field id, sentence) pairs in the order of the form, for the error summary."""
        return [(self[name].id, str(errors[0])) for name, errors in self.errors.items() if name and errors]
