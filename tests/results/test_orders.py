"""A test that was ordered is waited for in plain sight: how long it usually takes, and that it is later than that."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.interop.importing import import_paths
from portal.models import ImportRun, OrderedTest, Person, Referral, Report, SourceResource
from portal.results.turnaround import Usual, is_overdue, usual
from tests.factories.people import made, make_patient
from tests.factories.record import make_report
from tests.results.conftest import Panel

DAY = timedelta(days=1)
LIPIDS = "24331-1"


def order(services: Any, panel: Panel, *, days: float = 0, **more: Any) -> OrderedTest:
    with made(services) as session:
        values: dict[str, Any] = {"name": "Lipid panel", "code": LIPIDS, "category": "laboratory", "status": "active",
                                  "orderer_id": panel.doctor.id}  # fmt: skip
        at = services.clock.now() - timedelta(days=days, minutes=1)
        row = OrderedTest(patient_id=panel.patient.id, ordered_at=at, **{**values, **more})
        session.add(row)
        session.flush()
        return row


def card(client: Any, panel: Panel, account: Any = None) -> str:
    text: str = client.as_(account or panel.account).get(panel.list_url).one("main").text
    return text


@pytest.mark.parametrize(
    ("kind", "measured", "expected"),
    [
        ("laboratory", [], Usual(1, 2, False)),
        ("pathology", [DAY] * 4, Usual(3, 10, False)),  # four say more about four patients
        ("laboratory", [DAY / 2] * 5, Usual(1, 1, True)),
        ("imaging", [DAY * n for n in (1, 2, 2, 3, 3, 3, 4, 4, 5, 30)], Usual(2, 5, True)),
        ("laboratory", [-DAY] * 9, Usual(1, 2, False)),
        ("something", [], Usual(1, 14, False)),
    ],
)
def test_what_is_usual_is_measured_where_there_is_enough(kind: str, measured: list[timedelta], expected: Usual) -> None:
    assert usual(kind, measured) == expected


def test_it_is_overdue_on_the_day_after_the_last_usual_one() -> None:
    since = date(2026, 3, 1)
    assert [is_overdue(since, since + DAY * n, Usual(1, 2, False)) for n in (0, 2, 3)] == [False, False, True]


def test_an_order_says_who_asked_how_long_it_takes_and_what_comes_next(
    client: Any, panel: Panel, services: Any
) -> None:
    order(services, panel)
    said = card(client, panel)
    for words in (
        "Ordered, no result yet",
        "Lipid panel",
        panel.doctor.name,
        "Usually here 1 to 2 days",
        "within 14 days",
    ):
        assert words in said
    assert "Later than usual" not in said and "in this clinic" not in said


def test_later_than_usual_is_said(client: Any, panel: Panel, services: Any) -> None:
    order(services, panel, days=3)
    assert "Later than usual" in card(client, panel) and "Later than usual" in card(client, panel, panel.doctor_account)


def test_what_this_clinic_measured_of_late_goes_before(client: Any, panel: Panel, services: Any) -> None:
    now = services.clock.now()
    with made(services) as session:
        other = make_patient(session, "Some", "Body")
        for number in range(6):
            at = now - timedelta(days=20 + number)
            report = make_report(session, other, "Lipid panel", code=LIPIDS, at=at)
            report.issued_at = at + timedelta(days=4)
    order(services, panel, days=3)
    said = card(client, panel)
    assert "Usually here within 4 days" in said and "in this clinic lately" in said and "Later than usual" not in said


@pytest.mark.parametrize(
    "came", [{"code": LIPIDS}, {"by_order": True}], ids=["the same test since", "the answer to this order"]
)
def test_once_the_result_is_here_nobody_waits_any_more(client: Any, panel: Panel, services: Any, came: Any) -> None:
    row = order(services, panel, days=1, status="active")
    with made(services) as session:
        patient = session.get(Person, panel.patient.id)
        make_report(session, patient, "Lipids", at=services.clock.now(), status="preliminary", code=LIPIDS)
    assert "no result yet" in card(client, panel)
    with made(services) as session:
        report = make_report(session, session.get(Person, panel.patient.id), "Lipids", at=services.clock.now())
        if "code" in came:
            report.code = LIPIDS
        else:
            session.get(OrderedTest, row.id).code = None
            source = _source(session, panel)
            session.get(OrderedTest, row.id).source_id = report.order_id = source
    assert "no result yet" not in card(client, panel)


def _source(session: Any, panel: Panel) -> Any:
    now = session.info["now"]
    run = ImportRun(source="x", started_at=now, counts={})
    session.add(run)
    session.flush()
    source = SourceResource(
        patient_id=panel.patient.id, resource_type="ServiceRequest", fhir_id="o", source_key="ServiceRequest/o",
        content_hash=b"", body=b"x", import_run_id=run.id, place="x", imported_at=now,
    )  # fmt: skip
    session.add(source)
    session.flush()
    return source.id


def test_a_held_result_does_not_show_itself_by_an_order_that_is_gone(client: Any, panel: Panel, services: Any) -> None:
    order(services, panel, days=1)
    with made(services) as session:
        report = make_report(
            session, session.get(Person, panel.patient.id), "Lipids", at=services.clock.now(), code=LIPIDS
        )
        session.get(Report, report.id).held_until = services.clock.now() + DAY
    assert "no result yet" in card(client, panel, panel.liaison)
    assert "no result yet" not in card(client, panel)  # they are told that it is here


def test_cancelled_old_and_other_peoples_orders_are_not_waited_for(client: Any, panel: Panel, services: Any) -> None:
    order(services, panel, status="revoked")
    order(services, panel, days=181)
    order(services, panel, days=-1)
    assert "no result yet" not in card(client, panel)
    client.as_(panel.stranger).get(panel.list_url, status=404)


def test_orders_come_in_as_fhir_and_what_is_only_proposed_does_not(services: Any, folder: Any) -> None:
    subject = {"reference": "Patient/p1"}

    def request(key: str, **more: Any) -> dict[str, Any]:
        code = {"coding": [{"system": "http://loinc.org", "code": LIPIDS}], "text": "Lipid panel"}
        lab = [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}]
        return {"resourceType": "ServiceRequest", "id": key, "status": "active", "intent": "order", "category": lab,
                "code": code, "subject": subject, "authoredOn": "2026-03-01T10:00:00Z", **more}  # fmt: skip

    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-04-12", "gender": "female",
              "name": [{"family": "Somebody", "given": ["New"]}]}  # fmt: skip
    report = {
        "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": {"text": "Lipids"},
        "category": [{"coding": [{"code": "LAB"}]}], "subject": subject, "effectiveDateTime": "2026-03-02T10:00:00Z",
        "basedOn": [{"reference": "ServiceRequest/s1"}],
    }  # fmt: skip
    consult = request("s3", category=[{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}])
    entries = [person, request("s1"), request("s2", intent="proposal"), consult, report]
    path = folder / "bundle.json"
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in entries]}
    path.write_text(json.dumps(bundle))
    import_paths(services, [path])
    with made(services) as session:
        (row,) = session.scalars(select(OrderedTest))
        assert (row.category, row.code, row.ordered_at.date()) == ("laboratory", LIPIDS, date(2026, 3, 1))
        assert session.scalar(select(Report.order_id).where(Report.name == "Lipids")) == row.source_id
        assert len(session.scalars(select(Referral)).all()) == 1
