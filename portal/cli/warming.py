"""What a process would load at its first request, loaded before the server forks, so that its workers share it."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy.orm import configure_mappers

from portal.work.services import Services

log = structlog.get_logger("serve")

SAMPLE = "Is it safe to take ibuprofen with my water pill? My last potassium result was high."


def warm(app: Flask) -> None:
    """Templates, catalogs, word lists and the model of the router. It reads no record and keeps nothing of anybody."""
    configure_mappers()
    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)
    services: Services = app.extensions["portal"]
    with app.test_request_context("/"):
        for code in services.settings.language_codes:
            with force_locale(code):
                gettext("Messages")
    try:
        _warm_router()
    except Exception as error:  # noqa: BLE001  warming saves memory; what is broken is said where it is needed
        log.error("not loaded before the fork", error=type(error).__name__)


def _warm_router() -> None:
    from portal.messaging.routing.context import Context
    from portal.messaging.routing.router import route
    from portal.messaging.routing.types import Incoming

    nobody = Context("warming", datetime(2026, 1, 5, 12, tzinfo=UTC))
    for lang in ("en", "es"):
        route(nobody, Incoming(SAMPLE, lang=lang))
