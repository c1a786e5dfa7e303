"""Ways to reach people. The words are templates that are given the clinic and an address, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.infra.settings import Settings
from portal.notifications import addresses
from portal.notifications.choices import Reader
from portal.notifications.kinds import CHANNELS, KINDS
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


def code_words(settings: Settings, language: str, code: str) -> tuple[str, str]:
    """(subject, body) of the mail that asks whether an address is the reader's."""
    chosen = language if language in settings.language_codes else settings.language_codes[0]
    given = {"clinic": settings.clinic_name, "code": code}
    subject, body = (
        _environment(chosen).get_template(f"address_code/{part}.txt").render(given) for part in ("subject", "body")
    )
    return " ".join(subject.split()), body.strip() + "\n"


def text(settings: Settings, name: str, language: str, href: str | None = None, **given: object) -> str:
    """The words of a text message: who it is from, that something waits, where, and how to stop."""
    chosen = language if language in settings.language_codes else settings.language_codes[0]
    values = {"clinic": settings.clinic_name, "href": href or settings.base_url + "/", **given}
    return " ".join(_environment(chosen).get_template(f"texts/{name}.txt").render(values).split())


def offered(uow: UnitOfWork, one: Reader) -> list[str]:
    """The channels that reach them, in the order they are tried."""
    reached = addresses.of(uow, one)
    return [channel for channel in CHANNELS if channel in reached]
