"""Whom one helps, who cares for one, and the patients of the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.models import Absence
from tests.factories.people import account_of, join_team, made, make_account, make_caregiver, make_patient, make_staff
from tests.factories.record import make_allergy, make_medicine, make_problem, make_report, make_result, make_visit


@pytest.fixture
def two(services):
    """Two patients of one doctor, with a liaison who helps both."""
    with made(services) as session:
        first = make_patient(session, mrn="MRN-1001")
        second = make_patient(session, "Ada", "Aaronson", mrn="MRN-1002")
        doctor = make_staff(session, cares_for=[first, second])
        first.pcp_id = doctor.id
        helper, _ = make_caregiver(session, first, scopes=["results"])
        make_caregiver(session, second, kind="family", account=helper)
        return first, second, doctor, account_of(session, doctor), helper


def test_a_caregiver_chooses_whom_they_help(client, two):
    page = client.as_(two[4]).get("/people")
    assert [each.text for each in page.select(".person h2")] == ["Ada Aaronson", two[0].name]
    assert "You are the liaison" in page.text and "You follow updates as family" in page.text
    assert page.select(f'a[href="/people/{two[1].id}/home"]')


def test_who_helps_nobody_is_told_so(client, services):
    with made(services) as session:
        account = make_account(session, "Nobody Inparticular")
    assert "You do not help anybody here yet" in client.as_(account).get("/people").text


def test_an_expired_grant_is_no_longer_offered(client, two, services, clock):
    with made(services) as session:
        account, _ = make_caregiver(session, two[0], kind="proxy", ends_at=session.info["now"] + timedelta(days=1))
    assert two[0].name in client.as_(account).get("/people").text
    clock.move(days=1, minutes=1)
    assert "You do not help anybody" in client.as_(account).get("/people").text


def test_the_care_team_says_who_leads_it_and_who_covers(client, two, services, canary):
    with made(services) as session:
        nurse = make_staff(session, "Amy Tran, RN", "nurse")
        away = make_staff(session, "Dr. Wei Chen", "specialist", specialty="Endocrinology")
        gone = make_staff(session, "Dr. Long Gone", "specialist")
        for member in (nurse, away):
            join_team(session, two[0], member)
        join_team(session, two[0], gone, ends_at=session.info["now"] - timedelta(days=1))
        session.add(
            Absence(
                practitioner_id=away.id, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 13), covering_id=two[2].id
            )
        )
        account = account_of(session, two[0])
    page = client.as_(account).get(f"/people/{two[0].id}/care-team")
    names = [each.text for each in page.select(".person h2")]
    assert names[0].startswith(f"Dr. {canary.staff_given}") and "Your primary care" in names[0]
    assert "Away until Fri, Mar 13. Dr. Brixofel Dwomberly answers meanwhile." in page.text
    assert "Endocrinology" in page.text and "Long Gone" not in page.text


def test_cover_holds_on_both_its_days_in_the_practices_zone(services, two):
    from portal.people import teams
    from portal.policy.actors import Actor
    from portal.work.unit_of_work import UnitOfWork

    with made(services) as session:
        cover = make_staff(session, "Dr. Cover", "pcp")
        session.add(
            Absence(
                practitioner_id=two[2].id, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 10), covering_id=cover.id
            )
        )
    for at, expected in (
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), None),  # 23:59 the evening before
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), cover.id),
        (datetime(2026, 3, 11, 3, 59, tzinfo=UTC), cover.id),
        (datetime(2026, 3, 11, 4, 0, tzinfo=UTC), None),
    ):
        services.clock.set(at)
        with UnitOfWork.open(services, Actor.system("demo.build"), write=False) as uow:
            assert teams.around(uow, two[0].id).cover_of(two[2].id) == expected


def test_a_stranger_finds_no_care_team(client, two, services):
    with made(services) as session:
        stranger = account_of(session, make_patient(session, "Some", "Stranger"))
    client.as_(stranger).get(f"/people/{two[0].id}/care-team", status=404)


def test_the_desk_lists_my_patients_and_finds_them_by_name_or_number(client, two, services, canary):
    with made(services) as session:
        make_patient(session, "Not", "Mine")
    browser = client.as_(two[3])
    page = browser.get("/desk/patients")
    assert [row.text for row in page.select("tbody th")] == ["Ada Aaronson", two[0].name]
    for typed, found in (
        ("aaron", 1),
        ("MRN-1001", 1),
        (f"{canary.given[:4]} {canary.family}", 1),
        ("%", 0),
        ("mine", 0),
    ):
        page = browser.get("/desk/patients").submit({"q": typed}, form="/desk/patients", status=200)
        assert len(page.select("tbody tr")) == found, typed
    assert "No patient of yours matches" in page.text


def test_patients_and_caregivers_have_no_desk(client, two, services):
    with made(services) as session:
        account = account_of(session, two[0])
    for reader in (account, two[4]):
        client.as_(reader).get("/desk/patients", status=404)
        client.as_(reader).get(f"/desk/patients/{two[0].id}", status=404)


def test_the_list_goes_on_page_by_page(client, two, services):
    with made(services) as session:
        doctor = session.merge(two[2])
        for number in range(30):
            join_team(session, make_patient(session, "Pat", f"Number{number // 3:02}", with_account=False), doctor)
    browser = client.as_(two[3])
    page = browser.get("/desk/patients")
    first = [row["href"] for row in page.select("tbody th a")]
    second = [row["href"] for row in browser.get(page.one('a[rel="next"]')["href"]).select("tbody th a")]
    assert len(first) == 25 and len(set(first + second)) == 32


@pytest.fixture
def full(services, two):
    with made(services) as session:
        patient, doctor = two[0], session.merge(two[2])
        make_problem(session, patient)
        make_problem(session, patient, "Resolved thing", status="resolved")
        make_allergy(session, patient)
        make_medicine(session, patient)
        make_result(session, patient, report=make_report(session, patient))
        make_visit(session, patient, doctor)
    return two


def test_a_patients_page_tells_the_desk_what_it_needs_first(client, full):
    text = client.as_(full[3]).get(f"/desk/patients/{full[0].id}").text
    for words in ("Penicillin", "Hypertension", "Lisinopril", "Potassium 5.6 mmol/L", "Above usual range", "Mar 12",
                  "Tomás Delgado (son)", "Apr 12, 1950 · 75 years", "No open question."):  # fmt: skip
        assert words in text
    assert "Resolved thing" not in text


def test_the_front_desk_sees_whom_and_when_but_no_record(client, full, services):
    with made(services) as session:
        clerk = account_of(session, make_staff(session, "Jordan Blake", "front_desk", cares_for=[full[0]]))
    text = client.as_(clerk).get(f"/desk/patients/{full[0].id}").text
    assert "MRN-1001" in text
    for words in ("Penicillin", "Hypertension", "Lisinopril", "Potassium", "None on file"):
        assert words not in text


def test_another_doctor_does_not_find_the_patient(client, full, services):
    with made(services) as session:
        other = account_of(session, make_staff(session, "Dr. Another One"))
    client.as_(other).get(f"/desk/patients/{full[0].id}", status=404)


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, full, services, count_statements, rows):
    with made(services) as session:
        doctor = session.merge(full[2])
        for number in range(rows):
            make_result(session, full[0], code=str(number), name=f"Test {number}")
            make_medicine(session, full[0], f"Medicine {number}")
            make_visit(session, full[0], doctor)
            join_team(session, full[0], make_staff(session, f"Dr. {number}", with_account=False))
    browser = client.as_(full[3])
    for url, ceiling in (("/desk/patients", 4), (f"/desk/patients/{full[0].id}", 14)):
        browser.get(url)
        with count_statements() as seen:
            browser.get(url)
        seen.at_most(ceiling)
