"""Result pages: who sees what, in which words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.models import ReportUnread
from tests.factories.people import account_of, made, make_caregiver, make_patient
from tests.factories.record import (
    make_blood_pressure,
    make_comment,
    make_report,
    make_result,
    mark_unread,
)

PAGES = ("list_url", "report_url", "result_url")


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(
    ("reader", "status"),
    [
        ("account", 200),
        ("liaison", 200),
        ("doctor_account", 200),
        ("family", 404),  # 403 for the list: they know the patient, and have not been given results
        ("stranger", 404),
        ("other_doctor", 404),
        ("front_desk", 404),
    ],
)
def test_results_open_to_those_who_may_see_them_and_to_nobody_else(client, panel, url, reader, status):
    if status == 404 and url == "list_url" and reader in ("family", "front_desk"):
        status = 403
    client.as_(getattr(panel, reader)).get(getattr(panel, url), status=status)


def test_ids_of_another_patient_in_the_address_find_nothing(client, panel, services):
    with made(services) as session:
        other = make_patient(session, "Second", "Person")
        account = account_of(session, other)
    client.as_(account).get(f"/people/{other.id}/reports/{panel.report.id}", status=404)
    client.as_(account).get(f"/people/{other.id}/results/{panel.result.id}", status=404)


def test_the_list_says_what_is_new_and_what_is_outside(client, panel, services):
    with made(services) as session:
        mark_unread(session, panel.report, panel.account)
    page = client.as_(panel.account).get(panel.list_url)
    row = page.one(".results__row").text
    assert "Basic metabolic panel" in row
    assert "New" in row and "1 value outside its range" in row


def test_opening_a_report_makes_it_new_no_more(client, panel, services):
    with made(services) as session:
        mark_unread(session, panel.report, panel.account)
        mark_unread(session, panel.report, panel.liaison)
    client.as_(panel.account).get(panel.report_url)
    with made(services) as session:
        assert [mark.account_id for mark in session.query(ReportUnread)] == [panel.liaison.id]


def test_the_report_shows_each_value_with_unit_range_and_word(client, panel):
    page = client.as_(panel.account).get(panel.report_url)
    row = page.one("table tbody tr").text
    assert "Potassium" in row and "5.6 mmol/L" in row and "3.5 to 5.1" in row and "Above usual range" in row


def test_one_result_says_where_it_stands_and_what_it_means(client, panel, canary):
    page = client.as_(panel.account).get(panel.result_url)
    assert page.h1 == "Potassium"
    assert page.one(".value__number").text == "5.6"
    assert "Above usual range" in page.text and "Usual range 3.5 to 5.1" in page.text
    assert "A mineral your heart and muscles need to work." in page.text
    assert f"Ordered by: Dr. {canary.staff_given}" in page.text
    assert page.link("Ask about this result").href == f"{panel.base}/messages/new?result={panel.result.id}"


def test_a_clinicians_comment_stands_before_the_general_explanation(client, panel, services):
    with made(services) as session:
        make_comment(session, panel.result, panel.doctor, "A bit high, not dangerous.")
    text = client.as_(panel.account).get(panel.result_url).text
    assert text.index("A bit high, not dangerous.") < text.index("A mineral your heart")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"value": "5.60", "decimals": 2}, "5.60"),
        ({"value": "4", "decimals": 0}, "4"),
        ({"value": "0.5", "comparator": "<"}, "< 0.5"),
        ({"value": "5.1004231", "decimals": None}, "5.1004"),  # rounded, but never back into the range
        ({"value": "88.123456", "decimals": None, "low": None, "high": None}, "88.1"),
    ],
)
def test_numbers_are_shown_as_they_were_sent(client, panel, services, more, expected):
    with made(services) as session:
        more = dict(more)
        value = more.pop("value")
        result = make_result(session, panel.patient, value, **more)
    page = client.as_(panel.account).get(f"{panel.base}/results/{result.id}")
    assert page.one(".value__number").text == expected


def test_a_value_without_a_range_says_so(client, panel, services):
    with made(services) as session:
        result = make_result(session, panel.patient, "7", low=None, high=None, code="99999-9", name="Odd test")
    assert "No usual range given" in client.as_(panel.account).get(f"{panel.base}/results/{result.id}").text


def test_a_finding_in_words_is_shown_as_it_is(client, panel, services):
    with made(services) as session:
        result = make_result(
            session, panel.patient, None, name="Urine culture", code="630-4", value_text="No growth <48 h>"
        )
    page = client.as_(panel.account).get(f"{panel.base}/results/{result.id}")
    assert "No growth <48 h>" in page.text


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_nobody_stands_by_is_shown_to_nobody(client, panel, services, status):
    with made(services) as session:
        wrong = make_result(session, panel.patient, "99.9", report=panel.report, status=status)
        gone = make_report(session, panel.patient, "Wrong panel", status=status)
    for reader in (panel.account, panel.liaison, panel.doctor_account):
        browser = client.as_(reader)
        browser.get(f"{panel.base}/results/{wrong.id}", status=404)
        browser.get(f"{panel.base}/reports/{gone.id}", status=404)
        assert "99.9" not in browser.get(panel.report_url).text
        assert "Wrong panel" not in browser.get(panel.list_url).text
        assert "99.9" not in browser.get(panel.result_url).text


def test_what_is_not_released_is_seen_by_those_who_treat_only(client, panel, services):
    with made(services) as session:
        later = session.info["now"] + timedelta(hours=1)
        held = make_report(session, panel.patient, "Held panel", released_at=later)
    client.as_(panel.account).get(f"{panel.base}/reports/{held.id}", status=404)
    assert "Held panel" not in client.as_(panel.account).get(panel.list_url).text
    assert "Held panel" in client.as_(panel.doctor_account).get(panel.list_url).text


def test_sensitive_results_leave_no_trace_for_a_liaison(client, panel, services):
    with made(services) as session:
        hidden = make_report(session, panel.patient, "HIV screening", sensitivity="HIV", outside_count=1)
        value = make_result(session, panel.patient, None, report=hidden, name="HIV 1+2 Ab", sensitivity="HIV", code="1",
                            value_text="Reactive")  # fmt: skip
        inside = make_result(session, panel.patient, "1.4", report=panel.report, name="Lithium", sensitivity="PSY",
                             code="14334-7")  # fmt: skip
        trusted, _ = make_caregiver(session, panel.patient, kind="proxy", name="Trusted One",
                                    scopes=["results", "sensitive:HIV"])  # fmt: skip
    liaison = client.as_(panel.liaison)
    listed = liaison.get(panel.list_url)
    assert "HIV" not in listed.text
    assert len(listed.select(".results__row")) == 1
    assert "Lithium" not in liaison.get(panel.report_url).text
    for url in (f"reports/{hidden.id}", f"results/{value.id}", f"results/{inside.id}"):
        liaison.get(f"{panel.base}/{url}", status=404)
    assert "HIV" in client.as_(trusted).get(panel.list_url).text
    assert "HIV" in client.as_(panel.account).get(panel.list_url).text


@pytest.mark.parametrize("more", [{"category": "pathology"}, {"sensitivity": "GDIS"}])
def test_before_a_result_that_may_be_hard_to_read_there_is_a_choice_each_time(client, panel, services, more):
    with made(services) as session:
        report = make_report(session, panel.patient, "Skin biopsy", conclusion="Benign yelpfinch", **more)
        mark_unread(session, report, panel.account)
    browser = client.as_(panel.account)
    for _ in range(2):
        pause = browser.get(f"{panel.base}/reports/{report.id}")
        assert "yelpfinch" not in pause.text
        assert "yelpfinch" in pause.follow("View it now").text
    assert "yelpfinch" in client.as_(panel.doctor_account).get(f"{panel.base}/reports/{report.id}").text


def test_a_pause_does_not_count_as_having_read_it(client, panel, services):
    with made(services) as session:
        report = make_report(session, panel.patient, "Skin biopsy", category="pathology")
        mark_unread(session, report, panel.account)
    client.as_(panel.account).get(f"{panel.base}/reports/{report.id}")
    with made(services) as session:
        assert session.query(ReportUnread).count() == 1


def test_preliminary_and_corrected_are_said(client, panel, services):
    with made(services) as session:
        early = make_result(session, panel.patient, "5.0", status="preliminary")
        fixed = make_result(session, panel.patient, "5.0", status="corrected", corrected_at=session.info["now"])
    browser = client.as_(panel.account)
    assert "This value may still change" in browser.get(f"{panel.base}/results/{early.id}").text
    assert "Corrected on Today, 11:00 am" in browser.get(f"{panel.base}/results/{fixed.id}").text


def test_markup_in_names_and_values_is_text(client, panel, services):
    with made(services) as session:
        report = make_report(session, panel.patient, "<b>Panel</b>", conclusion="<script>alert(1)</script>")
        result = make_result(session, panel.patient, None, report=report, code=None, name="<i>Test</i>",
                             value_text="<img src=x onerror=alert(1)>", note="<u>n</u>")  # fmt: skip
    browser = client.as_(panel.account)
    for url in (panel.list_url, f"{panel.base}/reports/{report.id}", f"{panel.base}/results/{result.id}"):
        html = browser.get(url).html
        assert not any(each in html for each in ("<b>Panel", "<script>alert", "<i>Test", "<img src=x", "<u>n"))


def test_an_empty_list_says_what_would_be_here(client, services):
    with made(services) as session:
        patient = make_patient(session)
        account = account_of(session, patient)
    for kind in ("", "laboratory", "vital-signs", "other"):
        page = client.as_(account).get(f"/people/{patient.id}/results?kind={kind}")
        assert "No results of this kind are on file" in page.text


def test_vital_signs_show_the_newest_of_each(client, panel, services):
    with made(services) as session:
        now = session.info["now"]
        make_blood_pressure(session, panel.patient, 150, 90, at=now - timedelta(days=30))
        make_blood_pressure(session, panel.patient, 142, 84)
    page = client.as_(panel.account).get(f"{panel.list_url}?kind=vital-signs")
    assert "142/84 mmHg" in page.text and "150/90" not in page.text


def test_a_clinician_leaves_a_comment_once(client, panel):
    browser = client.as_(panel.doctor_account)
    form = browser.get(panel.result_url).form(f"{panel.result_url}/comments")
    values = {**form.values, "comment": "Please repeat it on Wednesday."}
    browser.post(f"{panel.result_url}/comments", values, status=303)
    browser.post(f"{panel.result_url}/comments", values, status=303)
    text = client.as_(panel.account).get(panel.result_url).text
    assert text.count("Please repeat it on Wednesday.") == 1


def test_an_empty_comment_is_asked_for_again(client, panel):
    browser = client.as_(panel.doctor_account)
    page = browser.get(panel.result_url).submit({"comment": " "}, status=422, form=f"{panel.result_url}/comments")
    assert page.errors == ["Write what the patient should know."]


@pytest.mark.parametrize(
    ("reader", "status"), [("account", 403), ("liaison", 403), ("stranger", 404), ("other_doctor", 404)]
)
def test_nobody_else_comments(client, panel, reader, status):
    browser = client.as_(getattr(panel, reader))
    token = browser.get("/about").select("input[name=csrf_token]")[0]["value"]
    browser.post(f"{panel.result_url}/comments", {"comment": "x", "csrf_token": token}, csrf=False, status=status)


@pytest.mark.parametrize("rows", [1, 25])
def test_the_statements_do_not_grow_with_the_rows(client, panel, services, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            report = make_report(session, panel.patient, f"Panel {number}", outside_count=1)
            make_result(session, panel.patient, report=report)
            make_result(session, panel.patient, report=panel.report, code=str(number))
    for reader in (panel.account, panel.liaison, panel.doctor_account):
        browser = client.as_(reader)
        for url, ceiling in ((panel.list_url, 9), (panel.report_url, 9), (panel.result_url, 10)):
            browser.get(url)
            with count_statements() as seen:
                browser.get(url)
            seen.at_most(ceiling)


def test_the_list_goes_on_page_by_page_without_a_gap(client, panel, services):
    with made(services) as session:
        now = session.info["now"]
        for number in range(60):
            make_report(session, panel.patient, f"Panel {number:02}", at=now - timedelta(days=2 + number // 2))
    browser = client.as_(panel.account)
    page, names = browser.get(panel.list_url), []
    while True:
        names += [link.text for link in page.select(".results__link")]
        older = page.select('a[rel="next"]')
        if not older:
            break
        page = browser.get(older[0]["href"])
    assert len(names) == len(set(names)) == 61
    page = browser.get(page.one('a[rel="prev"]')["href"])
    assert len(page.select(".results__row")) == 25
