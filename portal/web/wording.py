"""Texts in the reader's language, found quickly: a page asks for a hundred of them, in one language.

Flask-Babel works out the language and opens the catalog at each text. Here that is done once for each language of a
request, and a text of a template that takes no values is kept ready as markup, once a process.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup


class Catalogs(Domain):
    """The texts of the portal. Forcing another language for a while (`force_locale`) is noticed."""

    def get_translations(self) -> Any:
        try:
            here: dict[str, Any] = g._get_current_object().__dict__
        except RuntimeError:  # outside of a request
            return super().get_translations()
        locale = getattr(here.get("_flask_babel"), "babel_locale", None)
        if locale is None:  # nobody has asked for the language yet
            return super().get_translations()
        kept = here.get("catalog")
        if kept is None or kept[0] is not locale:
            kept = here["catalog"] = (locale, super().get_translations())
        return kept[1]


def install(app: Flask, babel: Babel) -> None:
    """Use the catalogs in code and templates."""
    catalogs = Catalogs()
    babel.domain_instance = catalogs
    ready: dict[tuple[int, str], Markup] = {}

    @pass_eval_context
    def gettext(eval_ctx: EvalContext, string: str, **variables: Any) -> str:
        known = catalogs.get_translations()
        if not eval_ctx.autoescape:
            return str(known.ugettext(string) % variables)
        if variables:
            return Markup(known.ugettext(string)) % variables  # noqa: S704  a text of ours; its values are escaped
        key = (id(known), string)
        text = ready.get(key)
        if text is None:
            text = Markup(known.ugettext(string)) % ()  # noqa: S704  a text of ours; %% stands for a percent sign
            if len(ready) < 4096:
                ready[key] = text
        return text

    app.jinja_env.globals.update(gettext=gettext, _=gettext)
