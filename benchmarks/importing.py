"""The import of records against its floor: resources per second of CPU, each import in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import bundles
from benchmarks.measure import differs

if TYPE_CHECKING:
    from benchmarks.house import Postgres

LEAST = 0.25
_numbers = count()


def compare(many: int, repeats: int, postgres: Postgres | None) -> dict[str, Any]:
    """Floor and portal in turns. The ratio is the portal's rate over the floor's: more is better."""
    rates: dict[str, list[float]] = {"limit": [], "portal": []}
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        resources = bundles.write(Path(folder) / "bundles", many)
        for _ in range(repeats):
            for side, kept in rates.items():
                kept.append(resources / _spent(side, Path(folder), postgres))
    ratio = median(p / limit for p, limit in zip(rates["portal"], rates["limit"], strict=True))
    return {
        "resources": resources, "ratio": round(ratio, 3), "target": LEAST, "met": ratio >= LEAST,
        "noisy": differs(rates["limit"]), "portal_per_cpu_second": round(median(rates["portal"])),
        "limit_per_cpu_second": round(median(rates["limit"])),
    }  # fmt: skip


def _spent(side: str, folder: Path, postgres: Postgres | None) -> float:
    number = next(_numbers)
    home = folder / f"{side}{number}"
    home.mkdir()
    addresses = postgres.new(f"import_{side}_{number}") if postgres else ("", str(home / "limit.sqlite3"))
    address = addresses[1 if side == "limit" else 0]
    before = postgres.tree.cpu() if postgres else 0.0
    command = [sys.executable, "-m", "benchmarks.importing", side, str(folder / "bundles"), str(home), address]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    own: float = json.loads(answer.stdout.splitlines()[-1])["cpu"]
    return own + (postgres.tree.cpu() - before if postgres else 0.0)


def main() -> None:
    """`python -m benchmarks.importing portal|limit BUNDLES HOME ADDRESS`: one import, its CPU as a line of JSON."""
    side, folder, home, address = sys.argv[1:5]
    if side == "limit":
        from benchmarks.limits.importing import run

        start = time.process_time()
        run(address, Path(folder))
    else:
        from portal.infra import schema
        from portal.infra.settings import Settings
        from portal.interop.importing import import_paths
        from portal.work.services import Services

        services = Services.build(Settings(data_dir=Path(home), database_url=address, log_level="warning"))
        schema.upgrade(services.database)
        start = time.process_time()
        report = import_paths(services, [folder])
        if report.exit_code:
            raise SystemExit(json.dumps(report.as_dict())[:1500])
    print(json.dumps({"cpu": time.process_time() - start}))


if __name__ == "__main__":
    main()
