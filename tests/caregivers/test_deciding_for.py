"""A legal representative decides about access in the patient's place: within their authority, by name, and told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from portal.caregivers.consent import LIAISON_BASE
from portal.models import AccessEvidence, AccessInvitation, AccessSignature, AuditEvent, Delivery, Relationship
from portal.policy.vocabulary import SCOPES
from tests.caregivers.house import House
from tests.factories.people import account_of, made, make_account, make_caregiver

HELD = (*SCOPES, "sensitive:PSY")


@pytest.fixture
def represented(house: House) -> House:
    """Gus represents the patient with a checked paper; Rosa is the liaison, with two private matters."""
    with made(house.services) as session:
        patient = session.merge(house.patient)
        gus = make_account(session, "Gus Guardian")
        _, held = make_caregiver(
            session, patient, kind="representative", relation="guardian", account=gus, scopes=HELD,
            ends_at=session.info["now"] + timedelta(days=90),
        )  # fmt: skip
        asked = AccessInvitation(
            patient_id=patient.id, state="accepted", kind="representative", relation="guardian", name="Gus Guardian",
            scopes=[], made_by_id=gus.id, made_at=session.info["now"], relationship_id=held.id,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        paper = AccessEvidence(
            patient_id=patient.id, invitation_id=asked.id, relationship_id=held.id, what="court_order", details=b"-",
            filed_by_id=gus.id, filed_at=session.info["now"], checked_at=session.info["now"],
        )  # fmt: skip
        session.add(paper)
        _, liaison = make_caregiver(
            session, patient, account=session.merge(house.friend), relation="friend",
            scopes=[*LIAISON_BASE, "results", "messages_read", "sensitive:PSY", "sensitive:HIV"],
            ends_at=session.info["now"] + timedelta(days=90),
        )  # fmt: skip
        helper = make_account(session, "Hal Helper")
        session.flush()
        house.gus_id, house.liaison_id, house.paper_id = held.id, liaison.id, paper.id  # type: ignore[attr-defined]
        house.account_id = account_of(session, patient).id  # type: ignore[attr-defined]
        house.gus_account_id = gus.id  # type: ignore[attr-defined]
    house.gus, house.helper = house.client.as_(gus), house.client.as_(helper)  # type: ignore[attr-defined]
    return house


def told(house: Any) -> int:
    with made(house.services) as session:
        return session.query(Delivery).filter_by(account_id=house.account_id, kind="access_decided").count()


def invited_by_gus(house: Any, **rights: Any) -> str:
    page = house.gus.get(house.url("/invite")).submit(
        {"name": "Hal Helper", "relation": "Neighbor", "kind": "proxy", "preset": "helper"}
    )
    review = house.gus.follow(house.gus.follow(page).submit(rights))
    signed = {"signed": rights["categories"]} if rights.get("categories") else {}
    found = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){4}", review.submit(signed, status=200).text)
    assert found
    return found.group().replace("-", "")


def test_a_representative_invites_by_name_and_the_patient_hears_of_it(represented: Any) -> None:
    code = invited_by_gus(represented)
    assert told(represented) == 1
    offer = represented.helper.get(f"/access/{code}")
    assert "Gus Guardian asks in their place, as their legal representative." in offer.text
    represented.accept(code, represented.helper, is_adult=True)
    held = represented.held(kind="proxy")
    page = represented.own.get(represented.url(f"/{held.id}"))
    assert "Gus Guardian gave this, as the patient’s representative." in page.text
    with made(represented.services) as session:
        trail = session.query(AuditEvent).filter_by(action="caregivers:invitation:create", reason="invited").one()
    assert trail.account_id == represented.gus_account_id


def test_a_representative_ends_and_pauses_what_others_may_see(represented: Any) -> None:
    place = represented.url(f"/{represented.liaison_id}")
    represented.gus.get(place).submit({}, form=f"{place}/suspend")
    represented.theirs.get(f"/people/{represented.patient.id}/home", status=404)
    represented.gus.get(place).submit({}, form=f"{place}/resume")
    represented.gus.get(place).submit({}, form=f"{place}/end")
    represented.theirs.get(f"/people/{represented.patient.id}/home", status=404)
    with made(represented.services) as session:
        liaison = session.get(Relationship, represented.liaison_id)
        assert liaison is not None and liaison.state == "revoked"
        acts = session.query(AuditEvent).filter_by(action="caregivers:grant:update", reason="ended").all()
    assert [row.account_id for row in acts] == [represented.gus_account_id]
    assert told(represented) >= 1


def test_each_decision_is_told_and_the_patients_own_are_not(represented: Any, clock: Any) -> None:
    place = represented.url(f"/{represented.liaison_id}")
    for number, rest in enumerate(("/suspend", "/resume"), start=1):
        represented.gus.get(place).submit({}, form=f"{place}{rest}")
        clock.move(seconds=5)
        assert told(represented) == number
    represented.own.get(place).submit({}, form=f"{place}/suspend")
    assert told(represented) == 2


def test_nobody_gives_more_than_what_is_open_to_themselves(represented: Any) -> None:
    page = represented.gus.get(represented.url("/invite")).submit(
        {"name": "Hal Helper", "relation": "Neighbor", "kind": "proxy", "preset": "view"}
    )
    rights = represented.gus.follow(page)
    answer = rights.submit({"categories": ["HIV"]}, status=422)
    assert "You can’t give more than what is open to you." in answer.text
    rights.submit({"categories": ["PSY"]})


def test_private_matters_that_are_not_theirs_are_neither_shown_nor_taken(represented: Any) -> None:
    place = represented.url(f"/{represented.liaison_id}")
    listed = represented.gus.get(represented.url())
    assert "Mental health" in listed.text and "HIV" not in listed.text
    page = represented.gus.get(place)
    shown = page.text.split("stay hidden", 1)[0]
    assert "Mental health" in shown
    represented.gus.get(f"{place}/change").submit({"sees": ["results"], "does": [], "categories": []})
    scopes = {row for row in represented.scopes() if row.startswith("sensitive:")}
    assert "sensitive:HIV" in scopes
    with made(represented.services) as session:
        assert session.query(AccessSignature).count() == 0
    assert "results" in represented.scopes()


def test_nobody_takes_an_invitation_that_they_made_themselves(represented: Any) -> None:
    code = invited_by_gus(represented)
    page = represented.accept(code, represented.gus, status=422, is_adult=True)
    assert "You made this invitation. Somebody else has to use it." in page.text
    assert represented.all(Relationship, kind="proxy") == []


@pytest.mark.parametrize("why", ["unchecked", "expired", "stopped", "elsewhere"])
def test_without_a_paper_that_holds_there_is_no_say(represented: Any, why: str, clock: Any) -> None:
    place = represented.url(f"/{represented.liaison_id}")
    with made(represented.services) as session:
        held = session.get(Relationship, represented.gus_id)
        paper = session.get(AccessEvidence, represented.paper_id)
        assert held is not None and paper is not None
        if why == "unchecked":
            paper.checked_at = None
        elif why == "expired":
            held.ends_at = clock.now()
        elif why == "stopped":
            held.state = "suspended"
        else:
            held.kind = "proxy"
    for address in (represented.url("/invite"), place, f"{place}/change"):
        status = 404 if why in ("expired", "stopped") or address != represented.url("/invite") else 403
        represented.gus.get(address, status=status)
    represented.gus.post(f"{place}/end", {}, csrf="/profile", status=404)
    with made(represented.services) as session:
        liaison = session.get(Relationship, represented.liaison_id)
        assert liaison is not None and liaison.state == "active"


def test_what_others_did_and_see_stays_with_the_patient(represented: Any) -> None:
    place = represented.url(f"/{represented.liaison_id}")
    page = represented.gus.get(place)
    assert "What they did" not in page.text and "See exactly what they see" not in page.text
    represented.gus.get(f"{place}/activity", status=404)
    represented.gus.get(f"{place}/preview", status=404)


def test_a_representative_does_not_touch_what_a_paper_gives(represented: Any) -> None:
    place = represented.url(f"/{represented.gus_id}")
    page = represented.gus.get(place)
    assert page.select("form[action$=end]") == []
    represented.gus.post(f"{place}/end", {}, csrf=place, status=403)
    represented.gus.post(f"{place}/change", {"sees": ["results"]}, csrf=place, status=403)


def test_the_liaison_page_is_the_representatives_too_and_the_patient_is_told(represented: Any) -> None:
    place = f"/people/{represented.patient.id}/liaison"
    page = represented.gus.get(place)
    page.submit({}, form=f"{place}/off")
    assert told(represented) == 1
    represented.theirs.get(f"/people/{represented.patient.id}/home", status=404)
