"""The pages of the record over HTTP: for each role what is theirs, in plain words, with source and date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.models import Allergy, Condition, Document, Encounter
from portal.records.parts import PAGES
from tests.factories.people import made, make_caregiver
from tests.factories.record import make_result
from tests.records.conftest import add_line


def test_the_overview_names_each_part_and_what_is_in_it(client, record):
    page = client.as_(record.account).get(record.base)
    titles = [one.text.strip() for one in page.select("main .part__title")]
    assert {"Health problems", "Allergies", "Vaccines", "Insurance", "Emergency contacts"} <= set(titles)
    assert "None on file" in page.text and "1 entry" in page.text


@pytest.mark.parametrize("part", PAGES, ids=lambda part: part.key)
def test_each_part_is_a_page_with_its_line_and_where_it_comes_from(client, record, part):
    page = client.as_(record.account).get(f"{record.base}/{part.key}")
    assert "Written here in the portal" in page.text
    assert "None on file" not in page.one("main").text


@pytest.mark.parametrize("part", [one for one in PAGES if not one.is_measured], ids=lambda part: part.key)
def test_each_line_has_a_page_of_its_own(client, record, part):
    page = client.as_(record.account).get(f"{record.base}/{part.key}/{record.lines[part.key]}")
    assert "Where this comes from" in page.text and "This is not right" in page.text


def test_a_plain_name_stands_beside_the_clinical_one(client, record):
    page = client.as_(record.account).get(f"{record.base}/conditions")
    assert "High blood pressure" in page.text and "Clinical name: Essential (primary) hypertension" in page.text


def test_who_treats_reads_the_same_and_others_find_nothing(client, record):
    assert "High blood pressure" in client.as_(record.doctor_account).get(f"{record.base}/conditions").text
    client.as_(record.stranger).get(f"{record.base}/conditions", status=404)
    client.as_(record.stranger).get(record.base, status=404)
    client.as_(record.narrow).get(record.base, status=403)
    client.as_(record.narrow).get(f"{record.base}/conditions", status=403)


def test_a_caregiver_with_one_scope_sees_the_parts_of_it(client, services, record):
    with made(services) as session:
        helper, _ = make_caregiver(session, record.patient, kind="proxy", scopes=["documents"], name="Doc Reader")
    browser = client.as_(helper)
    page = browser.get(record.base)
    assert [one.text.strip() for one in page.select("main .part__title")] == ["Notes and documents"]
    browser.get(f"{record.base}/conditions", status=403)
    browser.get(f"{record.base}/conditions/{record.lines['conditions']}", status=404)


def test_what_is_sensitive_leaves_no_trace_for_a_caregiver_without_the_category(client, services, record):
    with made(services) as session:
        hidden = add_line(session, record.patient, Condition, "Depression", sensitivity="PSY")
    browser = client.as_(record.proxy)
    assert "Depression" not in browser.get(f"{record.base}/conditions").text
    assert "1 entry" in browser.get(record.base).text and "2 entries" not in browser.get(record.base).text
    browser.get(f"{record.base}/conditions/{hidden.id}", status=404)
    assert "Depression" in client.as_(record.account).get(f"{record.base}/conditions").text


def test_what_nobody_stands_by_is_nowhere(client, services, record):
    with made(services) as session:
        wrong = add_line(session, record.patient, Allergy, "Wrong thing", status="entered-in-error")
        refuted = add_line(session, record.patient, Allergy, "Refuted thing", verification="refuted")
    browser = client.as_(record.account)
    text = browser.get(f"{record.base}/allergies").text
    assert "Wrong thing" not in text and "Refuted thing" not in text
    for row in (wrong, refuted):
        browser.get(f"{record.base}/allergies/{row.id}", status=404)


def test_none_on_file_is_not_what_could_not_be_loaded(client, services, record, monkeypatch):
    browser = client.as_(record.stranger)
    empty = browser.get(f"/people/{record.stranger.person_id}/record/conditions")
    assert "None on file" in empty.text and "could not load" not in empty.text

    def broken(*_args, **_more):
        raise ValueError

    monkeypatch.setattr("portal.records.lines.page", broken)
    failed = client.as_(record.account).get(f"{record.base}/conditions")
    assert "We could not load" in failed.text and "None on file" not in failed.text


def test_dates_states_and_order_are_chosen(client, services, record):
    with made(services) as session:
        add_line(session, record.patient, Condition, "Old flu", status="resolved", happened_on=date(2001, 1, 1))
        add_line(session, record.patient, Condition, "Aching", happened_on=date(2025, 1, 1))
    browser = client.as_(record.account)

    def names(query: str) -> list[str]:
        return [one.text for one in browser.get(f"{record.base}/conditions{query}").select(".entry__name")]

    assert names("") == ["Aching", "High blood pressure", "Old flu"]
    assert names("?sort=oldest")[0] == "Old flu" and names("?sort=name")[0] == "Aching"
    assert names("?stand=earlier") == ["Old flu"] and names("?stand=now")[0] == "Aching"
    assert names("?since=2024-01-01&until=2024-12-31") == ["High blood pressure"]
    assert "Nothing on file in these dates" in browser.get(f"{record.base}/conditions?since=2030-01-01").text
    browser.get(f"{record.base}/conditions?since=nonsense", status=422)


@pytest.mark.parametrize("sort", ["newest", "oldest", "name"])
def test_pages_of_a_long_list_meet_without_gap_or_double(client, services, record, sort):
    with made(services) as session:
        for number in range(60):
            add_line(
                session, record.patient, Condition, f"Number {number % 7}", happened_on=date(2020, 1, 1 + number % 9)
            )
    browser = client.as_(record.account)
    page = browser.get(f"{record.base}/conditions?sort={sort}")
    seen = [one.get("href") for one in page.select(".entry__name")]
    first = list(seen)
    while nexts := page.select("a[rel=next]"):
        page = browser.get(nexts[0]["href"])
        seen += [one.get("href") for one in page.select(".entry__name")]
    assert len(seen) == len(set(seen)) == 61
    while back := page.select("a[rel=prev]"):
        page = browser.get(back[0].get("href"))
    assert [one.get("href") for one in page.select(".entry__name")] == first


def test_search_finds_both_names_by_the_beginning_of_words(client, services, record):
    with made(services) as session:
        add_line(session, record.patient, Condition, "Depression, high", sensitivity="PSY")
    url = f"{record.base}/search"

    def found(who, words):
        return client.as_(who).get(url).submit({"words": words}, form="/search", status=200).one("main").text

    assert "High blood pressure" in found(record.account, "hypert")
    assert "Essential" in found(record.account, "blood pres")
    assert "Penicillin" in found(record.account, "PENI") and "Heart rate" in found(record.account, "heart")
    assert "Nothing was found" in found(record.account, "ypertension")
    assert "Depression" in found(record.account, "depr") and "Nothing was found" in found(record.proxy, "depr")
    client.as_(record.account).get(url).submit({"words": ""}, form="/search", status=422)


def test_what_came_since_the_last_look_is_marked_while_one_reads(client, services, clock, record):
    from portal.models import ImportRun, SourceResource

    def arrive(name: str, version: int) -> None:
        with made(services) as session:
            run = ImportRun(source="clinic record system", started_at=clock.now(), counts={})
            session.add(run)
            session.flush()
            source = SourceResource(
                patient_id=record.patient.id, resource_type="Condition", source_key=f"Condition/{name}", fhir_id=name,
                version=version, content_hash=b"", body=b"", import_run_id=run.id, place="x", imported_at=clock.now(),
            )  # fmt: skip
            session.add(source)
            session.flush()
            add_line(session, record.patient, Condition, name, source_id=source.id)

    url, browser = f"{record.base}/conditions", client.as_(record.account)
    assert "New" not in [tag.text.strip() for tag in browser.get(url).select(".entry .nhsuk-tag")]
    clock.set(clock.now() + timedelta(hours=5))
    arrive("Fresh", 1)
    arrive("Mended", 2)
    assert "2 new" in client.as_(record.account).get(record.base).text
    browser = client.as_(record.account)
    for _again in range(2):
        text = browser.get(url).one("main").text
        assert "New" in text and "Corrected since you last looked" in text
    clock.set(clock.now() + timedelta(hours=5))
    client.as_(record.account).get(url)
    text = client.as_(record.account).get(url).one("main").text
    assert "Corrected since you last looked" not in text


def test_a_visit_leads_to_its_notes(client, services, record):
    with made(services) as session:
        visit = add_line(session, record.patient, Encounter, "Check", status="finished")
        add_line(session, record.patient, Document, "Nurse Note", status="current", encounter_id=visit.id)
        add_line(
            session, record.patient, Document, "Secret", status="current", encounter_id=visit.id, sensitivity="PSY"
        )
    url = f"{record.base}/visits/{visit.id}"
    own = client.as_(record.account).get(url).text
    assert "Nurse's note" in own and "Secret" in own
    assert "Secret" not in client.as_(record.proxy).get(url).text


def test_vital_signs_have_their_trend(client, services, record):
    with made(services) as session:
        for number in range(4):
            at = record.patient and services.clock.now() - timedelta(days=30 * number + 3)
            make_result(session, record.patient, 70 + number, name="Heart rate", code="8867-4",
                        category="vital-signs", at=at, unit="/min")  # fmt: skip
        with_unit = make_result(session, record.patient, 71, name="Heart rate", code="8867-4",
                                category="vital-signs", unit="/min")  # fmt: skip
    assert with_unit.id
    page = client.as_(record.account).get(f"{record.base}/vitals")
    assert page.select("main svg") and "Heart rate" in page.text


@pytest.mark.parametrize("rows", [10, 400])
def test_the_statements_of_each_page_do_not_grow(client, services, record, count_statements, rows):
    with made(services) as session:
        for number in range(rows):
            add_line(session, record.patient, Condition, f"Problem {number}")
            make_result(session, record.patient, 70, name="Heart rate", code="8867-4", category="vital-signs")
    browser = client.as_(record.account)
    for path, most in (("", 30), ("/conditions", 18), ("/vitals", 18)):
        browser.get(record.base + path)
        with count_statements() as seen:
            browser.get(record.base + path)
        seen.at_most(most)
