"""Reading C-CDA documents: each kind of entry becomes the right thing, and nothing but clear refusals comes out."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.interop import ccda
from portal.interop.ccda.types import number, when
from portal.interop.mapping import Frame
from portal.interop.papers import Unreadable
from portal.outside import lines
from portal.outside.kinds import look
from tests.outside.papers import NAMES, PDF, about, as_bytes, bundle, condition, sample

pytestmark = pytest.mark.one_database
NOBODY = UUID(int=0)


def said(name):
    """What a sample says, as (type, name, state, day) of what is reconciled."""
    found = []
    for item in ccda.read(sample(name)).items:
        r = item.resource
        concept = r.get("medicationCodeableConcept") or r.get("code") or {}
        state = r.get("status") or (r.get("clinicalStatus") or {"coding": [{}]})["coding"][0].get("code")
        day = r.get("onsetDateTime") or (r.get("effectivePeriod") or {}).get("start")
        found.append((r["resourceType"], concept.get("text"), state, day))
    return [one for one in found if one[0] in ("Condition", "AllergyIntolerance", "MedicationStatement")]


WHAT_THEY_SAY = {
    "ccd": [("AllergyIntolerance", "No known allergies", "active", None)],
    "consultation-note": [
        ("AllergyIntolerance", "Penicillin", "active", "1998-05-01"),
        ("AllergyIntolerance", "codeine", "active", None),
        ("MedicationStatement", "albuterol 0.09 MG/ACTUAT [Proventil]", "active", "2013-01-03"),
        ("MedicationStatement", "atenolol 25 MG Oral Tablet", "active", "2012-03-18"),
        ("Condition", "Type II diabetes mellitus with ulcer (disorder)", "active", "2000-07-03"),
        ("Condition", "Mixed asthma", "active", "2007-04-14"),
        ("Condition", "Acute Asthma", "active", "2007-04-17"),
        ("Condition", "Pneumonia", "resolved", "1998-03-10"),
    ],
}


@pytest.mark.parametrize("name", WHAT_THEY_SAY)
def test_a_sample_says_what_its_tables_say(name):
    assert said(name) == WHAT_THEY_SAY[name]


def test_the_discharge_summary_keeps_its_medicine_with_how_it_is_taken():
    items = ccda.read(sample("discharge-summary")).items
    (found,) = [one.resource for one in items if one.resource["resourceType"] == "MedicationStatement"]
    assert found["medicationCodeableConcept"]["text"] == "ibuprofen 600 MG Oral Tablet"
    (dosage,) = found["dosage"]
    assert dosage["doseAndRate"] == [{"doseQuantity": {"value": Decimal("1")}}]
    assert dosage["timing"]["repeat"] == {"frequency": 1, "period": 6, "periodUnit": "h"}
    assert dosage["asNeededBoolean"] is True


def test_a_vaccine_that_was_refused_is_not_done():
    items = ccda.read(sample("discharge-summary")).items
    vaccines = [one.resource for one in items if one.resource["resourceType"] == "Immunization"]
    assert [one["status"] for one in vaccines] == ["completed", "not-done"]


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_names_its_version_its_author_and_its_words(name):
    paper = ccda.read(sample(name))
    assert paper.number and paper.series and paper.version == 1 and paper.made and paper.author
    assert all(heading and words for heading, words in paper.sections)


def test_who_is_nearest_to_a_statement_has_said_it():
    items = ccda.read(sample("ccd")).items
    assert items[0].author == "Henry Seven" and items[1].author == "Patricia Patty Primary"


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("2014", "2014"), ("201409", "2014-09"), ("20140916", "2014-09-16"),
        ("201409161300-0500", "2014-09-16T13:00:00-05:00"),
        ("20140916130000+0000", "2014-09-16T13:00:00Z"), ("201409161300", "2014-09-16"), ("2014091613", "2014-09-16"),
        ("", None), (None, None), ("yesterday", None), ("20140916130000.123-0500", "2014-09-16T13:00:00-05:00"),
    ],
)  # fmt: skip
def test_times_keep_their_precision(told, wanted):
    assert when(told) == wanted


@pytest.mark.parametrize(
    ("told", "wanted"), [("1.50", Decimal("1.50")), ("NaN", None), ("1e99", None), ("x", None), (None, None)]
)
def test_numbers_are_numbers_or_nothing(told, wanted):
    assert number(told) == wanted


def test_a_document_of_two_people_is_refused():
    both = sample("ccd").replace(b"</recordTarget>", b"</recordTarget><recordTarget><patientRole/></recordTarget>")
    with pytest.raises(Unreadable) as refused:
        ccda.read(both)
    assert refused.value.code == "two-patients"


# Whatever comes ------------------------------------------------------------------------------------------------------


FRAME = Frame(datetime(2026, 3, 10, 15, tzinfo=UTC), ZoneInfo("America/New_York"), date(1950, 4, 12))


def only_clear_refusals(content):
    """All the way to the lines and what is kept of them: a list of lines, or an `Unreadable` with its words."""
    try:
        read = look(content)
    except Unreadable as refused:
        return refused.code
    told, _left = lines.read(read.paper.items, FRAME) if read.paper else ([], [])
    for one in told:
        lines.opened(one.part, lines.written(one))
        lines.identity(NOBODY, one.part, one.row).hex()
    lines.said(NOBODY, told)
    return None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_read_or_refused(content):
    only_clear_refusals(content)
    for head in (b"<ClinicalDocument xmlns='urn:hl7-org:v3'>", b'{"resourceType":"Bundle",', b"%PDF-1.4\n"):
        only_clear_refusals(head + content)


NAMES_IN_FHIR = ["code", "coding", "text", "status", "name", "system", "onsetDateTime", "reference", "value", "given"]
KINDS = ["Condition", "AllergyIntolerance", "MedicationRequest", "Observation", "Composition", "Patient"]
ELEMENTS = ["code", "name", "subject", "section", "reaction", "recorder", "identifier", "medicationReference"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES_IN_FHIR), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(ELEMENTS), json_values)
def test_resources_of_any_shape_are_read_or_refused(kind, element, value):
    told = bundle(condition())
    told["entry"].append({"fullUrl": "urn:uuid:1", "resource": {"resourceType": kind, "id": "x", element: value}})
    only_clear_refusals(as_bytes(told))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_document_with_parts_taken_out_put_twice_or_spoilt_is_read_or_refused(seed):
    chance = random.Random(seed)
    parts = about(chance.choice(NAMES)).decode().split("<")
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(1, len(parts))
        what = chance.randrange(4)
        if what == 0:
            del parts[at]
        elif what == 1:
            parts.insert(at, parts[chance.randrange(1, len(parts))])
        elif what == 2:
            parts[at] = parts[at].replace('"', "", 1)
        else:
            parts[at] = "value nullFlavor='x'/>" + parts[at][:3]
    only_clear_refusals("<".join(parts).encode())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PDF) - 1), st.binary(max_size=30))
def test_a_pdf_with_something_put_into_it_is_read_or_refused(at, more):
    only_clear_refusals(PDF[:at] + more + PDF[at:])
