"""The floor of an import: parse, validate, rewrite references, store the text and the rows that a search needs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.limits.store import connect
from portal.interop.validation import _validator

URN = re.compile(r'"urn:uuid:([0-9a-f-]{36})"')
WHEN = ("effectiveDateTime", "authoredOn", "occurrenceDateTime", "onsetDateTime", "recordedDate")
CODE = ("code", "vaccineCode", "medicationCodeableConcept")
TABLES = (
    "CREATE TABLE resource (key TEXT PRIMARY KEY, type TEXT NOT NULL, patient TEXT, body TEXT NOT NULL)",
    "CREATE TABLE indexed (key TEXT NOT NULL, patient TEXT, type TEXT, code TEXT, day TEXT)",
    "CREATE INDEX indexed_patient ON indexed (patient, type, day)",
    "CREATE INDEX indexed_code ON indexed (patient, code, day)",
)


def run(address: str, folder: Path) -> int:
    """Import all bundles of the folder, one transaction each; returns the number of resources."""
    connection: Any = connect(address)
    for table in TABLES:
        connection.execute(table)
    mark = "?" if not address.startswith("postgresql:") else "%s"
    put = f"INSERT INTO resource VALUES ({mark}, {mark}, {mark}, {mark})"
    index = f"INSERT INTO indexed VALUES ({mark}, {mark}, {mark}, {mark}, {mark})"
    total = 0
    for path in sorted(folder.glob("*.json")):
        entries = json.loads(path.read_text())["entry"]
        types = {e["resource"]["id"]: e["resource"]["resourceType"] for e in entries}
        patient = next(key for key, kind in types.items() if kind == "Patient")
        resources, rows = [], []
        for entry in entries:
            one = entry["resource"]
            if not _validator(one["resourceType"]).is_valid(one):
                raise ValueError(path.name)
            text = URN.sub(
                lambda match, of=types: f'"{of[match[1]]}/{match[1]}"', json.dumps(one, separators=(",", ":"))
            )
            key = f"{one['resourceType']}/{one['id']}"
            resources.append((key, one["resourceType"], patient, text))
            code = next((one[n]["coding"][0]["code"] for n in CODE if n in one), None)
            rows.append((key, patient, one["resourceType"], code, next((one[n] for n in WHEN if n in one), None)))
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.executemany(put, resources)
        cursor.executemany(index, rows)
        cursor.execute("COMMIT")
        total += len(entries)
    connection.close()
    return total
