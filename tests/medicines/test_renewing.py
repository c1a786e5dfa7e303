"""Asking for more: one tap, one request, an owner, a state on the list, and an honest answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.medicines import renewing
from portal.models import MedicineRenewal, Thread
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork


def ask(house, who="patient", status=303):
    mine = house.browsers[who]
    page = mine.get(house.url)
    return page.submit(form=f"{house.warfarin.id}/more", status=status)


def renewal(services):
    with services.database.connect() as connection:
        return connection.execute(select(*MedicineRenewal.__table__.c)).one()


def answer(house, services, who, state, status=303, **fields):
    one = renewal(services)
    return house.post(who, f"{house.desk}/requests/{one.id}", {"state": state, **fields}, status)


def test_one_tap_asks_and_the_list_says_how_far_it_is(house, services):
    shown = house.browsers["patient"].follow(ask(house))
    assert "Asked for more" in shown.text and "Answer due" in shown.text
    one = renewal(services)
    with services.database.connect() as connection:
        thread = connection.execute(select(*Thread.__table__.c).where(Thread.id == one.thread_id)).one()
    assert thread.topic == "medication_refill" and thread.about_id == house.warfarin.id
    assert thread.owner_practitioner_id or thread.owner_pool_id
    assert one.due_at == thread.due_at and b"Warfarin" not in one.words


def test_while_one_is_open_there_is_no_second(house, services):
    mine = house.browsers["patient"]
    page = mine.get(house.url)
    values = page.form(f"{house.warfarin.id}/more").values
    ask(house)
    done = mine.post(f"{house.url}/{house.warfarin.id}/more", values, status=303)
    assert "More of it was asked for already" in mine.follow(done).text
    renewal(services)


def test_the_way_to_the_pharmacy(house, services):
    ask(house)
    answer(house, services, "nurse", "looking")
    assert "Your care team is looking at it" in house.browsers["patient"].get(house.url).text
    answer(house, services, "nurse", "approved", status=403)
    answer(house, services, "doctor", "approved")
    assert "It goes to the pharmacy next" in house.browsers["patient"].get(house.url).text
    answer(house, services, "nurse", "sent")
    assert "Ask there when you can fetch it" in house.browsers["patient"].get(house.url).text
    with services.database.connect() as connection:
        assert connection.execute(select(Thread.state)).scalar_one() == "closed"
    assert "Ask for more" in house.browsers["patient"].get(house.url).text


def test_a_denial_has_an_honest_reason_on_the_list_and_in_the_conversation(house, services):
    ask(house)
    refused = answer(house, services, "doctor", "denied", status=422)
    assert refused.errors == ["Choose why it is not renewed. Who asked reads this."]
    answer(house, services, "doctor", "denied", reason="test", answer="Your INR is from May.")
    text = house.browsers["patient"].get(house.url).text
    assert "Not renewed" in text and "A blood test or another check is needed first. Your INR is from May." in text
    thread = renewal(services).thread_id
    talk = house.browsers["patient"].get(f"/people/{house.patient.id}/messages/{thread}").text
    assert "A blood test or another check is needed first." in talk and "Your INR is from May." in talk


def test_what_was_decided_is_not_decided_again(house, services):
    ask(house)
    answer(house, services, "doctor", "denied", reason="visit")
    done = answer(house, services, "doctor", "approved")
    assert "A colleague took it further already" in house.browsers["doctor"].follow(done).text


def test_a_request_nobody_answers_ends_and_says_so(house, services, clock):
    ask(house)
    one = renewal(services)
    job = Actor.system("medicines.expire")
    with UnitOfWork.open(services, job, write=True) as uow:
        renewing.expire(uow, one.id)
    assert renewal(services).state == "asked"
    clock.move(days=31)
    for _ in range(2):
        with UnitOfWork.open(services, job, write=True) as uow:
            renewing.expire(uow, one.id)
    assert renewal(services).state == "expired"


@pytest.mark.parametrize(("who", "status"), [("proxy", 303), ("reader", 404), ("doctor", 404), ("stranger", 404)])
def test_who_may_ask_for_more(house, services, who, status):
    values = {"once": "6f0f7d1e-93a5-4b4e-8f05-0d4d0f2f3c11"}
    house.post(who, f"{house.url}/{house.warfarin.id}/more", values, status)


def test_a_dose_is_noted_and_the_clinic_does_not_see_it(house):
    mine = house.browsers["patient"]
    page = mine.get(f"{house.url}/day")
    slot = page.select("form[action$='/day'] input[name=slot]")[0]["value"]
    shown = mine.follow(mine.post(f"{house.url}/day", {"slot": slot, "state": "taken"}, status=303))
    assert "1 dose taken" in shown.text
    mine.post(f"{house.url}/day", {"slot": slot, "state": "missed"}, status=303)
    assert "1 missed" in mine.get(f"{house.url}/day").text
    staff = house.browsers["doctor"].get(f"{house.url}/day")
    assert "dose" not in staff.text and staff.select("form[action$='/day']") == []
    house.post("doctor", f"{house.url}/day", {"slot": slot, "state": "taken"}, 403)
    assert "1 missed" in house.browsers["proxy"].get(f"{house.url}/day").text
    assert "1 missed" not in house.browsers["reader"].get(f"{house.url}/day").text


def test_the_list_in_large_print_is_a_tagged_pdf(house, canary):
    import io

    import pikepdf

    answer = house.browsers["patient"].http.get(f"{house.url}/list.pdf")
    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert paper.Root.MarkInfo.Marked and "/StructTreeRoot" in paper.Root and str(paper.Root.Lang) == "en"
        assert paper.docinfo["/Title"] == "Medicines"
