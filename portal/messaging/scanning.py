"""Asking ClamAV about a file, over its own protocol (clamd INSTREAM: chunks with their length, in network order)."""

from __future__ import annotations

import socket
import struct

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 30.0
CHUNK = 64 * 1024


class ScannerDown(Exception):
    """The scanner can't be reached, or gave no answer that can be understood. The file stays held."""


def scan(address: str, content: bytes) -> bool:
    """Whether the scanner finds nothing in `content`. `address` is `host:port` or `unix:/path`.

    Raises `ScannerDown`: no answer is never taken for a good one.
    """
    try:
        with _connect(address) as line:
            line.sendall(b"zINSTREAM\0")
            for at in range(0, len(content), CHUNK):
                piece = content[at : at + CHUNK]
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = _answer(line)
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    if answer.endswith(b"FOUND"):
        return False
    if answer.endswith(b": OK"):
        return True
    raise ScannerDown("unknown answer")


def _connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        line.connect(address.removeprefix("unix:"))
    else:
        host, _colon, port = address.rpartition(":")
        line = socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS)
    line.settimeout(ANSWER_SECONDS)
    return line


def _answer(line: socket.socket) -> bytes:
    parts = b""
    while len(parts) < 4096 and b"\0" not in parts:
        piece = line.recv(4096)
        if not piece:
            break
        parts += piece
    return parts.split(b"\0")[0].strip()
