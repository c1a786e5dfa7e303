"""Writes `.br` and `.gz` beside each static file that gains by it, and takes away those whose source is gone.

Only files that changed are done again, so this may run at each start.
"""

import sys
from pathlib import Path

from whitenoise.compress import Compressor

STATIC = Path(__file__).resolve().parent.parent / "static"
ENDINGS = (".br", ".gz")


def same_age(sibling: Path, source: Path) -> bool:
    """Whether `sibling` was made from `source` as it is now: the compressor gives both the same time."""
    return abs(sibling.stat().st_mtime - source.stat().st_mtime) < 0.001


def refresh(root: Path = STATIC) -> int:
    """Bring all compressed siblings up to date; returns how many files were compressed again."""
    compressor = Compressor(quiet=True)
    done = 0
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        if not path.is_file():
            continue
        if path.suffix in ENDINGS:
            source = path.with_suffix("")
            if not source.exists() or not same_age(path, source):
                path.unlink(missing_ok=True)
            continue
        if not compressor.should_compress(path.name):
            continue
        siblings = [path.with_name(path.name + ending) for ending in ENDINGS]
        if any(s.exists() and same_age(s, path) for s in siblings):
            continue
        compressor.compress(str(path))
        done += any(s.exists() for s in siblings)
    return done


if __name__ == "__main__":
    count = refresh()
    if count:
        sys.stdout.write(f"==> compressed {count} static files\n")
