"""Results wait for a clinician's eye; critical ones do not wait; and the patient sees whether somebody looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.models import Absence, Delivery, Person, Report, ReportReview, Result, Task
from portal.policy.actors import Actor
from portal.results import reviewing, telling
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_staff
from tests.factories.record import make_report, make_result
from tests.results.conftest import Panel


def desk(client: Any, account: Any) -> Any:
    return client.as_(account).get("/desk/results")


def change(panel: Panel, services: Any, model: Any, row_id: Any, **values: Any) -> None:
    with made(services) as session:
        row = session.get(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture
def fresh(panel: Panel, services: Any) -> Panel:
    """The panel's report, reported just now."""
    change(panel, services, Report, panel.report.id, issued_at=services.clock.now() - timedelta(minutes=5))
    return panel


def test_what_i_ordered_waits_for_me_and_for_nobody_else(client: Any, fresh: Panel) -> None:
    assert fresh.patient.family_name in desk(client, fresh.doctor_account).text
    assert fresh.patient.family_name not in desk(client, fresh.other_doctor).text
    for account in (fresh.front_desk, fresh.account):
        client.as_(account).get("/desk/results", status=403)


def test_whoever_covers_sees_it_while_i_am_away(client: Any, fresh: Panel, services: Any) -> None:
    today = services.clock.now().date()
    with made(services) as session:
        cover = make_staff(session, "Dr. Cover", "pcp", cares_for=[session.get(Person, fresh.patient.id)])
        account = account_of(session, cover)
        session.add(Absence(practitioner_id=fresh.doctor.id, starts_on=today, ends_on=today, covering_id=cover.id))
    assert fresh.patient.family_name in desk(client, account).text


def test_what_nobody_who_is_here_ordered_waits_for_the_primary_care_provider(
    client: Any, fresh: Panel, services: Any
) -> None:
    change(fresh, services, Report, fresh.report.id, orderer_id=None)
    change(fresh, services, Person, fresh.patient.id, pcp_id=fresh.doctor.id)
    assert fresh.patient.family_name in desk(client, fresh.doctor_account).text


def test_looked_at_it_is_gone_and_the_patient_sees_who_and_when(client: Any, fresh: Panel) -> None:
    assert "has not looked at this yet" in client.as_(fresh.account).get(fresh.report_url).text
    page = client.as_(fresh.doctor_account).get(fresh.report_url)
    page.submit({"plan": "none"}, form="/review", status=303)
    assert fresh.patient.family_name not in desk(client, fresh.doctor_account).text
    said = client.as_(fresh.account).get(fresh.report_url).text
    assert "looked at this on" in said and "Nothing more to do" not in said


def test_sent_twice_it_is_one_review(client: Any, fresh: Panel, services: Any) -> None:
    page = client.as_(fresh.doctor_account).get(fresh.report_url)
    page.submit({"plan": "call"}, form="/review", status=303)
    page.submit({"plan": "none"}, form="/review", status=303)
    with made(services) as session:
        assert [one.plan for one in session.scalars(select(ReportReview))] == ["call"]
        assert len(session.scalars(select(Task)).all()) == 1


def test_a_corrected_report_waits_again(client: Any, fresh: Panel, services: Any) -> None:
    client.as_(fresh.doctor_account).get(fresh.report_url).submit({"plan": "none"}, form="/review", status=303)
    change(fresh, services, Report, fresh.report.id, status="corrected")
    assert fresh.patient.family_name in desk(client, fresh.doctor_account).text


def test_a_preliminary_one_is_not_looked_at_as_final(client: Any, fresh: Panel, services: Any) -> None:
    change(fresh, services, Report, fresh.report.id, status="preliminary")
    assert fresh.patient.family_name not in desk(client, fresh.doctor_account).text
    doctor = client.as_(fresh.doctor_account)
    token = doctor.csrf_token("/profile")
    doctor.post(f"{fresh.report_url}/review", {"csrf_token": token, "plan": "none"}, status=303)
    with made(services) as session:
        assert session.scalar(select(ReportReview.id)) is None


def test_a_critical_one_must_have_been_read_back(client: Any, fresh: Panel, services: Any) -> None:
    change(fresh, services, Result, fresh.result.id, flag="HH")
    page = client.as_(fresh.doctor_account).get(fresh.report_url)
    page.submit({"plan": "call"}, form="/review", status=303)
    with made(services) as session:
        assert session.scalar(select(ReportReview.id)) is None
    page.submit({"plan": "call", "read_back": "y"}, form="/review", status=303)
    with made(services) as session:
        assert session.scalar(select(ReportReview.was_read_back)) is True


def test_only_usual_ones_are_looked_at_together(client: Any, fresh: Panel, services: Any) -> None:
    with made(services) as session:
        patient = session.get(Person, fresh.patient.id)
        usual = make_report(session, patient, orderer_id=fresh.doctor.id, outside_count=0)
        usual.issued_at, usual.category = services.clock.now() - timedelta(hours=1), "laboratory"
        make_result(session, patient, report=usual)
        usual_id = usual.id
    doctor = client.as_(fresh.doctor_account)
    page = doctor.get("/desk/results")
    assert len(page.select("input[name=report]")) == 1
    token = doctor.csrf_token("/profile")
    sent = {"csrf_token": token, "report": [str(usual_id), str(fresh.report.id), "nonsense"]}
    doctor.post("/desk/results/usual", sent, status=303)
    with made(services) as session:
        assert session.scalars(select(ReportReview.report_id)).all() == [usual_id]


def test_patients_nurses_and_strangers_review_nothing(client: Any, fresh: Panel, services: Any) -> None:
    outsiders = (fresh.stranger, fresh.other_doctor)
    for account in (fresh.account, fresh.liaison, *outsiders):
        person = client.as_(account)
        sent = {"csrf_token": person.csrf_token("/profile"), "plan": "none"}
        person.post(f"{fresh.report_url}/review", sent, status=404 if account in outsiders else 403)
    with made(services) as session:
        assert session.scalar(select(ReportReview.id)) is None


# Telling --------------------------------------------------------------------------------------------------------------


def deliveries(services: Any) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    with made(services) as session:
        for one in session.scalars(select(Delivery).order_by(Delivery.created_at)):
            found.setdefault(one.account_id, []).append(one.kind)
    return found


def tell(services: Any, report_id: Any) -> None:
    with UnitOfWork.open(services, Actor.system("results.tell_readers"), write=True) as uow:
        telling.tell_readers(uow, report_id)


def test_patient_and_liaison_are_told_once_and_those_without_the_right_never(fresh: Panel, services: Any) -> None:
    tell(services, fresh.report.id)
    tell(services, fresh.report.id)
    told = deliveries(services)
    assert told[fresh.account.id] == ["result_new"] and told[fresh.liaison.id] == ["result_new"]
    assert fresh.family.id not in told and fresh.stranger.id not in told


def test_a_correction_is_told_again_and_a_sensitive_one_not_to_the_liaison(fresh: Panel, services: Any) -> None:
    change(fresh, services, Report, fresh.report.id, sensitivity="HIV")
    tell(services, fresh.report.id)
    change(fresh, services, Report, fresh.report.id, status="corrected")
    tell(services, fresh.report.id)
    told = deliveries(services)
    assert told[fresh.account.id] == ["result_new", "result_new"] and fresh.liaison.id not in told


def test_what_is_not_released_or_long_past_is_not_told(fresh: Panel, services: Any) -> None:
    now = services.clock.now()
    change(fresh, services, Report, fresh.report.id, released_at=now + timedelta(days=2))
    tell(services, fresh.report.id)
    change(fresh, services, Report, fresh.report.id, released_at=now, issued_at=now - timedelta(days=90))
    tell(services, fresh.report.id)
    assert deliveries(services) == {}


def test_a_critical_value_goes_to_who_ordered_it_then_to_cover_then_to_the_lead(
    fresh: Panel, services: Any, clock: Any
) -> None:
    today = clock.now().date()
    with made(services) as session:
        cover = make_staff(session, "Dr. Cover", "pcp")
        cover_account = account_of(session, cover).id
        session.add(Absence(practitioner_id=fresh.doctor.id, starts_on=today, ends_on=today, covering_id=cover.id))
    change(fresh, services, Result, fresh.result.id, flag="HH")
    telling.watch_critical(services)
    telling.watch_critical(services)
    assert list(deliveries(services)) == [fresh.doctor_account.id]
    with made(services) as session:
        (task,) = session.scalars(select(Task))
        assert task.due_on == today and task.owner_practitioner_id == fresh.doctor.id
    clock.move(minutes=30)
    telling.watch_critical(services)
    assert cover_account in deliveries(services)
    with UnitOfWork.open(services, Actor("staff", account_id=fresh.doctor_account.id, practitioner_id=fresh.doctor.id,
                                         role="pcp"), write=True) as uow:  # fmt: skip
        reviewing.review(uow, fresh.patient.id, fresh.report.id, "call", was_read_back=True)
    before = deliveries(services)
    clock.move(minutes=40)
    telling.watch_critical(services)
    assert deliveries(services) == before


def test_the_list_costs_the_same_with_one_and_with_many(
    client: Any, fresh: Panel, services: Any, count_statements: Any
) -> None:
    doctor = client.as_(fresh.doctor_account)
    doctor.get("/desk/results")
    with count_statements() as few:
        doctor.get("/desk/results")
    with made(services) as session:
        patient = session.get(Person, fresh.patient.id)
        for number in range(40):
            one = make_report(session, patient, orderer_id=fresh.doctor.id)
            one.issued_at = services.clock.now() - timedelta(minutes=number)
    with count_statements() as many:
        doctor.get("/desk/results")
    assert many.count == few.count
