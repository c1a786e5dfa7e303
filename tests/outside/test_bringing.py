"""Bringing a paper: what it is, whose it is, whether it is here already; what is refused, in one clear line."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib

import pytest
from sqlalchemy import func, select

from portal.models import OutsideContent, OutsideLine, OutsidePaper
from tests.outside.papers import NAMES, PDF, about, allergy, as_bytes, bundle, condition, medicine


def table(services, model):
    with services.database.connect() as connection:
        return connection.execute(select(model.__table__)).all()


def refused(house, content, status=422, name="note.xml"):
    page = house.bring(content, status=status, name=name)
    (sentence,) = page.errors
    return sentence


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_is_taken_and_its_state_is_told(house, name):
    paper = house.paper(about(name))
    page = house.browsers["patient"].get(f"{house.url}/papers/{paper}")
    assert "Waits for your care team" in page.text and "The words of the document" in page.text


def test_a_paper_is_stored_sealed_and_comes_back_as_it_was(house, services):
    content = about()
    paper = house.paper(content)
    (row,) = table(services, OutsideContent)
    assert b"Penicillin" not in row.content and len(row.content) > len(content)
    for line in table(services, OutsideLine):
        assert b"Penicillin" not in line.words
    back = house.browsers["patient"].get(f"{house.url}/papers/{paper}/file")
    assert back.data == content
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in back.headers["Content-Security-Policy"]


def test_name_birth_sex_and_a_phone_number_make_it_certain_whose_it_is(house, services):
    house.paper(about())
    assert table(services, OutsidePaper)[0].state == "matched"


@pytest.mark.parametrize(
    "differs",
    [{"phone": "555-9999", "street": "9 Hill Road"}, {"family": "Vorblinth-Smith"}, {"birth": "1950"}, {"sex": "UN"}],
)
def test_with_less_a_clinician_must_say_whose_it_is(house, services, differs):
    house.paper(about(**differs))
    assert table(services, OutsidePaper)[0].state == "received"


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ({"birth": "1951-04-12"}, "the birth date"),
        ({"given": "Ada", "family": "Lovelace"}, "the name"),
        ({"given": "Ada", "family": "Lovelace", "birth": "1815-12-10"}, "the name · the birth date"),
    ],
)
def test_a_paper_about_somebody_else_is_not_kept_and_nothing_of_theirs_is_told(house, services, differs, words):
    said = refused(house, about(**differs), 409)
    assert said == f"This document is about somebody else: it differs in {words}. It was not kept."
    assert table(services, OutsidePaper) == []


def test_the_same_file_twice_is_said_so(house):
    house.paper()
    assert refused(house, about()).startswith("This very file is here already")


def test_the_same_document_number_is_recognised_whatever_the_bytes(house):
    house.paper()
    assert "it has the same number" in refused(house, about().replace(b"</ClinicalDocument>", b" </ClinicalDocument>"))


def test_the_same_bundle_number_is_recognised(house):
    number = {"identifier": {"system": "urn:x", "value": "7"}}
    house.paper(as_bytes(bundle(condition(), **number)))
    assert "it has the same number" in refused(house, as_bytes(bundle(allergy(), **number)))


def test_the_same_content_in_another_order_is_recognised(house):
    house.paper(as_bytes(bundle(condition(), allergy(), medicine())))
    assert "says exactly the same" in refused(house, as_bytes(bundle(medicine(), allergy(), condition())))


def test_another_version_of_a_document_is_taken_and_said_to_be_one(house):
    first = about().replace(b'<versionNumber value="1"/>', b'<versionNumber value="1"/>')
    second = first.replace(b'<versionNumber value="1"/>', b'<versionNumber value="2"/>').replace(
        b"Atenolol", b"Bisoprolol"
    )
    second = second.replace(b"atenolol 25 MG", b"bisoprolol 5 MG").replace(b'extension="TT988"', b'extension="TT989"')
    house.paper(first)
    paper = house.paper(second)
    assert (
        "Another version of this document came before"
        in house.browsers["patient"].get(f"{house.url}/papers/{paper}").text
    )


def test_the_form_sent_twice_brings_one(house, services):
    browser = house.browsers["patient"]
    form = browser.get(house.url).form(f"{house.url}/papers")
    places = set()
    for _ in range(2):
        fields = {**form.values, "file": (io.BytesIO(about()), "note.xml")}
        places.add(browser.post(f"{house.url}/papers", fields, csrf=False, status=303).location)
    assert len(places) == 1 and len(table(services, OutsidePaper)) == 1


def test_what_is_taken_back_is_gone_and_can_be_brought_again(house, services):
    paper = house.paper()
    page = house.browsers["patient"].get(f"{house.url}/papers/{paper}")
    page.submit({}, form=f"{house.url}/papers/{paper}/remove")
    assert table(services, OutsideContent) == table(services, OutsideLine) == []
    house.browsers["patient"].get(f"{house.url}/papers/{paper}", status=404)
    assert house.paper() != paper


def test_what_was_decided_about_can_not_be_taken_back(house, services):
    paper = house.paper(PDF)
    person = house.patient
    told = {"name": f"{person.given_name} {person.family_name}", "birth": "1950-04-12"}
    house.post("doctor", house.desk(paper) + "/confirm", told)
    house.post("doctor", house.desk(paper) + "/finish", {"words": "Thank you."})
    answer = house.post("patient", f"{house.url}/papers/{paper}/remove")
    assert "can’t be taken back any more" in house.browsers["patient"].follow(answer).text


# Hostile files -------------------------------------------------------------------------------------------------------

CDA = b'<ClinicalDocument xmlns="urn:hl7-org:v3">%s</ClinicalDocument>'
BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
    + CDA % b"<title>&c;</title>"
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + CDA % b"&f;"
HIDDEN = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><a>&a;</a>'.encode("utf-16")


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("note.xml", b" " * 5_000_000)
    return out.getvalue()


def packed_script():
    """A PDF whose program stands in a packed object stream."""
    stream = zlib.compress(b"1 0 << /S /JavaScript /JS (app.alert(1)) >>" + b" " * 400)
    head = b"%PDF-1.5\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length 99 >>\nstream\n"
    return head + stream + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def bomb_in_pdf():
    stream = zlib.compress(b" " * 64_000_000)
    head = b"%PDF-1.5\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length 99 >>\nstream\n"
    return head + stream + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def pdf(old, new):
    """A PDF with something put in place of something else."""
    assert old in PDF
    return PDF.replace(old, new)


BOTH, MANY, DEEP = "something else at once", "more parts than a medical document", "nested beyond reason"
HOSTILE = {
    "entities": (BOMB, "defines parts of its own"),
    "entities from a file": (OUTSIDE, "defines parts of its own"),
    "entities in other letters": (HIDDEN, "defines parts of its own"),
    "letters nobody uses": (b'<?xml version="1.0" encoding="UTF-7"?>' + b"<a/>", "letters of this file"),
    "a zip bomb": (zipped(), "The file is packed"),
    "packed text": (gzip.compress(b"{}" * 100_000), "The file is packed"),
    "a PDF that is a page as well": (pdf(b"1.4\n", b"1.4\n<script>alert(1)</script>\n"), BOTH),
    "a PDF that is a zip as well": (PDF + zipped(), BOTH),
    "a page before a PDF": (b"<html><script>1</script>" + PDF, "ends too early"),
    "letters before a PDF": (b"GIF89a" + PDF, BOTH),
    "a PDF with a program": (pdf(b"/Catalog", b"/Catalog /OpenAction << /S /J#61vaScript >>"), "contains a program"),
    "a PDF with a hidden program": (packed_script(), "contains a program"),
    "a PDF that grows": (bomb_in_pdf(), "grows beyond reason"),
    "a PDF with files in it": (pdf(b"/Catalog", b"/Catalog /Names << /EmbeddedFiles 4 0 R >>"), "carries other files"),
    "a locked PDF": (pdf(b"/Size 3", b"/Size 3 /Encrypt 9 0 R"), "locked with a password"),
    "nested JSON": (b'{"resourceType":"Bundle","entry":' + b"[" * 100_000, DEEP),
    "much of nothing": (b'{"resourceType":"Bundle","entry":[' + b"{}," * 400_001 + b"{}]}", MANY),
    "nested XML": (CDA % (b"<a>" * 250 + b"</a>" * 250), DEEP),
    "deeply nested XML": (CDA % (b"<a>" * 5000 + b"</a>" * 5000), DEEP),
    "much of nothing in XML": (b"<a>" + b"<b/>" * 600_001 + b"</a>", MANY),
    "not a number": (b'{"resourceType":"Bundle","type":"collection","total":NaN,"entry":[]}', "damaged"),
    "nothing": (b"   \n", "The file is empty"),
    "text": (b"Dear colleague, I saw your patient.", "can’t take this kind"),
    "another document": (b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "no medical document"),
    "half a document": (about()[:4000], "ends too early"),
    "half a bundle": (as_bytes(bundle(condition()))[:-40], "ends too early"),
    "a bundle of nobody": (b'{"resourceType":"Bundle","type":"collection","entry":[]}', "does not say whom"),
    "a single resource": (json.dumps(condition()).encode(), "no collection of medical data"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_refused_in_one_line_and_nothing_is_kept(house, services, name):
    content, words = HOSTILE[name]
    said = refused(house, content, name="note.pdf")
    assert words in said and len(said) < 160
    assert table(services, OutsidePaper) == []


def test_a_file_beyond_all_limits_is_refused_before_it_is_read(house):
    page = house.bring(b"a" * (28 * 1024 * 1024), status=413)
    assert "too large" in page.text.lower()


def test_two_people_in_one_bundle_are_refused(house):
    both = bundle(condition())
    both["entry"].append({"resource": {"resourceType": "Patient", "id": "p2", "name": [{"family": "Else"}]}})
    assert "more than one person" in refused(house, as_bytes(both))


def test_a_line_about_somebody_else_is_refused_with_the_whole(house):
    other = condition() | {"subject": {"reference": "Patient/p2"}}
    assert "more than one person" in refused(house, as_bytes(bundle(other)))


SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_script_in_names_and_words_stays_text(house):
    content = as_bytes(bundle(condition(SCRIPT), allergy(SCRIPT, reaction=[{"manifestation": [{"text": SCRIPT}]}])))
    paper = house.paper(content)
    for who, url in (("patient", f"{house.url}/papers/{paper}"), ("doctor", house.desk(paper))):
        page = house.browsers[who].get(url)
        assert "<script>alert" not in page.html and "<img src=x" not in page.html
        assert "alert(1)" in page.text


def test_script_in_a_narrative_is_no_part_of_its_words(house):
    sample = about().replace(b"<td>Proventil", b"<td><script>alert(9)</script>Proventil")
    paper = house.paper(sample)
    page = house.browsers["patient"].get(f"{house.url}/papers/{paper}")
    assert "<script>alert(9)" not in page.html


# Who may -------------------------------------------------------------------------------------------------------------


def test_a_caregiver_with_documents_brings_papers_and_takes_back_their_own(house):
    paper = house.paper(who="proxy")
    page = house.browsers["proxy"].get(f"{house.url}/papers/{paper}")
    page.submit({}, form=f"{house.url}/papers/{paper}/remove")


def test_others_neither_see_nor_bring(house, services):
    paper = house.paper()
    for who, status in (("narrow", 403), ("stranger", 404)):
        house.browsers[who].get(house.url, status=status)
        house.browsers[who].get(f"{house.url}/papers/{paper}", status=404)
        house.browsers[who].get(f"{house.url}/papers/{paper}/file", status=404)
        house.post(who, f"{house.url}/papers", status=status)
        house.post(who, f"{house.url}/papers/{paper}/remove", status=404)
    assert len(table(services, OutsidePaper)) == 1


def test_a_sensitive_paper_is_hidden_from_a_caregiver_without_that_category(house):
    told = condition("Depression", "35489007")
    paper = house.paper(as_bytes(bundle(told)))
    house.browsers["proxy"].get(f"{house.url}/papers/{paper}", status=404)
    assert "Depression" not in house.browsers["proxy"].get(house.url).text


def test_too_many_waiting_papers_are_refused(house, services, monkeypatch):
    monkeypatch.setattr("portal.outside.keeping.MOST_OPEN", 1)
    house.paper()
    assert "wait for the care team already" in refused(house, about("ccd"))
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(OutsidePaper.__table__)).scalar_one() == 1
