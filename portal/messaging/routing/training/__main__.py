"""`python -m portal.messaging.routing.training`: the same as `portal routing train`, without the rest of the portal."""

from __future__ import annotations

from portal.messaging.routing.training.build import build, model_file

if __name__ == "__main__":
    model_file().write_bytes(build())
