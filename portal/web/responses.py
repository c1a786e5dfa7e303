"""What a view may answer: a page (or its fragment), or a redirect after a POST."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.web.shell import Shell


def wants_fragment() -> bool:
    """Whether htmx asks for a piece of the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def respond(
    page: Any, template: str, *, fragment: str | None = None, status: int = 200, shell: Shell | None = None
) -> Response:
    """Render `template` with the one object it may know. htmx gets `fragment` of the same URL, if there is one."""
    if fragment and wants_fragment():
        body = render_template(fragment, page=page, shell=None)
    else:
        uow = g.uow
        if shell is None and uow.actor.is_signed_in:
            shell = Shell.of(uow, _whose(page), getattr(page, "room", ""))
        body = render_template(template, page=page, shell=shell)
    response = make_response(body, status)
    response.headers["Vary"] = "HX-Request"
    return response


def _whose(page: Any) -> UUID | None:
    """Whose house the page stands in. An address that names a person is enough: whoever acts for them is told so."""
    named: UUID | None = getattr(page, "person_id", None) or (request.view_args or {}).get("person_id")
    return named


def see_other(endpoint: str, **values: Any) -> BaseResponse:
    """303 to another view: after every POST that went well, so that a reload sends nothing twice."""
    return redirect_to(url_for(endpoint, **values))


def redirect_to(location: str) -> BaseResponse:
    """303 to a path of this portal; htmx is told to go there as a whole page."""
    if request.headers.get("HX-Request") == "true":
        response = Response(status=204)
        response.headers["HX-Redirect"] = location
        return response
    return redirect(location, code=303)


def sign_in_path(next_path: str | None, **more: str) -> str:
    query = {**({"next": next_path} if next_path else {}), **more}
    return url_for("identity.sign_in") + (f"?{urlencode(query)}" if query else "")
