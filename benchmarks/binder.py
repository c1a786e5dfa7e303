"""A binder of sixty pages as a PDF, from the database to the last byte, against the PDF engine alone on the same words.

`python -m benchmarks.binder`
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.binder import exporting, paper
from portal.infra import schema
from portal.infra.settings import Settings
from portal.models import Account, Allergy, Condition, Immunization, Medication, Person, Procedure, Result
from portal.policy.actors import Actor
from portal.web import filters
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

TARGET = 5.0
LINES = 180  # of each kind: about sixty pages together
PLAIN = """#let lines = json(bytes(sys.inputs.data))
#set document(title: "Floor")
#set text(lang: "en", size: 12pt)
#for line in lines [#par(line)]
"""


def seeded(services: Services, who: str) -> tuple[UUID, UUID]:
    """A patient with many lines of each kind, in words of their own; returns their person and account."""
    now = services.clock.now()
    with Session(services.database.engine) as session:
        person = Person(given_name="Bench", family_name="Mark", birth_on=date(1950, 4, 12), sort_name="mark bench")
        session.add(person)
        session.flush()
        account = Account(display_name="Bench Mark", person_id=person.id, created_at=now)
        session.add(account)
        for n in range(LINES):
            day = date(2026, 1, 1) - timedelta(days=n)
            common = {"patient_id": person.id, "happened": day.isoformat(), "happened_on": day, "code": f"{n}"}
            session.add(Allergy(**common, name=f"Substance {who}{n}", status="active", reaction="Hives"))
            session.add(Condition(**common, name=f"Condition number {who}{n}", status="active"))
            session.add(Procedure(**common, name=f"Procedure number {who}{n}", status="completed"))
            session.add(Immunization(**common, name=f"Vaccine number {who}{n}", status="completed"))
            if n % 2 == 0:
                sig = "Take 1 tablet by mouth once a day"
                session.add(Medication(**common, name=f"Medicine {who}{n} 10 MG Oral Tablet", status="active", sig=sig))
            values = {"category": "laboratory", "status": "final", "components": [], "unit": "mg/dL", "value": n + 1}
            session.add(
                Result(
                    patient_id=person.id, name=f"Test {who}{n}", code=f"{n}-0", effective_at=now - timedelta(days=n),
                    released_at=now, **values,
                )
            )  # fmt: skip
        session.commit()
        return person.id, account.id


def words_of(data: dict[str, Any]) -> list[str]:
    """All words of a binder, a line each."""
    found = []
    for section in data["sections"]:
        found += [section["title"], section["words"] or section["title"]]
        found += [f"{line['title']} {line['facts']}" for group in section["groups"] for line in group["lines"]]
    return found


def compare(repeats: int = 5) -> dict[str, Any]:
    """CPU milliseconds of both, and how many times the floor the portal takes; the target is under five."""
    import pikepdf
    import typst

    with tempfile.TemporaryDirectory(prefix="bench-binder-") as folder:
        services = Services.build(Settings(data_dir=Path(folder), log_level="warning"))
        schema.upgrade(services.database)
        app = create_app(services.settings, services=services)
        template = Path(folder) / "floor.typ"
        template.write_text(PLAIN)
        spent: dict[str, list[float]] = {"portal": [], "engine": []}
        pages = 0
        for n in range(repeats + 1):  # the first of each warms up; each is another patient: the engine remembers pages
            person, account = seeded(services, "abcdefghijklmnop"[n])
            actor = Actor("patient", account_id=account, person_id=person)
            with app.test_request_context("/"):
                g.actor = actor
                started = time.process_time()
                with UnitOfWork.open(services, actor, write=False) as uow:
                    found = exporting.gather(uow, person, filters.today()).binder
                    content = paper.render(found, "Clinic", uow.now, paper.Sheet())
                    spent["portal"].append(time.process_time() - started)
                    data = paper.data_of(found, "Clinic", uow.now, paper.Sheet())
            words = json.dumps(words_of(data))
            started = time.process_time()
            typst.compile(str(template), root=folder, sys_inputs={"data": words}, pdf_standards=["ua-1"])
            spent["engine"].append(time.process_time() - started)
            pages = len(pikepdf.open(io.BytesIO(content)).pages)
        ours, floor = (median(spent[side][1:]) for side in ("portal", "engine"))
        return {
            "pages": pages, "bytes": len(content), "portal_ms": round(ours * 1000), "engine_ms": round(floor * 1000),
            "times_the_floor": round(ours / floor, 2), "target": TARGET,
        }  # fmt: skip


if __name__ == "__main__":
    import click

    click.echo(json.dumps(compare(), indent=1))
