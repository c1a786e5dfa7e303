"""Prints docs/data-model.md from the models: `python scripts/data_model.py > docs/data-model.md`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from portal import models
from portal.models import Base, is_patient_owned

HEAD = """# Data model

Made from the models by `python scripts/data_model.py`; a test keeps it current.

Ids are random 128-bit (except the trail's running number). Instants end in `_at` and are UTC; dates end in `_on`.
**Patient-owned** tables (●) can be read only under an action and changed only with a trail; the guard knows them by
their `patient_id`. *Sealed* columns hold AES-256-GCM under the patient's key. The original FHIR resources in
`source_resource` are the truth; the columns beside them are for lists and pages.
"""

SEALED = {
    ("thread", "subject"),
    ("thread", "preview"),
    ("message", "body"),
    ("draft", "fields"),
    ("result_comment", "body"),
    ("source_resource", "body"),
    ("route_step", "note"),
    ("task", "words"),
    ("thread_offer", "note"),
}


def lines() -> Iterator[str]:
    yield HEAD
    classes = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    by_module: dict[str, list[str]] = {}
    for name, model in classes.items():
        by_module.setdefault(model.__module__.rpartition(".")[2], []).append(name)
    for module in sorted(by_module):
        about = inspect.getdoc(inspect.getmodule(classes[by_module[module][0]])) or ""
        yield f"\n## {module}\n\n{about}\n"
        for name in sorted(by_module[module]):
            yield from table(classes[name])


def table(model: type) -> Iterator[str]:
    found = model.__table__  # type: ignore[attr-defined]
    mark = " ●" if is_patient_owned(found) else ""
    yield f"\n### {found.name}{mark}\n\n{inspect.getdoc(model)}\n"
    yield "\n| column | type | |\n|---|---|---|"
    for column in found.columns:
        notes = [f"→ {key.column.table.name}" for key in column.foreign_keys]
        notes += ["sealed"] if (found.name, column.name) in SEALED else []
        notes += ["may be empty"] if column.nullable else []
        yield f"\n| `{column.name}` | {type(column.type).__name__} | {', '.join(notes)} |"
    yield "\n"


def page() -> str:
    """The whole page."""
    return "".join(lines()).rstrip() + "\n"


if __name__ == "__main__":
    assert models
    print(page(), end="")
