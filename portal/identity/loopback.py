"""Calls to ourselves without a socket: the built-in provider's back channel, still spoken as plain HTTP messages.

With few threads a server that calls itself can wait for itself. This transport hands the request straight to the
application, in a context of its own, so that the OpenID exchange is complete and no thread waits for another.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

Wsgi = Callable[..., Iterable[bytes]]


class LoopbackAdapter(BaseAdapter):
    """A `requests` transport that answers from a WSGI application."""

    def __init__(self, app: Wsgi) -> None:
        super().__init__()
        self._app = app

    def send(self, request: PreparedRequest, *_args: Any, **_kwargs: Any) -> Response:
        """Run the request through the application. Raises what the application raises."""
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        builder = EnvironBuilder.from_environ(
            EnvironBuilder(
                path=request.url or "/",
                method=request.method or "GET",
                headers=list(request.headers.items()),
                input_stream=BytesIO(body),
                content_length=len(body),
            ).get_environ()
        )
        # A fresh context: what the outer request keeps in `g` must not be seen or changed by the inner one.
        parts, status, headers = contextvars.Context().run(run_wsgi_app, self._app, builder.get_environ(), True)
        response = Response()
        response.status_code = int(status.split(" ", 1)[0])
        response.reason = status.partition(" ")[2]
        response.headers = CaseInsensitiveDict(headers.to_wsgi_list())
        response.encoding = "utf-8"
        response.url = request.url or ""
        response.request = request
        response.raw = BytesIO(b"".join(parts))
        return response

    def close(self) -> None:
        """Nothing is kept open."""
