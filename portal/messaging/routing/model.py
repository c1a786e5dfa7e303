"""The trained weights: read once, before the server forks, and added up in plain Python. Nothing leaves the machine.

File format (`data/model.bin`), written by `training/train.py`: one line of JSON, then the compressed names of the
features (one a line, block by block), then for each feature its rarity (float32) and its weights (int16, one for each
output), little-endian. A weight times the scale of its output is the true weight, with the rarity already in it.
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SCHEMA = 6


class BadModel(ValueError):
    """The model file is of another make than this code reads, or damaged."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and thresholds. `outputs` names the columns: topics first, then the yes-or-no outputs."""

    header: dict[str, Any]
    columns: tuple[dict[str, int], ...]  # of each block: name -> row
    rarity: array[float]
    weights: array[int]

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(self.header["outputs"])

    def score(self, blocks: Iterable[Iterable[str]], first: int = 0, last: int | None = None) -> list[float]:
        """The raw outputs for features given block by block, from column `first` to before `last`; features never seen
        in training count nothing.
        """
        width = len(self.header["outputs"])
        last = width if last is None else last
        total, scales = list(self.header["offsets"][first:last]), self.header["scales"][first:last]
        for known, names, scale in zip(self.columns, blocks, self.header["block_scales"], strict=True):
            rows = [row for row in map(known.get, names) if row is not None]
            if not rows:
                continue
            if scale > 0:  # each text block counts alike, however long the message is
                norm = scale / math.sqrt(sum(self.rarity[row] ** 2 for row in rows) + self.header["ballast"])
            else:
                norm = -scale
            sums = map(sum, zip(*(self.weights[row * width + first : row * width + last] for row in rows), strict=True))
            for i, (value, unit) in enumerate(zip(sums, scales, strict=True)):
                total[i] += norm * value * unit
        return total


def read(data: bytes) -> Model:
    """The model in a file's bytes. Raises BadModel for another schema or a damaged file."""
    try:
        line, _, rest = data.partition(b"\n")
        header = json.loads(line)
        if header["schema"] != SCHEMA:
            raise BadModel(f"The model has schema {header['schema']}, this code reads {SCHEMA}.")
        names = zlib.decompress(rest[: header["names_bytes"]]).decode("utf-8").split("\n\n")
        blocks = [block.split("\n") if block else [] for block in names]
        count, at = sum(map(len, blocks)), header["names_bytes"]
        rarity, weights = array("f"), array("h")
        rarity.frombytes(rest[at : at + 4 * count])
        weights.frombytes(rest[at + 4 * count :])
    except (KeyError, TypeError, zlib.error, UnicodeDecodeError, json.JSONDecodeError, ValueError) as error:
        if isinstance(error, BadModel):
            raise
        raise BadModel("The model file is damaged.") from error
    if sys.byteorder == "big":
        rarity.byteswap()
        weights.byteswap()
    if (
        len(rarity) != count
        or len(weights) != count * len(header["outputs"])
        or len(blocks) != len(header["block_scales"])
    ):
        raise BadModel("The model file is damaged.")
    columns, start = [], 0
    for block in blocks:
        columns.append({name: start + i for i, name in enumerate(block)})
        start += len(block)
    return Model(header, tuple(columns), rarity, weights)


@cache
def shipped() -> Model:
    """The model that comes with the product."""
    return read((files("portal.messaging.routing") / "data" / "model.bin").read_bytes())
