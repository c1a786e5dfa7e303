"""Features as numbers: which names are kept, how rare each is, and the rows the solver reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from portal.messaging.routing.training.solver import Floats, Row

Blocks = Sequence[Sequence[str]]  # see features.BLOCKS
BLOCK_SCALES = (1.3, 0.8, 1.0, -0.2)  # negative: as they are, not brought to one length
BALLAST = 100.0  # keeps the few words of a very short message from weighing as much as a whole letter
LEAST = 2  # messages a name must occur in


class Encoder:
    """The names kept of some messages, with a column for each."""

    def __init__(self, messages: Sequence[Blocks], least: int = LEAST) -> None:
        self.names: list[list[str]] = []
        self.rarity: list[Floats] = []
        self.columns: list[dict[str, int]] = []
        start = 0
        for block in range(len(BLOCK_SCALES)):
            counts = Counter(name for message in messages for name in set(message[block]))
            names = sorted(name for name, count in counts.items() if count >= least)
            weighs = BLOCK_SCALES[block] > 0
            rarity = [np.log((1 + len(messages)) / (1 + counts[n])) + 1.0 if weighs else 1.0 for n in names]
            self.names.append(names)
            self.rarity.append(np.array(rarity, dtype=np.float32).astype(np.float64))
            self.columns.append({name: start + i for i, name in enumerate(names)})
            start += len(names)
        self.width = start

    def row(self, message: Blocks) -> Row:
        """Columns and values of one message."""
        places, values, start = [], [], 0
        for block, scale in enumerate(BLOCK_SCALES):
            known = self.columns[block]
            found = np.array(sorted({known[name] for name in message[block] if name in known}), dtype=np.int64)
            if len(found):
                rarity = self.rarity[block][found - start]
                values.append(
                    rarity * (scale / np.sqrt((rarity * rarity).sum() + BALLAST)) if scale > 0 else rarity * -scale
                )
                places.append(found)
            start += len(self.names[block])
        if not places:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        return np.concatenate(places), np.concatenate(values)

    @property
    def all_rarities(self) -> Floats:
        return np.concatenate(self.rarity)
