"""What happens after a paper came: the scanner looks, the right clinician is told, who brought it learns the answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

import portal.worker  # noqa: F401  its jobs are known from here on
from portal.models import (
    Absence,
    BinderPaper,
    BinderPaperContent,
    Delivery,
    Job,
    OutsideContent,
    OutsidePaper,
    Relationship,
)
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.running import Worker
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_staff
from tests.outside.papers import PDF, as_bytes, bundle, condition
from tests.support.scanner import EICAR, scanner


def told(services, kind):
    """Whom notices of a kind went to."""
    with services.database.connect() as connection:
        return set(connection.scalars(select(Delivery.account_id).where(Delivery.kind == kind)))


def states(services):
    with services.database.connect() as connection:
        return list(connection.scalars(select(OutsidePaper.state)))


def test_the_primary_care_provider_is_told_that_a_paper_waits(house, services):
    house.paper()
    Worker(services).run_due()
    Worker(services).run_due()
    assert told(services, "paper_came") == {house.accounts["doctor"].id}


def test_who_covers_is_told_and_has_it_on_their_list(house, services, client):
    with made(services) as session:
        cover = make_staff(session, "Dr. Cover", cares_for=[house.patient])
        today = services.clock.now().date()
        session.add(Absence(practitioner_id=house.doctor.id, starts_on=today, ends_on=today + timedelta(days=2),
                            covering_id=cover.id))  # fmt: skip
        account = account_of(session, cover)
    house.paper()
    Worker(services).run_due()
    assert told(services, "paper_came") == {account.id}
    assert "Community Health Consult Note" in client.as_(account).get("/desk/outside").text


def test_a_colleague_who_treats_finds_it_among_all_their_patients_only(house, services, client):
    with made(services) as session:
        account = account_of(session, make_staff(session, "Dr. Colleague", cares_for=[house.patient]))
    house.paper()
    browser = client.as_(account)
    assert "Nothing waits here" in browser.get("/desk/outside").text
    assert "Community Health Consult Note" in browser.get("/desk/outside?view=team").text


def test_the_list_of_others_is_not_theirs(house):
    for who, status in (("manager", 403), ("patient", 403), ("stranger", 403)):
        house.browsers[who].get("/desk/outside", status=status)


def test_patient_and_bringer_are_told_of_the_answer_and_read_it(house, services):
    paper = house.paper(as_bytes(bundle(condition())), who="proxy")
    house.post("doctor", house.desk(paper) + "/reject", {"reason": "not_needed", "words": "We have it all."})
    Worker(services).run_due()
    assert told(services, "paper_decided") == {house.accounts["patient"].id, house.accounts["proxy"].id}
    for who in ("patient", "proxy"):
        text = house.browsers[who].get(f"{house.url}/papers/{paper}").text
        assert "Not taken by your care team" in text and "It is not needed for your care." in text
        assert "We have it all." in text and "Asthma" not in text


def test_what_was_turned_away_is_destroyed(house, services):
    paper = house.paper()
    house.post("doctor", house.desk(paper) + "/reject", {"reason": "other_person"})
    with services.database.connect() as connection:
        assert connection.execute(select(OutsideContent.__table__)).all() == []
    house.browsers["patient"].get(f"{house.url}/papers/{paper}/file", status=404)


def test_a_bringer_whose_access_ended_is_not_told(house, services):
    paper = house.paper(who="proxy")
    with made(services) as session:
        account = house.accounts["proxy"].id
        session.execute(Relationship.__table__.update().where(Relationship.account_id == account).values(state="ended"))
    house.post("doctor", house.desk(paper) + "/reject", {"reason": "not_needed"})
    Worker(services).run_due()
    assert told(services, "paper_decided") == {house.accounts["patient"].id}


def test_a_paper_of_which_it_is_not_certain_whose_it_is_is_confirmed_in_two_steps(house, services):
    paper = house.paper(PDF)
    wrong = house.post("doctor", house.desk(paper) + "/confirm", {"name": "Some Stranger", "birth": "1950-04-12"}, 422)
    assert "not those of this record" in wrong.errors[0]
    house.post("doctor", house.desk(paper) + "/finish", {})
    assert states(services) == ["received"]
    person = house.patient
    right = {"name": f"{person.given_name} {person.family_name}".upper(), "birth": "1950-04-12"}
    house.post("doctor", house.desk(paper) + "/confirm", right)
    house.post("doctor", house.desk(paper) + "/finish", {"words": "Thank you, it helps."})
    assert states(services) == ["reconciled"]
    assert "Thank you, it helps." in house.browsers["patient"].get(f"{house.url}/papers/{paper}").text


def test_lines_of_a_paper_nobody_has_matched_stand_nowhere(house):
    told_of = condition() | {"resourceType": "Condition"}
    unsure = as_bytes(bundle(told_of, phone="555-9999"))
    paper = house.paper(unsure)
    assert house.browsers["doctor"].get(house.desk(paper)).select("li[id^=line-]") == []
    house.post("doctor", house.desk(paper) + "/decide", {"mark": "x"})


def put_back(services, person_id, state="clean"):
    """A paper somebody sent back through a link of the binder."""
    with UnitOfWork.open(services, Actor.system("binder.open_share"), write=True) as uow:
        row = BinderPaper(patient_id=person_id, media_type="application/pdf", size=len(PDF), digest=uuid4().bytes,
                          state=state, origin="outside", name=b"", made_at=uow.now)  # fmt: skip
        row.name = uow.seal(person_id, "binder_paper.name", row.id, "letter.pdf")
        row.who = uow.seal(person_id, "binder_paper.who", row.id, "Clinic abroad")
        uow.add(row)
        uow.flush()
        kept = BinderPaperContent(patient_id=person_id, paper_id=row.id, content=b"")
        kept.content = uow.seal(person_id, "binder_paper_content.content", kept.id, PDF)
        uow.add(kept)
        uow.audit(Action.BINDER_NOTE_UPDATE, row)
        uow.later("outside.take_paper", row.id)
        return row.id


def test_a_paper_that_came_back_through_a_link_is_put_before_the_clinic_once(house, services):
    row_id = put_back(services, house.patient.id)
    Worker(services).run_due()
    with UnitOfWork.open(services, Actor.system("binder.open_share"), write=True) as uow:
        uow.later("outside.take_paper", row_id)
    Worker(services).run_due()
    assert states(services) == ["received"]
    text = house.browsers["patient"].get(house.url).text
    assert "letter.pdf" in text and "Sent by Clinic abroad through a link" in text
    assert "letter.pdf" not in house.browsers["doctor"].get(f"/people/{house.patient.id}/record").text
    Worker(services).run_due()
    assert told(services, "paper_came") == {house.accounts["doctor"].id}


class TestWithAScanner:
    @pytest.fixture
    def settings_values(self, settings_values):
        with scanner() as address:
            yield {**settings_values, "clamav": address}

    def test_a_paper_is_held_until_the_scanner_has_looked(self, house, services):
        paper = house.paper()
        assert states(services) == ["checking"]
        house.browsers["patient"].get(f"{house.url}/papers/{paper}/file", status=404)
        assert "Community" not in house.browsers["doctor"].get("/desk/outside").text
        Worker(services).run_due()
        assert states(services) == ["matched"]

    def test_a_paper_in_which_it_finds_something_is_destroyed_and_said_to_be(self, house, services):
        paper = house.paper(PDF.replace(b"1.4\n", b"1.4\n%" + EICAR + b"\n"))
        Worker(services).run_due()
        with services.database.connect() as connection:
            assert connection.execute(select(OutsideContent.__table__)).all() == []
        assert states(services) == ["rejected"]
        assert "A virus was found in it." in house.browsers["patient"].get(f"{house.url}/papers/{paper}").text


class TestWithAScannerThatIsDown:
    @pytest.fixture
    def settings_values(self, settings_values):
        return {**settings_values, "clamav": "127.0.0.1:1"}

    def test_the_paper_stays_held_and_the_scanner_is_asked_again(self, house, services):
        house.paper()
        Worker(services).run_due()
        assert states(services) == ["checking"]
        with made(services) as session:
            job = session.scalar(select(Job).where(Job.kind == "outside.scan_paper"))
            assert (job.state, job.error) == ("ready", "scanner-down")
