"""What patients and those who help them say about the list: at once on it, marked, and nobody else's business."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.models import AuditEvent, MedicineReport, MedicineStamp
from tests.factories.people import made
from tests.factories.record import make_medicine


def line(page, name):
    (found,) = [one for one in page.select(".medicine") if name in one.text]
    return found


def test_a_misspelled_medicine_is_found_added_and_marked_at_once(house):
    mine = house.browsers["patient"]
    found = mine.get(f"{house.url}/new?q=ibuprophen")
    page = mine.get(found.link("Ibuprofen").href)
    done = page.submit(
        {"strength": "200 mg", "sort": "otc", "amount": "1 tablet", "code": "BID", "purpose": "knee"},
        form=f"{house.url}/new",
    )
    shown = mine.follow(done)
    text = line(shown, "Ibuprofen 200 mg").text
    assert "Not yet confirmed" in text and "Reported by you on" in text
    assert "1 tablet, two times a day" in text and "For: knee" in text


def test_it_is_included_in_the_checks_and_nothing_is_ever_called_safe(house, add):
    add(name="ginkgo", sort="herbal")
    text = house.browsers["patient"].get(house.url).text
    assert "Ask before you take these together" in text and "ginkgo and Warfarin 5 mg" in text
    assert "There may be more to ask about than this page can find" in text
    assert "safe" not in text.lower() and "no interaction" not in text.lower()


def test_without_a_finding_there_is_no_all_clear(house, services):
    with made(services) as session:
        session.merge(house.lithium).status = "entered-in-error"
    text = house.browsers["patient"].get(house.url).text
    assert "Ask before you take these together" not in text
    assert "safe" not in text.lower() and "nothing was found" not in text.lower()


def test_a_name_nobody_knows_can_be_added_and_says_that_nothing_is_checked(house):
    page = house.browsers["patient"].get(f"{house.url}/new?q=zzzzqqq")
    assert "We do not know a medicine of that name" in page.text
    form = house.browsers["patient"].get(f"{house.url}/new?name=zzzzqqq")
    assert "nothing can be checked for it" in form.text
    form.submit({"sort": "herbal"}, form=f"{house.url}/new")
    assert "zzzzqqq" in house.browsers["patient"].get(house.url).text


def test_the_same_form_sent_twice_is_one_line(house, services):
    mine = house.browsers["patient"]
    page = mine.get(f"{house.url}/new?name=Advil")
    values = {**page.form(f"{house.url}/new").values, "sort": "otc"}
    mine.post(f"{house.url}/new", values, status=303)
    mine.post(f"{house.url}/new", values, status=303)
    with services.database.connect() as connection:
        assert len(connection.execute(select(MedicineReport.id)).all()) == 1


def test_what_is_missing_in_the_form_is_said_and_nothing_is_kept(house, services):
    mine = house.browsers["patient"]
    page = mine.get(f"{house.url}/new?name=zzz")
    again = page.submit({"name": "", "since": "last spring"}, form=f"{house.url}/new", status=422)
    assert len(again.errors) == 3 and "Enter the name on the box or the bottle." in again.errors
    with services.database.connect() as connection:
        assert connection.execute(select(MedicineReport.id)).all() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "not_taking"}, "You said on"),
        ({"kind": "differently", "amount": "half a tablet", "code": "QAM"}, "You take it differently: "),
    ],
)
def test_a_line_can_be_called_wrong_and_stays_until_somebody_looked(house, fields, said):
    mine = house.browsers["patient"]
    page = mine.get(f"{house.url}/{house.warfarin.id}/tell")
    shown = mine.follow(page.submit(fields, form="/tell"))
    text = line(shown, "Warfarin").text
    assert said in text and "Not yet confirmed" in text


def test_differently_needs_words(house):
    page = house.browsers["patient"].get(f"{house.url}/{house.warfarin.id}/tell")
    again = page.submit({"kind": "differently"}, form="/tell", status=422)
    assert again.errors == ["Say how it is taken."]


def test_what_was_said_can_be_taken_back(house, add):
    add()
    mine = house.browsers["patient"]
    page = mine.get(house.url)
    mine.follow(page.submit(form="/withdraw"))
    assert "Advil" not in mine.get(house.url).text


@pytest.mark.parametrize(
    ("who", "status"),
    [("patient", 200), ("proxy", 200), ("liaison", 200), ("reader", 403), ("doctor", 403), ("stranger", 404)],
)
def test_who_may_say_something(house, who, status):
    house.browsers[who].get(f"{house.url}/new?name=Advil", status=status)
    done = {200: 422, 403: 403, 404: 404}[status]
    house.post(who, f"{house.url}/new", {}, done)
    house.post(who, f"{house.url}/{house.warfarin.id}/tell", {}, 404 if done == 403 else done)


def test_a_proxy_says_it_in_their_own_name(house, add):
    add("proxy", "Aleve")
    assert "Reported by Pia Proxy on" in line(house.browsers["patient"].get(house.url), "Aleve").text
    assert "Reported by you on" in line(house.browsers["proxy"].get(house.url), "Aleve").text


def test_what_a_proxy_may_not_see_leaves_no_trace_in_lines_checks_and_reports(house, add):
    """Lithium interacts with ibuprofen; the proxy has no grant for it and must not learn of it."""
    add("proxy", "Advil")
    add("patient", "Zoloft", sort="other")
    add("patient", "Aleve", is_private="y")
    patient, proxy = (house.browsers[who].get(house.url).text for who in ("patient", "proxy"))
    for name in ("Lithium", "Zoloft", "Aleve"):
        assert name in patient and name not in proxy
    assert "Advil and Lithium" in patient or "Lithium 300 mg and Advil" in patient or "Lithium" in patient
    assert "Lithium" not in house.browsers["proxy"].get(f"{house.url}/day").text
    house.browsers["proxy"].get(f"{house.url}/{house.lithium.id}/tell", status=404)
    house.post("proxy", f"{house.url}/{house.lithium.id}/tell", {"kind": "not_taking"}, 404)
    house.post("proxy", f"{house.url}/{house.lithium.id}/more", {}, 404)


def test_the_hidden_half_of_a_pair_changes_nothing_a_proxy_reads(house, add, services):
    before = house.browsers["proxy"].get(house.url).text
    with made(services) as session:
        make_medicine(session, house.patient, "Fluoxetine 20 MG", sensitivity="PSY")
        make_medicine(session, house.patient, "Tramadol 50 MG", sensitivity="ETH")
    assert house.browsers["proxy"].get(house.url).text == before


def test_an_empty_list_of_a_proxy_never_says_that_none_are_taken(services, client, house):
    with made(services) as session:
        for one in (house.warfarin, house.lisinopril):
            session.merge(one).status = "entered-in-error"
    text = house.browsers["proxy"].get(house.url).text
    assert "No medicines are shown to you here. That does not mean that none are taken." in text


def test_the_patient_stands_by_the_list_and_later_it_grows_old(house, client, clock):
    mine = house.browsers["patient"]
    page = mine.get(house.url)
    assert "Not confirmed yet" in page.text
    shown = mine.follow(page.submit(form="/right-today"))
    assert "You said on" in shown.text and "Confirmed in the last 30 days" in shown.text
    clock.move(days=31)
    assert "more than 30 days ago" in client.as_(house.accounts["doctor"]).get(house.url).text
    clock.move(days=60)
    assert "more than 90 days ago" in client.as_(house.accounts["doctor"]).get(house.url).text


def test_nobody_takes_medicines_is_an_answer_of_the_patient_alone(services, client, house):
    with made(services) as session:
        for one in (house.warfarin, house.lisinopril, house.lithium):
            session.merge(one).status = "entered-in-error"
    mine = house.browsers["patient"]
    page = mine.get(house.url)
    assert "Not yet asked" in page.text
    shown = mine.follow(page.submit(form="/right-today"))
    assert "Takes no medicines, confirmed by" in shown.text
    values = {"once": "6f0f7d1e-93a5-4b4e-8f05-0d4d0f2f3c11", "is_none": "y"}
    house.post("proxy", f"{house.url}/right-today", values)
    with services.database.connect() as connection:
        said = connection.execute(select(MedicineStamp.is_none).order_by(MedicineStamp.made_at, MedicineStamp.is_none))
        assert sorted(row.is_none for row in said) == [False, True]


def test_names_of_medicines_stay_out_of_the_trail_and_are_sealed(house, add, services):
    add(name="Advil", purpose="secret knee")
    with services.database.connect() as connection:
        report = connection.execute(select(MedicineReport.words)).scalar_one()
        trail = connection.execute(select(AuditEvent.action, AuditEvent.reason)).all()
    assert b"Advil" not in report and b"knee" not in report
    assert "medicines:report:create" in {row.action for row in trail}
    assert all("advil" not in f"{row.reason}".lower() for row in trail)


@pytest.mark.parametrize("path", ["", "/new", "/new?q=ibuprophen", "/new?name=Advil", "/day"])
def test_each_page_is_spanish_for_who_reads_spanish(house, services, path):
    with made(services) as session:
        session.merge(house.accounts["patient"]).language = "es"
    page = house.browsers["patient"].get(house.url + path)
    assert page.one("html")["lang"] == "es" and "edicamento" in page.text


@pytest.mark.parametrize(("path", "ceiling"), [("", 15), ("/day", 12), ("/new?q=ibupro", 8)])
@pytest.mark.parametrize("rows", [1, 20])
def test_statements_do_not_grow(house, add, services, count_statements, path, ceiling, rows):
    with made(services) as session:
        for number in range(rows):
            make_medicine(session, house.patient, f"Medicine {number}")
    for number in range(3 if rows > 1 else 1):
        add(name=f"Thing {number}")
    mine = house.browsers["patient"]
    mine.get(house.url + path)
    with count_statements() as seen:
        mine.get(house.url + path)
    seen.at_most(ceiling)
