"""Processes started for a run: what CPU they and their children used, what memory they hold."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil


class Tree:
    """A process with all its children. CPU is counted in nanoseconds where the kernel tells them."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._seen: dict[tuple[int, int], int] = {}

    def members(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def cpu(self) -> float:
        """Seconds of CPU all members have used so far. A thread that has ended counts with what was last seen of it."""
        for process in self.members():
            self._seen.update(_threads(process))
        return sum(self._seen.values()) / 1e9

    def memory(self) -> int:
        """Proportional set size in bytes: pages shared by n processes count 1/n each."""
        total = 0
        for process in self.members():
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total


def _threads(process: psutil.Process) -> dict[tuple[int, int], int]:
    """Nanoseconds on a CPU of each thread: from the scheduler, else from the coarser clock ticks."""
    found = {}
    try:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            found[process.pid, int(task.name)] = int((task / "schedstat").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        if found:
            return found
        try:
            times = process.cpu_times()
        except psutil.Error:
            return {}
        return {(process.pid, 0): int((times.user + times.system) * 1e9)}
    return found


class Server:
    """A child process that answers HTTP on a port of this machine; ended with `stop`."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path, port: int) -> None:
        self.port, self.log = port, log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, env={**_clean(), **environment}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.tree = Tree(self.process.pid)

    def wait(self, path: str, timeout: float = 90) -> None:
        """Wait for any answer at `path`. Raises RuntimeError with the server's own words."""
        from benchmarks.load import Client

        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                Client(self.port).get(path)
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))}


def load_average() -> list[float]:
    """The machine's load over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]
