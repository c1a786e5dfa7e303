"""The record of a patient with very many observations: its pages, its trends, and the whole of it as a file.

`python -m benchmarks.records [MANY]` imports so many observations (20,000 unless said otherwise) into a database of its
own, asks for each page some times, and prints a line of JSON. The floor of the file is plain: parse the same originals
out of one JSON text and dump them again.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

CODES = (("8867-4", "Heart rate", "/min"), ("29463-7", "Body Weight", "kg"), ("8310-5", "Body temperature", "Cel"))
PATHS = {"record": "", "vitals": "/vitals", "conditions": "/conditions"}
REPEATS = 5


def resources(many: int) -> list[dict[str, Any]]:
    """A patient with `many` observations, half of them vital signs, half from the laboratory."""
    start = datetime(2010, 1, 1, tzinfo=UTC)
    found: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Bench", "given": ["Ada"]}],
         "birthDate": "1950-01-01", "gender": "female"}
    ]  # fmt: skip
    for number in range(many):
        is_vital = number % 2 == 0
        code, name, unit = CODES[number % 3] if is_vital else ("2823-3", "Potassium", "mmol/L")
        at = (start + timedelta(hours=6 * number)).isoformat()
        found.append(
            {"resourceType": "Observation", "id": f"o{number}", "status": "final",
             "category": [{"coding": [{"code": "vital-signs" if is_vital else "laboratory"}]}],
             "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}]},
             "subject": {"reference": "Patient/p1"}, "effectiveDateTime": at, "issued": at,
             "valueQuantity": {"value": 4 + number % 90, "unit": unit}}
        )  # fmt: skip
    return found


def spent(work: Callable[[], object]) -> float:
    """The median of some runs in CPU seconds of this process, after one that warms up."""
    work()
    times = []
    for _ in range(REPEATS):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return median(times)


def measure(many: int) -> dict[str, Any]:
    """CPU of the pages in milliseconds, of the file in MB a second beside the floor, for `many` observations."""
    from sqlalchemy.orm import Session

    from portal.app import create_app
    from portal.infra.schema import upgrade
    from portal.infra.settings import Settings
    from portal.interop.importing import import_paths
    from portal.models import Account, Person
    from portal.policy.actors import Actor
    from portal.records import export, gathering, lines, overview, vitals
    from portal.records.lines import Wish
    from portal.records.parts import BY_KEY, PARTS
    from portal.work.services import Services
    from portal.work.unit_of_work import UnitOfWork

    with tempfile.TemporaryDirectory(prefix="bench-record-") as folder:
        settings = Settings(data_dir=Path(folder), log_level="warning")
        services = Services.build(settings)
        upgrade(services.database)
        entries = [{"resource": one} for one in resources(many)]
        text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
        path = Path(folder) / "bundle.json"
        path.write_text(text)
        import_paths(services, [path])
        with Session(services.database.engine, expire_on_commit=False) as session:
            person = session.query(Person).one()
            account = Account(display_name="Ada", person_id=person.id, created_at=services.clock.now())
            session.add(account)
            session.commit()
            who, patient = account.id, person.id
        app = create_app(settings, services=services)

        def reading(work: Callable[[UnitOfWork], object]) -> Callable[[], object]:
            def once() -> object:
                actor = Actor("patient", account_id=who, person_id=patient)
                with app.test_request_context("/"), UnitOfWork.open(services, actor, write=False) as uow:
                    return work(uow)

            return once

        keys = [part.key for part in PARTS]

        def bundle(uow: UnitOfWork) -> str:
            _parts, _texts, originals, _without = gathering.gather(uow, patient, keys, Wish(), with_originals=True)
            return export.as_bundle(
                originals, [], base="http://localhost", made_at=uow.now, bundle_id=patient, whole=True
            )

        def plain(uow: UnitOfWork) -> str:
            parts, texts, _originals, _without = gathering.gather(uow, patient, keys, Wish())
            sheet = export.Sheet("Clinic", "Ada", "", "Ada", uow.now, parts, texts)
            return export.as_text(sheet)

        size = len(str(reading(bundle)())) / 1e6
        floor = spent(lambda: json.dumps(json.loads(text)))
        file = spent(reading(bundle))
        return {
            "observations": many,
            "overview_ms": round(1000 * spent(reading(lambda uow: overview.facts(uow, patient, PARTS, {}))), 1),
            "list_ms": round(1000 * spent(reading(lambda uow: lines.page(uow, BY_KEY["vitals"], patient, Wish()))), 1),
            "trend_ms": round(
                1000
                * spent(reading(lambda uow: vitals.vitals_of(patient, vitals.newest_of_each(uow, patient, Wish())))),
                1,
            ),
            "search_ms": round(1000 * spent(reading(lambda uow: lines.find(uow, patient, "heart"))), 1),
            "file_mb": round(size, 1),
            "fhir_mb_per_second": round(size / file, 1),
            "json_mb_per_second": round(len(text) / 1e6 / floor, 1),
            "text_seconds": round(spent(reading(plain)), 2),
        }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
