"""Tests talk to this machine only: a socket to anywhere else is refused with the address in the message."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest


class OutsideWorld(AssertionError):
    """A test tried to reach another machine."""


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a path: a socket of this machine
    host = str(address[0])
    if host in ("localhost", "", "::"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups that leave this machine."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(address: Any) -> None:
        if not _is_here(address):
            raise OutsideWorld(f"a test tried to reach {address!r}; use a server of this machine")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in (None, "") and not _is_here((host.decode() if isinstance(host, bytes) else host, 0)):
            raise OutsideWorld(f"a test tried to look up {host!r}; use a server of this machine")
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
