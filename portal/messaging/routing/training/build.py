"""The whole way from examples to the bytes of a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from portal.messaging.routing.training import corpus
from portal.messaging.routing.training.corpus import Example
from portal.messaging.routing.training.fuse import edges, fuse, fuse_private, fuse_topics
from portal.messaging.routing.training.solver import Floats, Plan
from portal.messaging.routing.training.train import Read, learn, look, unheard, write

WHOLE = Plan(passes=14, step=0.15)
SENTENCE = Plan(passes=5, step=0.3)


@dataclass(frozen=True)
class Settled:
    """What the model's header says beside the weights."""

    fuse: dict[str, list[float]]
    private: dict[str, list[float]]
    topics: dict[str, list[float]]
    edges: dict[str, float]


def settle(reads: Sequence[Read], raw: Floats) -> Settled:
    """The last step and its thresholds, from raw outputs for voices never heard."""
    fused, levels = fuse(reads, raw)
    secrets, private = fuse_private(reads, raw)
    topics, chances = fuse_topics(reads, raw)
    return Settled(fused, secrets, topics, edges(reads, levels, chances, private))


def build(examples: Sequence[Example] | None = None, fingerprint: str | None = None) -> bytes:
    """The bytes of a model made from `examples` (the corpus unless given). The same examples give the same bytes."""
    reads = look(corpus.load() if examples is None else examples)
    notes: dict[str, object] = asdict(settle(reads, unheard(reads, WHOLE, SENTENCE)))
    notes["corpus"] = fingerprint or corpus.fingerprint()
    notes["messages"] = len(reads)
    return write(learn(reads, WHOLE, SENTENCE), notes)


def model_file() -> Path:
    """Where the product's model file lies in this installation."""
    return Path(__file__).parents[1] / "data" / "model.bin"
