"""Files of messages in a folder: claimed by renaming, taken, and put aside with their answers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portal.interop.hl7v2 import feed
from portal.interop.hl7v2.framing import is_whole, split
from portal.work.services import Services

CLAIMED: Final = ".claimed"
DONE: Final = "done"
FAILED: Final = "failed"
FILE: Final = 256 << 20
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload")


def take_folder(services: Services, folder: Path) -> Counter[str]:
    """Take every whole file of `folder`; returns how many files were `done`, `failed` and left `waiting`.

    A file is `done` when each of its messages was taken, else `failed`; its answers stand beside it (`NAME.ack`). What
    an ended run had claimed is taken first: messages that it had taken are known, and double nothing.
    """
    for name in (CLAIMED, DONE, FAILED):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    feed.catch_up(services)
    counts: Counter[str] = Counter()
    for path in sorted((folder / CLAIMED).iterdir()):
        counts[_take(services, folder, path)] += 1
    for path in _offered(folder):
        if not _looks_whole(path):
            counts["waiting"] += 1
            continue
        claimed = _free(folder / CLAIMED, path.name)
        try:
            os.rename(path, claimed)
        except FileNotFoundError:  # another run was quicker
            continue
        counts[_take(services, folder, claimed)] += 1
    return counts


def _offered(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or path.name.lower().endswith(_UNFINISHED):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _looks_whole(path: Path) -> bool:
    try:
        if path.stat().st_size > FILE:
            return True  # it is refused, not waited for
        return is_whole(path.read_bytes())
    except OSError:
        return False


def _take(services: Services, folder: Path, claimed: Path) -> str:
    is_good = claimed.stat().st_size <= FILE
    answers: list[bytes] = []
    for message in split(claimed.read_bytes()) if is_good else []:
        found = feed.receive(services, message)
        answers += found
        is_good = is_good and not any(b"\rMSA|AE" in each or b"\rMSA|AR" in each or b"\rMSA|CR" in each
                                      for each in (one.replace(one[3:4], b"|") for one in found))  # fmt: skip
    where = folder / (DONE if is_good else FAILED)
    target = _free(where, claimed.name)
    target.with_name(target.name + ".ack").write_bytes(b"".join(answers))
    os.replace(claimed, target)
    return DONE if is_good else FAILED


def _free(folder: Path, name: str) -> Path:
    """A name in `folder` that nothing has yet: an earlier file of that name stays."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
    return path
