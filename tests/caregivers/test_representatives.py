"""Papers are filed by one person, looked at again by another, and hold until their last day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.models import AccessEvidence, Relationship
from tests.caregivers.house import House
from tests.factories.people import account_of, made, make_account, make_staff

PAPER = {
    "record_number": "MRN-77", "kind": "representative", "name": "Gus Guardian", "relation": "Guardian",
    "what": "court_order", "details": "Case 4711, seen at the desk", "expires_on": "2026-12-31",
}  # fmt: skip


@pytest.fixture
def office(house: House) -> House:
    with made(house.services) as session:
        session.merge(house.patient).mrn = "MRN-77"
        clerk = account_of(session, make_staff(session, "Ben Book", "front_desk"))
        admin = make_account(session, "Ada Admin", is_admin=True)
    house.clerk, house.admin = house.client.as_(clerk), house.client.as_(admin)
    return house


def filed(office: House, **changes: Any) -> Any:
    return office.clerk.get("/representatives/new").submit({**PAPER, **changes})


def confirmed(office: House) -> str:
    page = office.admin.get("/representatives")
    action = next(form.action for form in page.forms if form.action.endswith("/confirm"))
    shown = page.submit({}, form=action, status=200)
    found = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){4}", shown.text)
    assert found
    return found.group().replace("-", "")


def test_filing_a_paper_opens_nothing_and_asks_nobody(office: House) -> None:
    filed(office)
    assert office.all(Relationship) == []
    assert b"4711" not in office.all(AccessEvidence)[0].details
    assert "Case 4711" in office.admin.get("/representatives").text


def test_access_ends_at_midnight_after_the_last_day_of_the_paper(office: House, clock: Any) -> None:
    filed(office)
    office.accept(confirmed(office))
    home = f"/people/{office.patient.id}/home"
    end = datetime(2027, 1, 1, tzinfo=ZoneInfo("America/New_York"))
    clock.set(end - timedelta(seconds=1))
    office.client.as_(office.friend).get(home)
    clock.set(end)
    office.client.as_(office.friend).get(home, status=404)


def test_whoever_filed_a_paper_does_not_confirm_it(office: House) -> None:
    office.admin.get("/representatives/new").submit(PAPER)
    page = office.admin.get("/representatives")
    assert "You filed this yourself" in page.text and page.select("form[action$=confirm]") == []
    invitation = office.all(AccessEvidence)[0].invitation_id
    office.admin.post(f"/representatives/{invitation}/confirm", {}, csrf="/representatives", status=403)
    assert office.all(Relationship) == []


@pytest.mark.parametrize(
    ("field", "value"), [("record_number", "nobody"), ("expires_on", "2026-03-09"), ("kind", "parent")]
)
def test_what_can_not_be_is_refused_in_words(office: House, field: str, value: str) -> None:
    page = office.clerk.get("/representatives/new").submit({**PAPER, field: value}, status=422)
    assert page.errors
    assert office.all(AccessEvidence) == []


def test_the_privacy_officer_stops_a_representative_at_once(office: House) -> None:
    filed(office)
    office.accept(confirmed(office))
    home = f"/people/{office.patient.id}/home"
    office.theirs.get(home)
    page = office.admin.get("/representatives")
    page.submit({}, form=next(form.action for form in page.forms if form.action.endswith("/suspend")))
    office.theirs.get(home, status=404)
    page = office.admin.get("/representatives")
    page.submit({}, form=next(form.action for form in page.forms if form.action.endswith("/resume")))
    office.theirs.get(home)


def test_the_patient_neither_ends_nor_changes_what_a_paper_gives(office: House) -> None:
    filed(office)
    office.accept(confirmed(office))
    held = office.held()
    page = office.own.get(office.url(f"/{held.id}"))
    assert "rests on the law or on a legal document" in page.text and page.select("form[action$=end]") == []
    office.own.post(office.url(f"/{held.id}/end"), {}, csrf=office.url(f"/{held.id}"), status=403)
    assert office.held().state == "active"


@pytest.mark.parametrize("who", ["own", "theirs", "doctor"])
def test_others_find_no_page_of_papers(office: House, who: str) -> None:
    with made(office.services) as session:
        doctor = account_of(session, make_staff(session, cares_for=[session.merge(office.patient)]))
    browser = {"own": office.own, "theirs": office.theirs, "doctor": office.client.as_(doctor)}[who]
    browser.get("/representatives", status=404)
    browser.get("/representatives/new", status=404)
    browser.post("/representatives/new", PAPER, csrf="/profile", status=404)


def test_the_desk_sees_who_may_be_told_what_and_nothing_private(office: House) -> None:
    filed(office)
    office.accept(confirmed(office))
    with made(office.services) as session:
        patient = session.merge(office.patient)
        doctor = account_of(session, make_staff(session, cares_for=[patient]))
    page = office.client.as_(doctor).get(f"/desk/patients/{office.patient.id}")
    assert "Who may be told what" in page.text and "Legal representative" in page.text
    assert "Court order (guardian), holds until Thu, Dec 31" in page.text
    assert "4711" not in page.text and date(2026, 12, 31).isoformat() not in page.text
