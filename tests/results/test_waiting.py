"""A patient hears of results at once, unless they want to hear from a clinician first; or a clinician prevents harm."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.infra.errors import Invalid
from portal.interop.importing import import_paths
from portal.models import AuditEvent, Delivery, Person, Report, Result, ResultHold, ResultWish
from portal.policy.actors import Actor
from portal.results import telling, waiting
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_caregiver, make_staff
from tests.factories.record import make_comment, make_report, make_result, mark_unread
from tests.results.conftest import Panel

NAME = "Basic metabolic panel"


def first(client: Any, panel: Panel, **days: str) -> None:
    """The patient wants to hear of these categories first."""
    page = client.as_(panel.account).get(f"{panel.list_url}/when")
    page.submit(days, form="/results/when", status=303)


def arrive(services: Any, panel: Panel, *, fresh: bool = True) -> None:
    """Do at the end of an import what keeps the patient's wish, for the report of the panel."""
    with UnitOfWork.open(services, Actor.system("interop.import"), write=True) as uow:
        ids = [panel.report.id]
        waiting.hold_new(uow, panel.patient.id, ids if fresh else [], [] if fresh else ids)


def change(services: Any, model: Any, row_id: Any, **values: Any) -> None:
    with made(services) as session:
        row = session.get(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture
def held(client: Any, panel: Panel, services: Any) -> Panel:
    """The panel's report, final just now and held for at most three days."""
    first(client, panel, laboratory="3")
    now = services.clock.now()
    with made(services) as session:
        mark_unread(session, session.get(Report, panel.report.id), panel.account)
    change(services, Report, panel.report.id, issued_at=now, released_at=now)
    change(services, Result, panel.result.id, released_at=now)
    arrive(services, panel)
    return panel


def pages_of(panel: Panel) -> list[str]:
    """Every page and file that lists, counts or hands out results; they all name it once it is shown."""
    base = panel.base
    files = ("binder/binder.html", "binder/binder.txt", "binder/summary.json", "binder/ccd.xml")
    kinds = ("csv", "txt", "fhir")
    return [
        panel.list_url,
        f"{panel.list_url}?kind=laboratory",
        *(f"{base}/{one}" for one in files),
        *(f"{base}/record/download/file?kind={kind}&parts=results" for kind in kinds),
    ]


def test_a_wish_is_kept_and_taken_back(client: Any, panel: Panel, services: Any) -> None:
    first(client, panel, laboratory="3", tissue="7")
    with made(services) as session:
        rows = {row.category: row.days for row in session.scalars(select(ResultWish))}
    assert rows == {"laboratory": 3, "tissue": 7}
    page = client.as_(panel.account).get(f"{panel.list_url}/when")
    assert page.one("select[name=laboratory] option[selected]").text.startswith("Tell me first, within 3 days")
    first(client, panel, laboratory="0")
    with made(services) as session:
        assert [row.category for row in session.scalars(select(ResultWish))] == ["tissue"]


def test_nobody_may_wish_for_longer_than_seven_days(client: Any, panel: Panel, services: Any) -> None:
    browser = client.as_(panel.account)
    token = browser.csrf_token(f"{panel.list_url}/when")
    chosen = dict.fromkeys(("imaging", "tissue", "genetic", "private", "other"), "0")
    browser.post(f"{panel.list_url}/when", {"csrf_token": token, "laboratory": "8", **chosen}, status=422)
    with made(services) as session:
        assert session.scalar(select(ResultWish.id)) is None
    actor = Actor("patient", account_id=panel.account.id, person_id=panel.patient.id)
    with UnitOfWork.open(services, actor, write=True) as uow, pytest.raises(Invalid):
        waiting.wish(uow, panel.patient.id, {"laboratory": 8})


def test_only_who_acts_for_the_patient_chooses(client: Any, panel: Panel, services: Any) -> None:
    with made(services) as session:
        patient = session.get(Person, panel.patient.id)
        parent = make_caregiver(session, patient, kind="parent", relation="mother", scopes=["results"], name="Mum")[0]
    client.as_(parent).get(f"{panel.list_url}/when")
    for account, status in (
        (panel.liaison, 403),
        (panel.family, 403),
        (panel.doctor_account, 403),
        (panel.stranger, 404),
    ):
        client.as_(account).get(f"{panel.list_url}/when", status=status)


def test_it_is_said_honestly_that_a_result_is_here(client: Any, held: Panel) -> None:
    page = client.as_(held.account).get(held.list_url)
    assert "A laboratory result is here" in page.text and "You asked to hear about it from" in page.text
    assert NAME not in page.text and "outside" not in page.one("main").text.split("A value outside")[0]


def test_a_held_result_is_on_no_page_in_no_count_in_no_file_and_not_found(client: Any, held: Panel) -> None:
    for account in (held.account, held.liaison):
        browser = client.as_(account)
        for url in (held.report_url, held.result_url):
            browser.get(url, status=404)
        for url in (*pages_of(held), f"{held.base}/home", f"{held.base}/record", f"{held.base}/binder"):
            answer = browser.http.get(url)
            assert answer.status_code == 200 or account is held.liaison, (url, answer.status_code)
            assert b"otassium" not in answer.data and NAME.encode() not in answer.data, url
    found = client.as_(held.account).get(f"{held.base}/record/search")
    assert "Potassium" not in found.submit({"words": "potassium"}, form="/search", status=200).one("main").text
    assert "result is here" not in client.as_(held.liaison).get(held.list_url).text


def test_it_ends_when_the_patient_wants_to_see_it(client: Any, held: Panel, services: Any) -> None:
    page = client.as_(held.account).get(held.list_url)
    shown = page.submit({}, form="/show", status=303)
    assert shown.location.endswith(str(held.report.id))
    assert NAME in client.as_(held.account).get(held.report_url).text
    assert NAME in client.as_(held.liaison).get(held.report_url).text
    for url in pages_of(held):
        said = client.as_(held.account).http.get(url).data
        assert b"otassium" in said or NAME.encode() in said or "fhir" in url, url
    arrive(services, held)  # coming again changes nothing
    assert NAME in client.as_(held.account).get(held.report_url).text
    with made(services) as session:
        trail = session.scalars(select(AuditEvent.action).where(AuditEvent.patient_id == held.patient.id)).all()
    assert "results:hold:show" in trail and "results:hold:create" in trail


def test_it_ends_when_the_clinician_has_talked_with_the_patient(client: Any, held: Panel) -> None:
    doctor = client.as_(held.doctor_account)
    page = doctor.get(held.report_url)
    assert "The patient asked to hear of it from a clinician first" in page.text
    page.submit({}, form="/release", status=303)
    assert NAME in client.as_(held.account).get(held.report_url).text


def test_it_ends_after_the_days_and_not_a_second_before(client: Any, held: Panel, clock: Any) -> None:
    clock.move(days=3, seconds=-1)
    client.as_(held.account).get(held.report_url, status=404)
    clock.move(seconds=1)
    page = client.as_(held.account).get(held.list_url)
    assert NAME in page.text and "result is here" not in page.text


def test_the_liaison_and_a_stranger_cannot_end_it(client: Any, held: Panel, services: Any) -> None:
    with made(services) as session:
        hold_id = session.scalar(select(ResultHold.id))
    for account, status in ((held.liaison, 404), (held.stranger, 404), (held.doctor_account, 404)):
        browser = client.as_(account)
        token = browser.csrf_token("/profile")
        browser.post(f"{held.list_url}/held/{hold_id}/show", {"csrf_token": token}, status=status)
    for account in (held.liaison, held.account, held.stranger, held.front_desk):
        browser = client.as_(account)
        browser.post(
            f"{held.list_url}/held/{hold_id}/release", {"csrf_token": browser.csrf_token("/profile")}, status=404
        )
    client.as_(held.account).get(held.report_url, status=404)


def test_what_was_seen_before_is_not_taken_away(client: Any, panel: Panel, services: Any) -> None:
    first(client, panel, laboratory="7")
    change(services, Report, panel.report.id, status="corrected", released_at=services.clock.now())
    arrive(services, panel, fresh=False)
    assert NAME in client.as_(panel.account).get(panel.report_url).text


def test_held_while_preliminary_it_is_held_from_its_final_release(client: Any, held: Panel, services: Any) -> None:
    services.clock.move(days=2)
    change(services, Report, held.report.id, status="final", released_at=services.clock.now())
    arrive(services, held, fresh=False)
    services.clock.move(days=3, seconds=-1)
    client.as_(held.account).get(held.report_url, status=404)
    services.clock.move(seconds=1)
    client.as_(held.account).get(held.report_url)


def test_an_old_result_that_arrives_late_is_not_held(client: Any, panel: Panel, services: Any) -> None:
    first(client, panel, laboratory="3")
    change(services, Report, panel.report.id, released_at=services.clock.now() - timedelta(days=3))
    arrive(services, panel)
    client.as_(panel.account).get(panel.report_url)


def test_another_category_comes_at_once(client: Any, panel: Panel, services: Any) -> None:
    first(client, panel, genetic="7", tissue="7")
    change(services, Report, panel.report.id, released_at=services.clock.now())
    arrive(services, panel)
    client.as_(panel.account).get(panel.report_url)


def test_its_comments_are_held_with_it(client: Any, held: Panel, services: Any) -> None:
    with made(services) as session:
        make_comment(session, session.get(Result, held.result.id), held.doctor, "Nothing to worry about.")
    client.as_(held.account).get(held.result_url, status=404)


def test_nobody_is_told_before_its_time_and_then_everybody_is_once(held: Panel, services: Any, clock: Any) -> None:
    def tell() -> None:
        with UnitOfWork.open(services, Actor.system("results.tell_readers"), write=True) as uow:
            telling.tell_readers(uow, held.report.id)

    def told() -> set[Any]:
        with made(services) as session:
            return set(session.scalars(select(Delivery.account_id)))

    tell()
    assert told() == set()
    clock.move(days=3)
    tell()
    tell()
    assert told() == {held.account.id, held.liaison.id}


def test_what_is_imported_is_held_in_the_same_moment(client: Any, panel: Panel, services: Any, folder: Any) -> None:
    """Through the real import: a panel with its results, and a result that belongs to no report."""
    first(client, panel, laboratory="2")
    now = services.clock.now().isoformat()
    change(services, Person, panel.patient.id, source_key="Patient/p1")
    subject = {"reference": "Patient/p1"}
    lab = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}]
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}], "text": "Hemoglobin"}

    def observation(key: str) -> dict[str, Any]:
        return {
            "resourceType": "Observation", "id": key, "status": "final", "category": lab, "code": code,
            "subject": subject, "effectiveDateTime": now, "issued": now,
            "valueQuantity": {"value": 11.1, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
        }  # fmt: skip

    report = {
        "resourceType": "DiagnosticReport", "id": "r9", "status": "final", "code": {"text": "Blood count"},
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}],
        "subject": subject, "effectiveDateTime": now, "issued": now, "result": [{"reference": "Observation/o1"}],
    }  # fmt: skip
    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-04-12", "gender": "female",
              "name": [{"family": panel.patient.family_name, "given": [panel.patient.given_name]}]}  # fmt: skip
    entries = [{"resource": one} for one in (person, report, observation("o1"), observation("o2"))]
    path = folder / "bundle.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    import_paths(services, [path])
    with made(services) as session:
        holds = session.scalars(select(ResultHold)).all()
        assert {(one.report_id is None, one.result_id is None) for one in holds} == {(False, True), (True, False)}
        came = session.scalars(select(Result).where(Result.name == "Hemoglobin")).all()
        assert len(came) == 2 and all(row.held_until is not None for row in came)
    text = client.as_(panel.account).get(f"{panel.list_url}?kind=laboratory").text
    assert "Hemoglobin" not in text and text.count("A laboratory result is here") == 2


# Preventing harm (RES-3) ------------------------------------------------------------------------------------------


def hold_back(client: Any, panel: Panel, ground: str = "safety", **more: str) -> Any:
    page = client.as_(panel.doctor_account).get(f"{panel.report_url}/hold")
    return page.submit(
        {"ground": ground, "reason": "Vexquill might act on it.", "days": "7", **more}, form="/hold", status=303
    )


def test_a_clinician_holds_one_result_of_one_patient(client: Any, panel: Panel, services: Any) -> None:
    with made(services) as session:
        other = make_report(session, session.get(Person, panel.patient.id), "Another panel")
        make_result(session, session.get(Person, panel.patient.id), report=other)
    hold_back(client, panel)
    page = client.as_(panel.account).get(panel.list_url)
    assert NAME not in page.text and "Another panel" in page.text
    assert "holds one result back until" in page.text and "Vexquill" not in page.text
    assert "Show me now" not in page.text
    client.as_(panel.liaison).get(panel.report_url, status=404)
    assert "holds one result back" not in client.as_(panel.liaison).get(panel.list_url).text


def test_without_a_ground_a_reason_or_within_seven_days_nothing_is_held(
    client: Any, panel: Panel, services: Any
) -> None:
    doctor = client.as_(panel.doctor_account)
    page = doctor.get(f"{panel.report_url}/hold")
    assert "That it is bad news, or will distress the patient, is no reason" in page.text
    sent = {**page.form("/hold").values, "ground": "life", "reason": "Because.", "days": "7"}
    for change_to in ({"reason": " "}, {"ground": "distress"}, {"days": "8"}, {"days": "0"}, {"ground": ""}):
        doctor.post(f"{panel.report_url}/hold", {**sent, **change_to}, status=422)
    with made(services) as session:
        assert session.scalar(select(ResultHold.id)) is None


def test_only_a_licensed_clinician_who_treats_may(client: Any, panel: Panel, services: Any) -> None:
    with made(services) as session:
        nurse = make_staff(session, "Amy Nurse", "nurse", cares_for=[session.get(Person, panel.patient.id)])
        nurse_account = account_of(session, nurse)
    for account, status in (
        (nurse_account, 403),
        (panel.account, 403),
        (panel.liaison, 403),
        (panel.other_doctor, 404),
        (panel.front_desk, 403),
    ):
        client.as_(account).get(f"{panel.report_url}/hold", status=status)
        browser = client.as_(account)
        sent = {"csrf_token": browser.csrf_token("/profile"), "ground": "life", "reason": "x", "days": "1"}
        browser.post(f"{panel.report_url}/hold", sent, status=404)


def test_held_again_it_is_looked_at_and_released_it_is_shown(
    client: Any, panel: Panel, services: Any, clock: Any
) -> None:
    hold_back(client, panel, days="2")
    clock.move(days=1)
    desk = client.as_(panel.doctor_account).get("/desk/results/held")
    assert panel.patient.family_name in desk.text and "Vexquill might act on it." in desk.text
    hold_back(client, panel, days="3")
    with made(services) as session:
        assert sorted(one.state for one in session.scalars(select(ResultHold))) == ["open", "renewed"]
    clock.move(days=2, hours=23)
    client.as_(panel.account).get(panel.report_url, status=404)
    client.as_(panel.doctor_account).get("/desk/results/held").submit({}, form="/release", status=303)
    assert NAME in client.as_(panel.account).get(panel.report_url).text


def test_not_looked_at_again_it_is_shown_when_its_time_is_over(client: Any, panel: Panel, clock: Any) -> None:
    hold_back(client, panel, days="7")
    clock.move(days=7)
    assert NAME in client.as_(panel.account).get(panel.report_url).text


def test_kept_from_those_who_act_for_the_patient_the_patient_still_sees_it(client: Any, panel: Panel) -> None:
    hold_back(client, panel, ground="by_others")
    page = client.as_(panel.account).get(panel.list_url)
    assert NAME in page.text and "held back" not in page.text
    client.as_(panel.account).get(panel.report_url)
    client.as_(panel.liaison).get(panel.report_url, status=404)
    assert NAME not in client.as_(panel.liaison).get(panel.list_url).text


def test_the_patient_cannot_end_it_and_showing_what_they_asked_for_does_not_either(
    client: Any, held: Panel, services: Any
) -> None:
    hold_back(client, held)
    browser = client.as_(held.account)
    with made(services) as session:
        harm = session.scalar(select(ResultHold.id).where(ResultHold.kind == "harm"))
    token = browser.csrf_token("/profile")
    browser.post(f"{held.list_url}/held/{harm}/show", {"csrf_token": token}, status=404)
    browser.get(held.list_url).submit({}, form="/show", status=303)
    browser.get(held.report_url, status=404)
    assert "holds one result back until" in browser.get(held.list_url).text


def test_sent_twice_it_is_one_hold(client: Any, panel: Panel, services: Any) -> None:
    doctor = client.as_(panel.doctor_account)
    page = doctor.get(f"{panel.report_url}/hold")
    for _ in range(2):
        page.submit({"ground": "life", "reason": "Because.", "days": "7"}, form="/hold", status=303)
    with made(services) as session:
        assert len(session.scalars(select(ResultHold)).all()) == 1
