"""A carrier of text messages on loopback, and what its tests ask of notices."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

from pydantic import SecretStr
from sqlalchemy import select

from portal.models import Delivery, NoticeAddress, NoticeChoice
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made
from tests.messaging.world import World

NUMBER = "+12025550143"


class Carrier:
    """A carrier on loopback that keeps what it is given and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.hangs_up = False
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(body).items()}
                kept.asked.append({"path": self.path, "login": self.headers["Authorization"], **fields})
                if kept.hangs_up:
                    return
                status, said = kept.answers.pop(0) if kept.answers else (201, {"sid": f"SM{len(kept.asked)}"})
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def settings_of(carrier: Carrier) -> dict[str, Any]:
    """The settings of a clinic whose carrier this is."""
    login = {"sms_account": "AC1", "sms_token": SecretStr("token"), "sms_from": "+12025550100"}
    return {"sms_url": carrier.url, **login}


def code_in(text: str) -> str:
    """The six digits in a text or mail."""
    return next(word for word in text.replace(".", " ").split() if word.isdigit() and len(word) == 6)


def has_number(world: World, account_id: Any, *topics: str, **more: Any) -> None:
    with made(world.services) as session:
        given = {"value": NUMBER, "confirmed_at": world.services.clock.now(), "tries": 0, **more}
        session.add(NoticeAddress(account_id=account_id, channel="sms", **given))
        for topic in topics:
            session.add(NoticeChoice(account_id=account_id, role="self", topic=topic, channel="sms", is_on=True))


def states(world: World, account_id: Any) -> dict[str, str]:
    with made(world.services) as session:
        found = session.scalars(select(Delivery).where(Delivery.account_id == account_id))
        return {one.channel: one.state for one in found}


def job(world: World, kind: str = "notifications.send") -> Any:
    return UnitOfWork.open(world.services, Actor.system(kind), write=True)
