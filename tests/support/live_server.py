"""The portal on a real socket of this machine, in a thread, for browsers and for programs that speak HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class LiveServer:
    """Where it listens: `url("/sign-in")`. The portal inside shares the clock and the database of the test."""

    def __init__(self, base_url: str, app: Any) -> None:
        self.base_url, self.app = base_url, app

    def url(self, path: str = "/") -> str:
        return self.base_url + path


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Addresses are the portal's own business to log."""


@contextmanager
def free_port() -> Iterator[tuple[socket.socket, int]]:
    """A socket that already listens, and its port: nobody else can take it before the server does."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener, listener.getsockname()[1]


@contextmanager
def serve(app: Any, listener: socket.socket, base_url: str) -> Iterator[LiveServer]:
    """Serve `app` on a listening socket until the block ends."""
    port = listener.getsockname()[1]
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield LiveServer(base_url, app)
    finally:
        server.shutdown()
        thread.join(10)
        server.socket.close()
