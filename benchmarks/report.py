"""The result of a run as text for people, and against a baseline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import worse

HERE = Path(__file__).resolve().parent


def markdown(found: dict[str, Any]) -> str:
    """A page of tables, ratios first."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"# Benchmarks: {found['profile']}, {found['db']}, seed {found['seed']}"
    yield ""
    load = found["load"]
    yield f"Load average {load['before'][0]} before, {load['after'][0]} after; {found['seconds']} s in all."
    yield ""
    if found.get("scenarios"):
        yield "## CPU of the portal over CPU of its floor"
        yield ""
        yield ("| page | ratio (min–max) | target | portal ms | floor ms | req/s portal, floor | p50 / p95 / p99 ms "
               "| bytes | |")  # fmt: skip
        yield "|---|---|---|---|---|---|---|---|---|"
        for name, one in found["scenarios"].items():
            yield _scenario(name, one)
        yield ""
    extra = found.get("scenarios", {}).get("sign-in", {})
    if extra:
        yield (f"Signing in, from the first click to the first page: {extra['beyond_argon2_ms']} ms CPU beyond the "
               f"password hash itself ({extra['argon2_ms']} ms).")  # fmt: skip
        yield ""
    for name, why in found.get("missing", {}).items():
        yield f"Not compared: {name}: {why}"
    if found.get("growth"):
        yield "## Growth"
        yield ""
        yield "| larger / smaller | cost ratio (min–max) | at most | |"
        yield "|---|---|---|---|"
        for name, one in found["growth"].items():
            if "missing" in one:
                yield f"| {name} | – | – | {one['missing']} |"
            else:
                yield f"| {name} | {_ratio(one)} | {one['target']} | {_verdict(one)} |"
        yield ""
    for part in ("memory", "weight", "import", "routing", "records", "binder", "visits"):
        if found.get(part):
            yield f"## {part.capitalize()}"
            yield ""
            yield "```json"
            yield json.dumps(found[part], indent=1)
            yield "```"
            yield ""


def _ratio(one: dict[str, Any]) -> str:
    ratio = one["ratio"]
    return f"**{ratio['median']:.2f}** ({ratio['min']:.2f}–{ratio['max']:.2f})"


def _verdict(one: dict[str, Any]) -> str:
    words = ["noisy"] if one["noisy"] else []
    if one.get("target") is not None:
        words.append("met" if one["ratio"]["median"] <= one["target"] else "missed")
    return ", ".join(words)


def _scenario(name: str, one: dict[str, Any]) -> str:
    portal, limit = one["portal"], one["limit"]
    return " | ".join([
        f"| {name}", _ratio(one), str(one["target"] or "–"), f"{portal['cpu_ms']['median']:.2f}",
        f"{limit['cpu_ms']['median']:.2f}", f"{portal['per_second']}, {limit['per_second']}",
        f"{portal['p50_ms']} / {portal['p95_ms']} / {portal['p99_ms']}", f"{one.get('bytes', '')}", f"{_verdict(one)} |",
    ])  # fmt: skip


def baseline_path(db: str) -> Path:
    return HERE / "baselines" / f"{db}.json"


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """What a baseline keeps: one ratio for each comparison."""
    kept = {name: one["ratio"]["median"] for name, one in found.get("scenarios", {}).items()}
    kept |= {f"growth {n}": one["ratio"]["median"] for n, one in found.get("growth", {}).items() if "ratio" in one}
    return kept


def against_baseline(found: dict[str, Any], baseline: dict[str, float]) -> list[str]:
    """One sentence for each ratio that has grown by more than a fifth. Noisy comparisons are left out."""
    noise = {name: one["noisy"] for name, one in found.get("scenarios", {}).items()}
    noise |= {f"growth {n}": one["noisy"] for n, one in found.get("growth", {}).items() if "noisy" in one}
    return [
        f"{name}: {ratio:.2f}, was {baseline[name]:.2f}"
        for name, ratio in ratios(found).items()
        if name in baseline and worse(ratio, baseline[name], noise[name])
    ]
