"""Ways to reach people. The words are templates that are given the clinic and an address, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.infra.settings import Settings
from portal.notifications.choices import Reader
from portal.notifications.kinds import KINDS
from portal.work.unit_of_work import UnitOfWork

ROOT = Path(__file__).resolve().parent.parent.parent
DIGEST = "digest"  # the words of a notice that stands for several
SETTINGS_PATH = "/profile/notices"


@lru_cache(maxsize=16)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "emails"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  plain text
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    known: NullTranslations = Translations.load(str(ROOT / "translations"), [language])
    environment.install_gettext_translations(known, newstyle=True)  # type: ignore[attr-defined]
    return environment


def words(settings: Settings, kind: str, language: str, href: str | None = None, *, count: int = 1) -> tuple[str, str]:
    """(subject, body) of a notice in the reader's language; `href` is where it leads, else the start page. `count` is
    how many things wait, for a notice that stands for several. What one may choose about says where that is done.
    """
    chosen = language if language in settings.language_codes else settings.language_codes[0]
    environment = _environment(chosen)
    given = {"clinic": settings.clinic_name, "href": href or settings.base_url + "/", "count": count}
    subject = environment.get_template(f"{kind}/subject.txt").render(given)
    body = environment.get_template(f"{kind}/body.txt").render(given).strip()
    if kind in KINDS or kind == DIGEST:
        where = environment.get_template("_where.txt").render(settings_href=settings.base_url + SETTINGS_PATH)
        body = f"{body}\n\n{where.strip()}"
    return " ".join(subject.split()), body + "\n"


# Where somebody is reached by a channel; None where they can't be. E-mail is here, others add themselves.
Address = Callable[[UnitOfWork, Reader], str | None]
ADDRESSES: dict[str, Address] = {"email": lambda _uow, one: one.email}


def address_of(uow: UnitOfWork, one: Reader, channel: str) -> Any:
    """Where they are reached by that channel; None where they can't be."""
    find = ADDRESSES.get(channel)
    return find(uow, one) if find else None


def offered(uow: UnitOfWork, one: Reader) -> list[str]:
    """The channels that reach them."""
    return [channel for channel in ADDRESSES if address_of(uow, one, channel) is not None]
