"""The house of one run: a folder, a database, the two servers side by side, and who is signed in."""

from __future__ import annotations

import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from flask import Flask

from benchmarks.dataset import SEED, Dataset, Person, Size
from benchmarks.limits.store import Store
from benchmarks.load import Client
from benchmarks.processes import Server, Tree
from benchmarks.seeding import Seeder, open_sessions
from portal.app import create_app
from portal.infra import schema
from portal.infra.ids import digest
from portal.infra.settings import Settings
from portal.work.services import Services
from scripts.compress_static import refresh


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A PostgreSQL server for the length of a run. `databases` are made from nothing."""

    def __init__(self) -> None:
        from tests.support.postgres import PostgresServer

        self._folder = tempfile.TemporaryDirectory(prefix="bench-pg-")
        Path(self._folder.name).chmod(0o755)
        self.server = PostgresServer(Path(self._folder.name) / "pg")
        self.server.start()
        assert self.server.process is not None
        self.tree = Tree(self.server.process.pid)

    def new(self, name: str) -> tuple[str, str]:
        """A new database: its SQLAlchemy address, and the one for psycopg alone."""
        self.server.run(f"CREATE DATABASE {name}")
        return self.server.url(name), f"postgresql:host={self.server.sockets} user=postgres dbname={name}"

    def stop(self) -> None:
        self.server.stop()
        self._folder.cleanup()


class House:
    """Everything a run needs; use it as a context manager."""

    def __init__(self, size: Size, postgres: Postgres | None = None, seed: int = SEED) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self.postgres = postgres
        self.port, self.limit_port = free_port(), free_port()
        name = f"seed{seed}_{size.patients}"
        url, limit = "", str(self.folder / f"limit-{name}.sqlite3")
        if postgres is None:
            url = f"sqlite:///{self.folder / f'portal-{name}.sqlite3'}"
        else:
            url, _ = postgres.new(f"portal_{name}")
            _, limit = postgres.new(f"limit_{name}")
        self.limit_address = limit
        self.settings = Settings(
            data_dir=self.folder, database_url=url, base_url=f"http://127.0.0.1:{self.port}", worker="separate",
            log_level="warning",
        )  # fmt: skip
        self.services = Services.build(self.settings)
        schema.upgrade(self.services.database)
        self.data = Dataset(size, seed)
        Seeder(self.services, self.data).run()
        self.app: Flask = create_app(self.settings, services=self.services)
        refresh()  # as `make run` does: the portal serves what is compressed already
        self.doctor = self.data.doctors[self.data.main.number % 8]
        self.tokens: dict[str, UUID] = {}
        self._sign_in()
        self.portal = self._start_portal()
        self.limit: Server | None = None

    def __enter__(self) -> House:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None and self.portal.log.exists():
            print(self.portal.log.read_text()[-3000:], file=sys.stderr)
        for server in (self.portal, self.limit):
            if server is not None:
                server.stop()
        self.services.database.dispose()
        self._stack.close()

    @property
    def templates(self) -> Path:
        path = self.folder / "limit-templates"
        path.mkdir(exist_ok=True)
        return path

    def token(self, account_id: UUID) -> str:
        return f"bench-{account_id.hex}"

    def client(self, account_id: UUID) -> Client:
        """A browser of the portal, signed in."""
        return Client(self.port, {"session": self.token(account_id)})

    def limit_client(self, account_id: UUID) -> Client:
        """The same browser at the floor."""
        return Client(self.limit_port, {"session": self.token(account_id)})

    def path(self, endpoint: str, **values: object) -> str:
        """The address of a view. Raises werkzeug's BuildError where there is none."""
        with self.app.test_request_context(base_url=self.settings.base_url):
            from flask import url_for

            return url_for(endpoint, **values)  # type: ignore[arg-type]

    def _sign_in(self) -> None:
        data = self.data
        accounts = [p.account_id for p in (*data.busy.values(), data.talker)] + [self.doctor.account_id]
        open_sessions(self.services, {self.token(account): account for account in accounts})

    def _environment(self) -> dict[str, str]:
        return {
            "PORTAL_DATA_DIR": str(self.folder), "PORTAL_DATABASE_URL": self.settings.database_url,
            "PORTAL_BASE_URL": self.settings.base_url, "PORTAL_WORKER": "separate", "PORTAL_LOG_LEVEL": "warning",
            "LIMIT_DATABASE": self.limit_address, "LIMIT_TEMPLATES": str(self.templates),
        }  # fmt: skip

    def _serve(self, which: str, port: int, path: str) -> Server:
        command = [sys.executable, "-m", "benchmarks.serving", which, f"127.0.0.1:{port}"]
        server = Server(command, self._environment(), self.folder / f"{which}.log", port)
        server.wait(path)
        return server

    def _start_portal(self) -> Server:
        return self._serve("portal", self.port, "/healthz")

    def start_limit(self) -> None:
        """Fill the floor's database and start it. Its templates must be there already."""
        store = Store(self.limit_address, self.settings.zone)
        store.fill(self.data, self.services.passwords.hash(self._password()))
        people: list[Person] = [*self.data.busy.values(), self.data.talker]
        store.sessions((digest(self.token(p.account_id)), str(p.account_id), str(p.id), p.name) for p in people)
        doctor = self.doctor
        store.sessions([(digest(self.token(doctor.account_id)), str(doctor.account_id), "", doctor.name)])
        store.close()
        self.limit = self._serve("limit", self.limit_port, "/healthz")

    @staticmethod
    def _password() -> str:
        from benchmarks.dataset import PASSWORD

        return PASSWORD

    def cpu(self, side: str) -> float:
        """CPU seconds used so far by the side's server, and by PostgreSQL where it is the database."""
        server = self.portal if side == "portal" else self.limit
        assert server is not None
        return server.tree.cpu() + (self.postgres.tree.cpu() if self.postgres else 0.0)
