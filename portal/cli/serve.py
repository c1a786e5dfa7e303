"""`portal serve`: one command to a running portal: keys, schema, demo clinic, worker, web."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from portal.cli.checks import guard
from portal.cli.warming import warm
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.work.services import Services


class Server(BaseApplication):
    """gunicorn, told by us. The application is loaded once and shared by the workers."""

    def __init__(self, settings: Settings, bind: str, workers: int, threads: int) -> None:
        self.settings = settings
        self.options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": 30,
            "graceful_timeout": 30,
            "keepalive": 5,
            "max_requests": 20000,
            "max_requests_jitter": 2000,
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "post_fork": self.after_fork,
            "when_ready": self.when_ready,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from portal.app import create_app

        self.app = create_app(self.settings)
        warm(self.app)
        services: Services = self.app.extensions["portal"]
        services.database.dispose()  # no connection crosses the fork
        gc.collect()
        gc.freeze()  # what is loaded stays shared: a collection in a worker would touch, and so copy, all of it
        return self.app

    def when_ready(self, _server: Any) -> None:
        """Say where, once it listens and the application is loaded."""
        click.echo(f"==> serving on {self.settings.base_url} (stop with Ctrl-C)")

    def after_fork(self, _server: Any, _worker: Any) -> None:
        """Each web worker has a thread that runs jobs; leases in the database keep them apart."""
        services: Services = self.app.extensions["portal"]
        services.database.engine.dispose(close=False)
        if self.settings.worker == "inline":
            from portal.worker import run_forever

            threading.Thread(target=run_forever, args=(services,), name="jobs", daemon=True).start()


def check_address(bind: str) -> None:
    """Fail in plain words when the address can't be had. Raises `Misconfigured`."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Misconfigured(f"{bind} is not an address. Give host:port, such as 127.0.0.1:8000")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise Misconfigured(
                f"{bind} can't be used ({error.strerror}). Is another program there? Try: BIND=127.0.0.1:8001 make run"
            ) from error


def prepare() -> None:
    """Have `portal prepare` run by a process of its own: what migrating and importing load stays out of the server.

    Ends this process with that one's exit code where it fails; it has said why.
    """
    done = subprocess.run([sys.executable, "-m", "portal.cli", "prepare"], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address to listen on, host:port.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=2, show_default=True, help="Threads a process.")
def serve(bind: str, workers: int, threads: int) -> None:
    """Migrate, then serve web and jobs until stopped."""
    if "PORTAL_BASE_URL" not in os.environ:
        host, _, port = bind.rpartition(":")
        shown = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host  # noqa: S104  shown, not bound
        os.environ["PORTAL_BASE_URL"] = f"http://{shown}:{port}"
    settings = Settings.load()
    guard(settings)
    check_address(bind)
    prepare()
    if settings.demo:
        from portal.demo.clinic import accounts_text

        click.echo(accounts_text(settings))
    click.echo("==> starting")
    Server(settings, bind, workers, threads).run()
