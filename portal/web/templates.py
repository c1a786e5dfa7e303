"""Jinja, once: strict, escaped, with the few globals a template may know."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response
from whitenoise import WhiteNoise

from portal.infra.i18n import known
from portal.infra.settings import Settings
from portal.web import filters, fragments, wording
from portal.web.door import current_actor
from portal.web.security import STATIC_HEADERS

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGE_COOKIE = "language"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True)
class Clinic:
    """Names and numbers for headers, footers and emergency cards."""

    name: str
    phone: str
    emergency_number: str
    crisis_number: str
    nurse_line: str
    hours: str

    @property
    def nurse_hours(self) -> str:
        """When the nurse line is staffed, in the reader's language where the catalogs know it."""
        return known(self.hours)

    @classmethod
    def of(cls, settings: Settings) -> Clinic:
        return cls(
            settings.clinic_name,
            settings.clinic_phone,
            settings.emergency_number,
            settings.crisis_number,
            settings.nurse_line,
            settings.nurse_hours,
        )


def install(app: Flask, settings: Settings) -> None:
    """Templates, languages and static files."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.auto_reload = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # a text over several lines is one text, as in the catalogs
    _languages(app, settings)
    filters.install(app)
    asset = _static_files(app)
    clinic = Clinic.of(settings)
    app.jinja_env.globals.update(asset=asset, clinic=clinic, sprite_icon=kept_icons(app), kept=fragments.kept(app))
    # The session and request are not a template's business; the page object is.
    for name in ("session", "config", "request", "g"):
        app.jinja_env.globals.pop(name, None)
    app.template_context_processors[None] = [_context]


def kept_icons(app: Flask) -> Callable[..., Markup]:
    """The function behind `icon` of `ui/icon.html`; each icon is put together once, by `ui/_icon.html`."""

    @lru_cache(maxsize=1024)
    def icon(name: str, label: str | None = None, cls: str = "") -> Markup:
        made: Markup = app.jinja_env.get_template("ui/_icon.html").module.icon(name, label, cls)  # type: ignore[attr-defined]
        return made

    return icon


def _context() -> dict[str, Any]:
    code = filters.language()
    return {
        "csp_nonce": g.get("nonce", ""),
        "lang": code,
        "text_dir": "rtl" if code in RIGHT_TO_LEFT else "ltr",
    }


def _languages(app: Flask, settings: Settings) -> None:
    offered = settings.language_codes

    def choose() -> str:
        if "wanted_language" in g:
            return str(g.wanted_language)
        actor = current_actor()
        if actor.is_signed_in and actor.language in offered:
            return actor.language
        wanted = request.cookies.get(LANGUAGE_COOKIE)
        if wanted in offered:
            return str(wanted)
        return request.accept_languages.best_match(offered) or offered[0]

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    wording.install(app, Babel(app, default_locale=offered[0], locale_selector=choose))

    @app.before_request
    def remember_language() -> None:
        """`?lang=es` on a page of a visitor: a wish, kept in a cookie of its own."""
        wanted = request.args.get("lang")
        if wanted in offered:
            g.wanted_language = wanted

    @app.after_request
    def keep_language(response: Response) -> Response:
        if "wanted_language" in g:
            response.set_cookie(
                LANGUAGE_COOKIE,
                g.wanted_language,
                max_age=31536000,
                samesite="Lax",
                secure=settings.is_https,
                httponly=True,
            )
        return response


def _static_files(app: Flask) -> Any:
    """Serve `static/` below a path that changes with its content, so that browsers may keep it for ever."""
    root = ROOT / "static"
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.suffix not in (".br", ".gz"))
    build = hashlib.sha256()
    for path in files:
        build.update(str(path.relative_to(root)).encode() + path.read_bytes())
    prefix = f"static/{build.hexdigest()[:12]}"

    def headers(more: Any, _path: str, _url: str) -> None:
        for name, value in STATIC_HEADERS.items():
            more[name] = value

    noise = WhiteNoise(
        app.wsgi_app,
        root=str(root),
        prefix=prefix,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=headers,
        charset="utf-8",
    )
    app.wsgi_app = noise  # type: ignore[method-assign]
    app.static_folder = None

    def asset(path: str) -> str:
        return f"/{prefix}/{path}"

    return asset
