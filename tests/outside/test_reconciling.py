"""A paper's lines enter the record by a clinician's decision, line by line, and in no other way."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from portal.interop import validation
from portal.models import Allergy, Condition, Medication, OutsideLine, OutsidePaper
from tests.factories.people import made
from tests.outside.papers import about, allergy, as_bytes, bundle, condition, medicine, vaccine


def bring(house, *resources, **more):
    return house.paper(as_bytes(bundle(*resources, **more)))


def page_of(house, paper, who="doctor", query="", status=200):
    return house.browsers[who].get(house.desk(paper) + query, status=status)


def fields_of(page):
    """How each line of the page is named: the end of its fields' names by the name of the line."""
    found = {}
    for line in page.select("li[id^=line-]"):
        found[line.select(".line__title")[0].text.strip()] = line["id"].removeprefix("line-")
    return found


def count(services, model, *where):
    with services.database.connect() as connection:
        return connection.execute(select(func.count()).select_from(model.__table__).where(*where)).scalar_one()


def chosen(page, choices):
    """Fields of a decision: {name: (how, ours, reason)}."""
    ids = fields_of(page)
    fields = {"mark": page.one("input[name=mark]")["value"]}
    for name, (how, ours, reason) in choices.items():
        fields |= {f"how-{ids[name]}": how, f"with-{ids[name]}": str(ours or ""), f"reason-{ids[name]}": reason}
    return fields


def test_nothing_of_a_paper_is_in_the_record_before_it_was_decided(house, services):
    bring(house, condition(), allergy(), medicine())
    assert count(services, Condition) == count(services, Allergy) == count(services, Medication) == 1
    text = house.browsers["patient"].get(f"/people/{house.patient.id}/record/conditions").text
    assert "Asthma" not in text


def test_what_is_added_is_in_the_record_with_where_it_came_from(house, services):
    paper = bring(house, condition(), allergy())
    page = page_of(house, paper)
    choices = {"Asthma": ("add", None, ""), "Codeine": ("ignore", None, "wrong")}
    house.post("doctor", house.desk(paper) + "/decide", chosen(page, choices))
    text = house.browsers["patient"].get(f"/people/{house.patient.id}/record/conditions").text
    assert "Asthma" in text
    shown = house.browsers["patient"].get(f"{house.url}/papers/{paper}")
    assert "Now in the record" in shown.text and "Not taken over" in shown.text and "It is not right." in shown.text
    assert count(services, Allergy) == 1


def test_a_line_without_a_decision_is_named_and_what_was_chosen_is_kept(house, services):
    paper = bring(house, condition(), medicine())
    page = page_of(house, paper)
    fields = chosen(page, {"Asthma": ("ignore", None, "past")})
    again = house.post("doctor", house.desk(paper) + "/decide", fields, 422)
    assert again.errors == ["Decide about Metformin 500 MG Oral Tablet."]
    mark = fields_of(again)["Asthma"]
    assert [one["value"] for one in again.select(f"input[name=how-{mark}][checked]")] == ["ignore"]
    assert count(services, OutsideLine, OutsideLine.state == "waiting") == 2


def test_the_chart_that_changed_meanwhile_is_looked_at_again(house, services):
    paper = bring(house, condition())
    fields = chosen(page_of(house, paper), {"Asthma": ("add", None, "")})
    with made(services) as session:
        session.add(Condition(patient_id=house.patient.id, name="Asthma", status="active"))
    again = house.post("doctor", house.desk(paper) + "/decide", fields, 409)
    assert "The record has changed since this page was made" in again.errors[0]
    assert count(services, Condition) == 2


def test_merging_fills_in_what_ours_does_not_say_and_leaves_the_rest(house, services):
    told = condition("Hypertension", "38341003", onsetDateTime="2001")
    paper = bring(house, told)
    fields = chosen(page_of(house, paper), {"Hypertension": ("merge", house.hypertension.id, "")})
    house.post("doctor", house.desk(paper) + "/decide", fields)
    with services.database.connect() as connection:
        row = connection.execute(select(Condition.__table__)).one()
    assert (row.code, row.happened) == ("38341003", "2019-05-02")


def test_what_is_added_in_place_of_ours_ends_ours_and_leaves_it_readable(house, services):
    paper = bring(house, medicine("Lisinopril 20 MG Oral Tablet", "Take 1 tablet by mouth once a day", "314077"))
    fields = chosen(page_of(house, paper), {"Lisinopril 20 MG Oral Tablet": ("replace", house.lisinopril.id, "")})
    house.post("doctor", house.desk(paper) + "/decide", fields)
    with services.database.connect() as connection:
        rows = dict(connection.execute(select(Medication.name, Medication.status)).all())
    assert rows == {"Lisinopril 10 MG Oral Tablet": "stopped", "Lisinopril 20 MG Oral Tablet": "active"}


def test_a_medicine_somebody_is_allergic_to_is_shown_and_must_be_acknowledged(house, services):
    paper = bring(house, medicine("Amoxicillin 500 MG Oral Capsule", "Take 1 capsule three times a day", "308191"))
    page = page_of(house, paper)
    assert "Conflict" in page.text and "Allergy on file" in page.text
    fields = chosen(page, {"Amoxicillin 500 MG Oral Capsule": ("add", None, "")})
    refused = house.post("doctor", house.desk(paper) + "/decide", fields, 422)
    assert "The checks found something grave" in refused.errors[0]
    assert count(services, Medication) == 1
    house.post("doctor", house.desk(paper) + "/decide", {**fields, "seen": "y"})
    assert count(services, Medication) == 2


def test_an_outside_allergy_against_no_known_allergies_is_a_conflict_and_changes_nothing_by_itself(house, services):
    with made(services) as session:
        session.delete(session.get(Allergy, house.penicillin.id))
        none = Allergy(patient_id=house.patient.id, name="No known allergies", code="716186003", status="active",
                       code_system="http://snomed.info/sct")  # fmt: skip
        session.add(none)
    paper = bring(house, allergy("Penicillin", "70618"))
    page = page_of(house, paper)
    assert "the two contradict each other" in page.text
    assert count(services, Allergy) == 1
    house.post("doctor", house.desk(paper) + "/decide", chosen(page, {"Penicillin": ("add", None, "")}))
    with services.database.connect() as connection:
        rows = dict(connection.execute(select(Allergy.name, Allergy.status)).all())
    assert rows == {"No known allergies": "inactive", "Penicillin": "active"}


def test_suggestions_choose_for_every_line_and_save_nothing(house, services):
    paper = bring(house, condition(), condition("Hypertension", "38341003"), allergy("PENICILLIN", "70618"))
    page = page_of(house, paper, query="?fill=yes")
    checked = [one["value"] for one in page.select("input[type=radio][checked]")]
    assert checked == ["add", "merge", "merge"]
    assert count(services, OutsideLine, OutsideLine.state != "waiting") == 0


def test_everything_else_is_kept_apart_and_counts_nowhere(house):
    bring(house, vaccine(), condition())
    patient = house.browsers["patient"]
    assert "Influenza" not in patient.get(f"/people/{house.patient.id}/record/immunizations").text
    page = patient.get(f"{house.url}/entries/immunizations")
    assert "Influenza, seasonal" in page.text and "From outside, not checked" in page.text


@pytest.mark.parametrize(
    ("who", "status"),
    [("doctor", 200), ("nurse", 200), ("pharmacist", 200), ("manager", 403), ("patient", 403), ("stranger", 404)],
)
def test_only_those_who_decide_open_the_page(house, who, status):
    paper = bring(house, condition())
    page_of(house, paper, who, status=status)
    if status != 200:
        for what in ("decide", "reject", "confirm", "finish"):
            house.post(who, f"{house.desk(paper)}/{what}", status=404)


def test_a_pharmacist_decides_on_medicines_and_leaves_the_rest(house, services):
    paper = bring(house, condition(), medicine())
    page = page_of(house, paper, "pharmacist")
    assert list(fields_of(page)) == ["Metformin 500 MG Oral Tablet"]
    fields = chosen(page, {"Metformin 500 MG Oral Tablet": ("ignore", None, "past")})
    house.post("pharmacist", house.desk(paper) + "/decide", fields)
    assert count(services, OutsidePaper, OutsidePaper.state == "matched") == 1
    assert list(fields_of(page_of(house, paper))) == ["Asthma"]


def test_a_sample_goes_all_the_way(house, services):
    paper = house.paper(about("consultation-note"))
    page = page_of(house, paper, query="?fill=yes")
    answer = page.submit({"seen": "y"} if page.select("[name=seen]") else {}, form=house.desk(paper) + "/decide")
    assert answer.location.endswith(f"/papers/{paper}")
    shown = house.browsers["patient"].get(f"{house.url}/papers/{paper}").text
    assert "Mixed asthma" in shown and "Looked at by your care team" in shown
    assert count(services, Condition) == 4


def test_what_was_taken_over_goes_along_as_fhir_about_this_patient_and_leads_nowhere_else(house):
    told = condition(recorder={"reference": "Practitioner/9", "display": "Dr. Elsewhere"})
    paper = bring(house, told)
    fields = chosen(page_of(house, paper), {"Asthma": ("add", None, "")})
    house.post("doctor", house.desk(paper) + "/decide", fields)
    file = house.browsers["patient"].get(f"/people/{house.patient.id}/record/conditions/download/fhir")
    found = json.loads(file.data)
    (entry,) = [one for one in found["entry"] if one["resource"]["resourceType"] == "Condition"]
    resource = entry["resource"]
    assert entry["fullUrl"].endswith(f"/Condition/{resource['id']}")
    assert resource["recorder"] == {"display": "Dr. Elsewhere"}
    assert resource["subject"]["reference"].startswith("Patient/") and "p1" not in resource["subject"]["reference"]
    assert validation.check(resource, json.dumps(resource)) == []


def test_words_alone_make_a_paper_sensitive_but_its_bringer_sees_what_became_of_it(house):
    note = about().replace(b"<title>MEDICATIONS</title>", b"<title>HIV infection, follow-up</title>", 1)
    note = note.replace(b"Proventil 0.09", b"HIV infection. Proventil 0.09", 1)
    paper = house.paper(note, who="proxy")
    assert "Waits for your care team" in house.browsers["proxy"].get(f"{house.url}/papers/{paper}").text
    other = house.paper(
        note.replace(b"TT988", b"TT990").replace(b"Atenolol", b"Bisoprolol").replace(b"20130103", b"20130104")
    )
    house.browsers["proxy"].get(f"{house.url}/papers/{other}", status=404)
