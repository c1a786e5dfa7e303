"""Names of problems as people say them. Pure."""

from __future__ import annotations

import re

# SNOMED CT ends a fully specified name with its kind; it tells a terminologist something, and a reader nothing.
_KIND = re.compile(r"\s*\((disorder|finding|situation|procedure|regime/therapy|event|observable entity|person)\)\s*$")


def spoken(name: str) -> str:
    """The name without its SNOMED CT kind: "Anemia (disorder)" is said "Anemia"."""
    return _KIND.sub("", name) or name
