"""The arithmetic of a comparison: samples, ratios, percentiles, noise. Pure, so that tests can hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

NOISY = 0.25
WORSE = 0.20


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value not below `share` (0 to 1) of all values (nearest rank). Raises ValueError when empty."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Sample:
    """One repeat of one side: `count` units of work, their CPU and wall seconds, and each one's latency in seconds."""

    count: int
    cpu: float
    wall: float
    latencies: tuple[float, ...] = ()

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of one unit, of the server and its database."""
        return self.cpu * 1000 / self.count

    @property
    def per_second(self) -> float:
        return self.count / self.wall if self.wall else 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of a few values."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        known = list(values)
        return cls(median(known), min(known), max(known))

    def as_dict(self, digits: int = 3) -> dict[str, float]:
        return {"median": round(self.median, digits), "min": round(self.least, digits), "max": round(self.most, digits)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Repeats of a floor and of the portal, taken in turns: the n-th of one belongs to the n-th of the other."""

    limit: tuple[Sample, ...]
    portal: tuple[Sample, ...]

    @property
    def ratio(self) -> Spread:
        """CPU of the portal over CPU of the floor, pair by pair."""
        return Spread.of(p.cpu_ms / limit.cpu_ms for limit, p in zip(self.limit, self.portal, strict=True))

    @property
    def is_noisy(self) -> bool:
        """Whether the floor itself differs by more than a quarter between repeats: then the machine was busy."""
        return differs([sample.cpu_ms for sample in self.limit])

    def as_dict(self) -> dict[str, Any]:
        return {
            "ratio": self.ratio.as_dict(),
            "noisy": self.is_noisy,
            "limit": side(self.limit),
            "portal": side(self.portal),
        }


def differs(values: Sequence[float], by: float = NOISY) -> bool:
    """Whether the largest is more than `by` above the smallest."""
    return max(values) > min(values) * (1 + by)


def side(samples: Sequence[Sample]) -> dict[str, Any]:
    """The figures of one side over all repeats."""
    found: dict[str, Any] = {
        "count": samples[0].count,
        "cpu_ms": Spread.of(s.cpu_ms for s in samples).as_dict(),
        "per_second": round(median(s.per_second for s in samples), 1),
    }
    latencies = [1000 * value for s in samples for value in s.latencies]
    if latencies:
        found |= {f"p{n}_ms": round(percentile(latencies, n / 100), 2) for n in (50, 95, 99)}
    return found


def worse(ratio: float, before: float, is_noisy: bool, by: float = WORSE) -> bool:
    """Whether a ratio has grown by more than `by` against a baseline. A noisy run proves nothing."""
    return not is_noisy and ratio > before * (1 + by)
