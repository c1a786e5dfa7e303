"""A client with one kept connection that does a fixed number of requests and times each."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One browser's connection to a server of this machine, with its cookies."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        body = urlencode(fields).encode()
        own = {"Origin": f"http://127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **own})

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. A connection that the server has closed in the meantime is opened again, once."""
        sent = {"Accept": "text/html", "Accept-Language": "en", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            return self._send(method, path, body, sent)
        except (http.client.BadStatusLine, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            return self._send(method, path, body, sent)

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        content = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return Answer(response.status, response.headers, content)

    def close(self) -> None:
        self._connection.close()


def timed(work: Callable[[], object], count: int) -> tuple[float, tuple[float, ...]]:
    """Do `work` `count` times; the wall seconds of all and of each."""
    latencies = []
    start = time.perf_counter()
    for _ in range(count):
        before = time.perf_counter()
        work()
        latencies.append(time.perf_counter() - before)
    return time.perf_counter() - start, tuple(latencies)
