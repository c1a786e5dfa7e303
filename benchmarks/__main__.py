"""`python -m benchmarks --profile smoke|full --db sqlite|postgresql`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchmarks.report import against_baseline, baseline_path, markdown, ratios
from benchmarks.run import PROFILES, run

OUT = Path(".build/benchmarks")
PARTS = ("pages", "growth", "memory", "weight", "import", "routing", "records", "binder", "visits")


@click.command()
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="smoke", show_default=True)
@click.option("--db", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part (may be given again).")
@click.option("--save-baseline", is_flag=True, help="Keep the ratios of this run as what later runs are held against.")
def main(profile: str, db: str, only: tuple[str, ...], save_baseline: bool) -> None:
    """Measure what the portal costs, as ratios to its floors. Exit code 1: a ratio is a fifth above the baseline."""
    found = run(PROFILES[profile], db, click.echo, set(only) or None)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{db}-{profile}.json").write_text(json.dumps(found, indent=1) + "\n")
    text = markdown(found)
    (OUT / f"{db}-{profile}.md").write_text(text)
    click.echo("\n" + text)
    path = baseline_path(db)
    known = json.loads(path.read_text()) if path.exists() else {}
    if save_baseline:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**known, profile: ratios(found)}, indent=1, sort_keys=True) + "\n")
        return
    grown = against_baseline(found, known.get(profile, {}))
    for sentence in grown:
        click.echo(f"worse than the baseline: {sentence}", err=True)
    raise SystemExit(1 if grown else 0)


if __name__ == "__main__":
    main()
