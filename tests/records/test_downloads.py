"""Files of the record: under the same rules as the pages, with what is missing named."""

from __future__ import annotations

import csv
import io
import json
import zlib
from datetime import date

import pikepdf
import pytest

from portal.interop import validation
from portal.models import Allergy, Condition, ImportRun, SourceResource
from portal.policy.actors import Actor
from portal.records.export import guarded
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made, make_caregiver
from tests.records.conftest import add_line

KINDS = ("pdf", "txt", "csv", "fhir")


def get(client, record, who, kind, path="/download/file", **more):
    query = {"kind": kind, **more} if path.endswith("file") else None
    url = f"{record.base}{path}" if path.endswith("file") else f"{record.base}{path}/{kind}"
    return client.as_(who).get(url, query=query)


def with_original(services, record, name, resource, **more):
    """A condition with a sealed FHIR original."""
    with made(services) as session:
        run = ImportRun(source="clinic record system", started_at=services.clock.now(), counts={})
        session.add(run)
        session.flush()
        source = SourceResource(
            patient_id=record.patient.id, resource_type=resource["resourceType"], fhir_id=resource["id"],
            source_key=f"{resource['resourceType']}/{resource['id']}", content_hash=b"", body=b"x",
            import_run_id=run.id, place="x", imported_at=services.clock.now(),
        )  # fmt: skip
        session.add(source)
        session.flush()
        source_id = source.id
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        packed = zlib.compress(json.dumps(resource).encode())
        body = uow.seal(record.patient.id, "source_resource.body", source_id, packed)
        uow.session.connection().execute(
            SourceResource.__table__.update().where(SourceResource.id == source_id).values(body=body)
        )
    with made(services) as session:
        add_line(session, record.patient, Condition, name, source_id=source_id, **more)


def condition(fhir_id, name, **more):
    return {
        "resourceType": "Condition", "id": fhir_id, "code": {"text": name},
        "subject": {"reference": "Patient/p1"}, **more,
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_and_each_part_can_be_taken_along(client, record, kind):
    whole = get(client, record, record.account, kind)
    part = get(client, record, record.account, kind, path="/allergies/download")
    for page in (whole, part):
        assert len(page.data) > 100
    if kind == "txt":
        said = whole.data.decode()
        assert said.startswith("In an emergency call 911") and "Nothing is missing" in said
        for words in ("High blood pressure", "Penicillin", "Good Insurer", "Rosa Rojas", "Clear lungs", "Never smoked"):
            assert words in said
        assert "TEST RESULTS (0 entries)" in said and "None on file" in said
        assert "Penicillin" in part.data.decode() and "Good Insurer" not in part.data.decode()


def test_the_table_is_a_table_and_runs_nothing(client, services, record):
    with made(services) as session:
        add_line(session, record.patient, Allergy, '=HYPERLINK("http://evil.example";"x")', reaction="+1")
    rows = list(csv.DictReader(io.StringIO(get(client, record, record.account, "csv").data.decode("utf-8-sig"))))
    names = [row["Name"] for row in rows]
    assert "High blood pressure" in names and '\'=HYPERLINK("http://evil.example";"x")' in names
    assert not any(cell and cell[0] in "=+-@\t\r" for row in rows for cell in row.values())


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "  =1"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell):
    assert guarded(cell) == f"'{cell}" and guarded("Penicillin = bad") == "Penicillin = bad"


def test_the_pdf_is_tagged_and_has_a_title(client, record):
    found = pikepdf.open(io.BytesIO(get(client, record, record.account, "pdf").data))
    assert found.Root.MarkInfo.Marked and found.Root.StructTreeRoot is not None
    assert "Health record" in str(found.docinfo.get("/Title"))


def test_the_bundle_holds_the_originals_and_is_valid(client, services, record):
    with_original(services, record, "Cough", condition("c1", "Cough"))
    bundle = json.loads(get(client, record, record.account, "fhir").data)
    assert bundle["resourceType"] == "Bundle" and bundle["type"] == "collection" and bundle["timestamp"]
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    for entry in bundle["entry"]:
        text = json.dumps(entry["resource"])
        assert validation.check(entry["resource"], text) == []
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert "Condition" in kinds
    issues = next(entry["resource"] for entry in bundle["entry"] if "issue" in entry["resource"])["issue"]
    assert any("written in the portal" in one["diagnostics"] for one in issues)


def test_a_caregiver_takes_along_what_their_pages_show_and_not_a_word_more(client, services, record):
    """A proxy with few scopes and no sensitive category: every form of the file agrees with the pages."""
    with_original(services, record, "Depression", condition("c2", "Depression"), sensitivity="PSY")
    with_original(
        services, record, "Cough",
        condition("c1", "Cough", text={"status": "generated", "div": "<div>since the depression</div>"},
                  evidence=[{"detail": [{"reference": "Condition/c2", "display": "Depression"}]}]),
    )  # fmt: skip
    with made(services) as session:
        helper, _ = make_caregiver(
            session, record.patient, kind="proxy", scopes=["record_basic", "binder_export"], name="Helper One"
        )
    page = client.as_(helper).get(f"{record.base}/conditions").text
    assert "Cough" in page and "epression" not in page
    for kind in KINDS:
        data = get(client, record, helper, kind).data
        if kind != "pdf":
            said = data.decode()
            assert "Cough" in said and "epression" not in said and "History and physical" not in said
            assert "Notes and documents: not shared" in said and "Test results: not shared" in said
    bundle = json.loads(get(client, record, helper, "fhir").data)
    (kept,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Condition"]
    assert kept["id"] == "c1" and validation.check(kept, json.dumps(kept)) == []
    text = get(client, record, helper, "txt").data.decode()
    assert "HEALTH PROBLEMS (2 entries)" in text  # the total is that of what is there
    for kind in KINDS:
        client.as_(helper).get(f"{record.base}/documents/download/{kind}", status=404)


def test_taking_along_needs_its_right(client, services, record):
    with made(services) as session:
        reader, _ = make_caregiver(session, record.patient, kind="proxy", scopes=["record_basic"], name="Reader One")
    browser = client.as_(reader)
    assert "Print or download" not in browser.get(record.base).text
    assert "Take this part along" not in browser.get(f"{record.base}/conditions").text
    browser.get(f"{record.base}/download", status=403)
    browser.get(f"{record.base}/download/file?kind=txt", status=403)
    browser.get(f"{record.base}/conditions/download/txt", status=403)
    client.as_(record.stranger).get(f"{record.base}/download/file?kind=txt", status=404)


def test_what_could_not_be_loaded_is_named_and_the_rest_is_there(client, record, monkeypatch):
    from portal.records import lines

    real = lines.every

    def broken(uow, part, *rest, **more):
        if part.key == "goals":
            raise ValueError
        return real(uow, part, *rest, **more)

    monkeypatch.setattr(lines, "every", broken)
    said = get(client, record, record.account, "txt").data.decode()
    assert "- Goals: could not be loaded" in said and "High blood pressure" in said and "GOALS" not in said


def test_dates_and_parts_are_chosen_on_a_page(client, services, record):
    with made(services) as session:
        add_line(session, record.patient, Condition, "Aching", happened_on=date(2001, 1, 1))
    page = client.as_(record.account).get(f"{record.base}/download")
    file = page.submit(
        {"kind": "txt", "parts": ["conditions", "goals"], "since": "2024-01-01"}, form="/download/file", status=200
    )
    said = file.data.decode()
    assert "High blood pressure" in said and "Aching" not in said and "Penicillin" not in said
    page.submit({"kind": "txt", "since": "never"}, form="/download/file", status=422)


def test_what_nobody_stands_by_is_in_no_file(client, services, record):
    with made(services) as session:
        add_line(session, record.patient, Condition, "Wrong thing", status="entered-in-error")
    for kind in ("txt", "csv", "fhir"):
        assert "Wrong thing" not in get(client, record, record.account, kind).data.decode()


@pytest.mark.parametrize("rows", [10, 500])
@pytest.mark.parametrize("kind", ["txt", "fhir"])
def test_the_statements_of_a_file_do_not_grow(client, services, record, count_statements, rows, kind):
    with made(services) as session:
        for number in range(rows):
            add_line(session, record.patient, Condition, f"Problem {number}")
    browser = client.as_(record.account)
    with count_statements() as seen:
        browser.get(f"{record.base}/download/file?kind={kind}")
    seen.at_most(100)
