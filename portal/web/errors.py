"""Every refusal as a page, once: what happened, what to do, a number to call, a reference. No record data."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal.infra.errors import NeedsStepUp, NotSignedIn, PortalError, TooMany
from portal.web.door import request_id, services
from portal.web.responses import redirect_to, sign_in_path

log = structlog.get_logger("web")
TYPED = ("question", "reply", "note", "why")
RETRY_SECONDS = 5
KNOWN = {400, 403, 404, 409, 410, 413, 422, 429, 500, 503}


@dataclass(frozen=True)
class ErrorPage:
    """All an error template may know."""

    status: int
    code: str
    reference: str
    signed_in: bool = False
    kept_href: str = "/kept-drafts"
    typed: str = ""  # what was in the form that was refused: the writer's own words, given back to be copied


def install(app: Flask) -> None:
    """Map errors to pages."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(NoConnection, _database_error)
    app.register_error_handler(IntegrityError, _second_of_two)
    app.register_error_handler(Exception, _unexpected)


def error_response(status: int, code: str) -> Response:
    """The page for a status. It is rendered without the database, and without the page it replaces."""
    shown = status if status in KNOWN else 400 if status < 500 else 500
    page = ErrorPage(status, code, request_id()[:8], typed=_typed(status))
    response = make_response(render_template(f"errors/{shown}.html", page=page, shell=None), status)
    response.headers["Vary"] = "HX-Request"
    return response


def _typed(status: int) -> str:
    """What somebody wrote into a form that may not be sent (any more), such as when their access ended meanwhile."""
    if request.method != "POST" or status not in (403, 404):
        return ""
    return next((text for name in TYPED if (text := request.form.get(name, "").strip())), "")


def _portal_error(error: PortalError) -> BaseResponse:
    if isinstance(error, NotSignedIn):
        return _sign_in_first()
    if isinstance(error, NeedsStepUp):
        return _confirm_it_is_you()
    response = error_response(error.status, error.code)
    if isinstance(error, TooMany) and error.retry_at:
        seconds = (error.retry_at - services().clock.now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, int(seconds) + 1))
    return response


def _sign_in_first() -> BaseResponse:
    """A page: go and sign in, then come back here. A fragment: 401, so that no sign-in page lands inside a page."""
    from flask import session

    here = request.full_path.rstrip("?") if request.method == "GET" else _where_it_was_typed()
    more = {"ended": "1"} if getattr(session, "has_expired", False) else {}
    target = sign_in_path(here, **more)
    if request.headers.get("HX-Request") == "true":
        response = Response(status=401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect_to(target)


def _confirm_it_is_you() -> BaseResponse:
    here = request.full_path.rstrip("?") if request.method == "GET" else _where_it_was_typed()
    return redirect_to(sign_in_path(here, again="1"))


def _where_it_was_typed() -> str | None:
    """The page a form was on, by the Referer's path (same origin only)."""
    from urllib.parse import urlsplit

    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.host else None


def _csrf_error(error: CSRFError) -> BaseResponse:
    from flask import session

    has_no_session = getattr(session, "has_expired", False) or getattr(session, "row", None) is None
    if has_no_session and not request.path.startswith("/idp/"):
        return _sign_in_first()
    return error_response(400, "csrf")


def _http_error(error: HTTPException) -> BaseResponse:
    if error.code and error.code < 400:
        return error.get_response()
    status = error.code or 500
    return error_response(404 if status == 405 else status, (error.name or "error").lower().replace(" ", "-"))


def _database_error(error: OperationalError | NoConnection) -> BaseResponse:
    """The database did not answer, or too many were before this one: nothing was kept, and it can be sent again."""
    cause = getattr(error, "orig", None) or error
    log.error("database did not answer", error=type(cause).__name__, request=request_id())
    response = error_response(503, "unavailable")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _second_of_two(error: IntegrityError) -> BaseResponse:
    """What a unique constraint refused was there already: somebody was first, or the same thing came twice at once."""
    is_unique = getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint" in str(error.orig)
    return error_response(409, "already-there") if is_unique else _unexpected(error)


def _unexpected(error: Exception) -> BaseResponse:
    log.error(
        "unexpected error",
        error=type(error).__name__,
        endpoint=request.endpoint,
        request=request_id(),
        exception=_where(error),
    )
    g.pop("uow", None)
    try:
        return error_response(500, "error")
    except Exception:  # noqa: BLE001  whatever broke the error page, the reader still gets words
        return make_response(FAILSAFE, 500)


def _where(error: Exception) -> list[str]:
    """File, line and function of the last frames; no values, which may be somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


FAILSAFE = (
    "<!doctype html><html lang=en><title>Something went wrong</title><h1>Something went wrong</h1>"
    "<p>Nothing was lost that you had sent before. Try again in a minute.</p></html>"
)
