"""Files that come with a form: only where a route says so, within limits, and never on a disk unsealed."""

from __future__ import annotations

import io
from typing import IO, Any

from flask import Flask, Request, request

from portal.web.door import DECLARED

MOST_BYTES = 27 * 1024 * 1024  # the files of one message, and the form around them


class PortalRequest(Request):
    """A request whose uploaded files stay in memory: the usual temporary files would lie about unsealed."""

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> IO[bytes]:
        return io.BytesIO()


def install(app: Flask) -> None:
    """Before anything reads the form: routes that take files get their own limit."""
    app.request_class = PortalRequest

    @app.before_request
    def _allow_files() -> None:
        declared = DECLARED.get(request.endpoint or "")
        if declared is not None and declared.upload:
            request.max_content_length = MOST_BYTES


def files(name: str) -> list[tuple[str, bytes]]:
    """(name, content) of each file chosen in the field `name`; none for an empty field."""
    return [(one.filename, one.stream.read()) for one in request.files.getlist(name) if one.filename]
