"""Serves the portal or the floor with the same gunicorn settings: those of `portal serve`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from portal.cli.serve import Server
from portal.infra.settings import Settings


class LimitServer(Server):
    """The portal's server, with the floor in it."""

    def load(self) -> Any:
        from benchmarks.limits.app import create_limit

        settings = self.settings
        return create_limit(
            os.environ["LIMIT_DATABASE"],
            Path(os.environ["LIMIT_TEMPLATES"]),
            (settings.argon2_memory_kib, settings.argon2_time),
        )

    def after_fork(self, _server: Any, _worker: Any) -> None:
        """It has nothing to do beside its pages."""


def main() -> None:
    """`python -m benchmarks.serving portal|limit host:port`."""
    which, bind = sys.argv[1:3]
    server = Server if which == "portal" else LimitServer
    server(Settings.load(), bind, workers=2, threads=2).run()


if __name__ == "__main__":
    main()
