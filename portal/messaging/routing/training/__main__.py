"""`python -m portal.messaging.routing.training [FILE]`: make the model file anew from the corpus."""

from __future__ import annotations

import sys
from pathlib import Path

from portal.messaging.routing.training.build import build

if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "data" / "model.bin"
    target.write_bytes(build())
