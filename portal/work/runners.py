"""Who runs the jobs: the worker of the queue that is set up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from portal.work import shared_queue
from portal.work.running import Worker
from portal.work.services import Services


class Runner(Protocol):
    """Whoever runs jobs, of either queue."""

    def run_due(self, *, most: int = 100) -> int:
        """Run what is due now, `most` at the most. Returns how many ran."""

    def run_until(self, stop: threading.Event, tick: Callable[[], object], every: float) -> None:
        """Run jobs as they come until told to stop, and call `tick` every so many seconds. Raises what they raise."""

    def tidy(self) -> None:
        """Drop jobs done a week ago. Dead ones stay until an operator looks."""


def runner(services: Services) -> Runner:
    """The worker of the queue that is set up."""
    if services.database.queue == shared_queue.NAME:
        from portal.work.shared_running import SharedWorker  # the engine is loaded where it is used

        return SharedWorker(services)
    return Worker(services)
