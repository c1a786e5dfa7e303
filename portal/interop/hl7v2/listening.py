"""The MLLP listener: several connections, each answered in order; TLS and certificates of senders by settings."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

import structlog

from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.interop.hl7v2 import answering, feed
from portal.interop.hl7v2.framing import Framer, framed, split
from portal.interop.hl7v2.refusals import Unaccepted
from portal.work.services import Services

log = structlog.get_logger("hl7v2")

CONNECTIONS: Final = 64
PIECE: Final = 1 << 16
UNFINISHED: Final = 30.0  # seconds in which a frame that has begun must go on
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def tls(settings: Settings) -> ssl.SSLContext | None:
    """The TLS of the listener; None without a certificate. Raises `Misconfigured`."""
    if settings.hl7_tls_cert is None:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(settings.hl7_tls_cert, settings.hl7_tls_key)
        if settings.hl7_tls_client_ca is not None:
            context.load_verify_locations(settings.hl7_tls_client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("The certificate of the HL7 v2 listener can't be read (PORTAL_HL7_TLS_…).") from error
    return context


class Listener:
    """Takes messages on one address. Whatever a sender does, the others are served."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._open = 0

    async def serve(self, host: str, port: int, started: Callable[[int], None]) -> None:
        """Listen until cancelled; `started` is told the port. Raises `Misconfigured` for an open address without TLS
        in production.
        """
        context = tls(self._services.settings)
        if context is None and host not in _LOOPBACK and self._services.settings.is_production:
            raise Misconfigured("HL7 v2 over the network needs TLS: set PORTAL_HL7_TLS_CERT, or bind 127.0.0.1.")
        await asyncio.to_thread(feed.catch_up, self._services)
        server = await asyncio.start_server(self._connected, host, port, ssl=context)
        async with server:
            started(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTIONS:
                await self._talk(reader, writer)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            log.info("hl7v2.closed")
        finally:
            self._open -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        idle = float(self._services.settings.hl7_idle_seconds)
        while True:
            seconds = min(UNFINISHED, idle) if framer.is_waiting else idle
            piece = await asyncio.wait_for(reader.read(PIECE), seconds)
            if not piece:
                return
            try:
                frames = framer.feed(piece)
            except Unaccepted as error:
                writer.write(framed(answering.unreadable(error.code, self._services.clock.now())))
                await asyncio.wait_for(writer.drain(), UNFINISHED)
                return
            for frame in frames:
                for message in split(frame):
                    for answer in await asyncio.to_thread(feed.receive, self._services, message):
                        writer.write(framed(answer))
                    await asyncio.wait_for(writer.drain(), UNFINISHED)
