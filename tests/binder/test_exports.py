"""What is carried away: paper, one file, text and the summary for machines, under the reader's own eyes."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pikepdf
import pytest
from lxml import etree, html

from portal.binder import lines, outline
from portal.interop import validation
from portal.work.services import Services
from tests.binder.conftest import World
from tests.factories.people import made
from tests.factories.record import make_allergy
from tests.support.page import PageClient

SECRET = ("Sertraline", "PHQ-9", "Mindwell", "Therapy", "Depression")


def text_of(pdf: pikepdf.Pdf) -> list[str]:
    """The text of each page, by the fonts' own maps to Unicode."""
    pages = []
    for page in pdf.pages:
        maps = {name: _unicode(font) for name, font in page.Resources.Font.items()}
        said, known = [], {}
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tf":
                known = maps[str(operands[0])]
            elif str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                raw = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
                said.append("".join(known.get(raw[i : i + 2], "") for i in range(0, len(raw), 2)))
        pages.append("".join(said))
    return pages


def _unicode(font: Any) -> dict[bytes, str]:
    source = font.ToUnicode.read_bytes().decode("latin-1")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, flags=re.S):
        for code, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            found[bytes.fromhex(code)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, flags=re.S):
        for low, high, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            first = int(bytes.fromhex(letters).hex(), 16)
            for n in range(int(low, 16), int(high, 16) + 1):
                found[n.to_bytes(2, "big")] = (first + n - int(low, 16)).to_bytes(2, "big").decode("utf-16-be")
    return found


def tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("size", "paper", "width"), [(12, "letter", 612), (18, "a4", 595)])
def test_the_paper_is_tagged_and_says_whose_it_is_on_each_page(
    client: PageClient, world: World, size: int, paper: str, width: int
) -> None:
    answer = client.as_(world.patient).get(f"{world.home}/binder.pdf?size={size}&paper={paper}")
    pdf = pikepdf.open(io.BytesIO(answer.data))
    assert pdf.Root.MarkInfo.Marked and pdf.Root.StructTreeRoot is not None and str(pdf.Root.Lang) == "en"
    assert round(float(pdf.pages[0].MediaBox[2])) == width
    pages = [tight(page) for page in text_of(pdf)]
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert tight("Zyxxquar Vorblinth, born Apr 12, 1950") in page
        assert tight("Printed Mar 10, 2026") in page
        assert tight(f"Page {number} of {len(pages)}") in page
    assert "Contents" in pages[0]
    start = next(page for page in pages[1:] if tight("6. Medicines") in page)
    assert start.index(tight("6. Medicines")) < 220 and tight("5. Allergies") not in start
    assert tight("Not yet filled") in "".join(pages)


def test_one_file_opens_anywhere_and_loads_nothing(client: PageClient, world: World) -> None:
    answer = client.as_(world.patient).get(world.home + "/binder.html")
    assert "attachment" in answer.headers["Content-Disposition"]
    root = html.fromstring(answer.data)
    assert root.xpath("//script") == [] and root.xpath("//@src | //link | //@style | //@onclick") == []
    assert all(href.startswith("#") for href in root.xpath("//@href"))
    targets = set(root.xpath("//@id"))
    assert {href[1:] for href in root.xpath("//@href")} <= targets
    policy = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert b"url(" not in answer.data and b"@import" not in answer.data
    assert root.xpath("//h2[@id='medicines']")[0].text == "6. Medicines"
    assert len(root.xpath("//main/h2")) == 16


def test_what_somebody_typed_stays_text_everywhere(client: PageClient, world: World, services: Services) -> None:
    from portal.models import Person

    nasty = "<script>alert(1)</script>#set text(red)\"'&"
    with made(services) as s:
        make_allergy(s, s.get(Person, world.person), nasty)  # type: ignore[arg-type]
    browser = client.as_(world.patient)
    root = html.fromstring(browser.get(world.home + "/binder.html").data)
    assert root.xpath("//script") == [] and nasty in root.text_content()
    pdf = pikepdf.open(io.BytesIO(browser.get(world.home + "/binder.pdf").data))
    assert tight("<script>alert(1)") in tight("".join(text_of(pdf)))
    bundle = json.loads(browser.get(world.home + "/summary.json").data)
    divs = "".join(part["text"]["div"] for part in bundle["entry"][0]["resource"]["section"])
    assert "&lt;script&gt;" in divs and "<script" not in divs


def summary(client: PageClient, world: World, who: Any = None) -> dict[str, Any]:
    answer = client.as_(who or world.patient).get(world.home + "/summary.json")
    assert answer.headers["Content-Type"] == "application/fhir+json"
    return json.loads(answer.data)


def check_document(bundle: dict[str, Any]) -> None:
    """The rules of IPS 2.0.1 for the document as a whole (interop.md 3.4), and the schema of FHIR R4."""
    assert bundle["type"] == "document" and bundle["identifier"]["value"] and bundle["timestamp"]
    entries = bundle["entry"]
    urls = [entry["fullUrl"] for entry in entries]
    assert len(set(urls)) == len(urls) and all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", url) for url in urls)
    assert all(set(entry) == {"fullUrl", "resource"} for entry in entries)
    kinds = [entry["resource"]["resourceType"] for entry in entries]
    assert kinds[0] == "Composition" and kinds.count("Composition") == 1 and kinds.count("Patient") == 1
    for entry in entries:
        assert entry["fullUrl"] == "urn:uuid:" + entry["resource"]["id"]
        remarks = validation.check(entry["resource"], json.dumps(entry["resource"]))
        assert remarks == [], (entry["resource"], remarks)
    named = set(re.findall(r'"reference": "([^"]+)"', json.dumps(bundle)))
    assert named <= set(urls), named - set(urls)
    composition = entries[0]["resource"]
    assert composition["type"]["coding"][0]["code"] == "60591-5"
    assert composition["subject"] and composition["date"] and composition["author"] and composition["title"]
    codes = [part["code"]["coding"][0]["code"] for part in composition["section"]]
    assert codes[:3] == ["11450-4", "48765-2", "10160-0"] and len(set(codes)) == len(codes)
    for part in composition["section"]:
        assert part["title"] and part["text"]["div"].startswith('<div xmlns="http://www.w3.org/1999/xhtml">')
        html.fromstring(part["text"]["div"])
        assert not ("entry" in part and "emptyReason" in part)
        if part["code"]["coding"][0]["code"] in codes[:3]:
            assert part.get("entry") or part["emptyReason"]["coding"][0]["code"]
    patient = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient")
    assert "birthDate" in patient or "_birthDate" in patient
    assert {"family", "given", "text"} & set(patient["name"][0])


def test_the_summary_is_a_document_with_everything_in_it(client: PageClient, world: World) -> None:
    bundle = summary(client, world)
    check_document(bundle)
    by_id = {entry["resource"]["id"]: entry["resource"] for entry in bundle["entry"]}
    assert by_id[str(world.allergy)]["code"]["text"] == "Penicillin"
    medicine = by_id[str(world.medicine)]
    assert medicine["dosage"] == [{"text": "Take 1 tablet by mouth once a day"}]
    assert medicine["reasonCode"][0]["text"] == "blood pressure"
    assert str(world.secret_medicine) in by_id


def test_what_is_not_known_and_what_there_is_none_of_are_told_apart(client: PageClient, world: World) -> None:
    browser = client.as_(world.stranger)
    home = f"/people/{world.stranger.person_id}/binder"
    bundle = json.loads(browser.get(home + "/summary.json").data)
    check_document(bundle)
    parts = {p["code"]["coding"][0]["code"]: p for p in bundle["entry"][0]["resource"]["section"]}
    assert parts["48765-2"]["emptyReason"]["coding"][0]["code"] == "notasked"
    browser.get(home + "/sections/allergies").submit({}, form=home + "/sections/allergies/none")
    bundle = json.loads(browser.get(home + "/summary.json").data)
    check_document(bundle)
    allergy = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "AllergyIntolerance")
    assert allergy["code"]["coding"][0]["code"] == "716186003"


def test_b5_the_export_of_a_caregiver_holds_no_trace_of_what_is_hidden(client: PageClient, world: World) -> None:
    own, helper = client.as_(world.patient), client.as_(world.helper)
    for path in ("/binder.html", "/binder.txt", "/summary.json"):
        whole, part = (browser.get(world.home + path).data.decode() for browser in (own, helper))
        assert any(word in whole for word in SECRET), path
        assert [word for word in SECRET if word in part] == [], path
        assert "Penicillin" in part
    pdf = pikepdf.open(io.BytesIO(helper.get(world.home + "/binder.pdf").data))
    pages = [tight(page) for page in text_of(pdf)]
    assert [word for word in SECRET if word in "".join(pages)] == []
    assert tight(f"Page {len(pages)} of {len(pages)}") in pages[-1]
    check_document(summary(client, world, world.helper))


def test_who_may_not_take_it_along_gets_no_file(client: PageClient, world: World) -> None:
    for path in ("binder.pdf", "binder.html", "binder.txt", "summary.json", "ccd.xml", "carry"):
        client.as_(world.narrow).get(f"{world.home}/{path}", status=403)
        client.as_(world.stranger).get(f"{world.home}/{path}", status=404)
        client.as_(world.doctor).get(f"{world.home}/{path}", status=403)


def test_what_stays_at_home_is_in_no_file_and_in_no_number(client: PageClient, world: World) -> None:
    browser = client.as_(world.patient)
    here = world.home + "/sections/problems"
    browser.get(here).submit({}, form=here + "/choose", button="no")
    root = html.fromstring(browser.get(world.home + "/binder.html").data)
    titles = [h2.text for h2 in root.xpath("//main/h2")]
    assert [title.partition(".")[0] for title in titles] == [str(n) for n in range(1, 16)]
    assert "Hypertension" not in root.text_content()
    bundle = summary(client, world)
    check_document(bundle)
    problems = bundle["entry"][0]["resource"]["section"][0]
    assert problems["emptyReason"]["coding"][0]["code"] == "withheld"


def test_a_section_that_can_not_be_built_is_named(
    client: PageClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.binder import contents

    def broken(*_arguments: Any) -> Any:
        raise ValueError("broken")

    broken_readers = [(k, s, broken if k == "immunizations" else r) for k, s, r in contents.READERS]
    monkeypatch.setattr(contents, "READERS", broken_readers)
    browser = client.as_(world.patient)
    assert "Could not be built" in browser.get(world.home).text
    text = browser.get(world.home + "/binder.txt").data.decode()
    assert "Missing, because it could not be built: Immunizations" in text
    assert (
        "This section could not be built."
        in html.fromstring(browser.get(world.home + "/binder.html").data).text_content()
    )
    check_document(summary(client, world))


def test_the_continuity_of_care_document_has_its_sections(client: PageClient, world: World) -> None:
    root = etree.fromstring(client.as_(world.patient).get(world.home + "/ccd.xml").data)
    ns = {"h": "urn:hl7-org:v3"}
    templates = root.xpath("h:templateId/@root", namespaces=ns)
    assert "2.16.840.1.113883.10.20.22.1.2" in templates
    codes = root.xpath("//h:section/h:code/@code", namespaces=ns)
    assert codes[:6] == ["48765-2", "10160-0", "11450-4", "30954-2", "29762-2", "8716-3"]
    ids = root.xpath("//h:entry/*/h:id/@root", namespaces=ns)
    assert {str(world.allergy), str(world.medicine), str(world.secret_medicine)} <= set(ids)
    for section in root.xpath("//h:section", namespaces=ns):
        assert section.xpath("h:text//text()", namespaces=ns)
        assert bool(section.xpath("h:entry", namespaces=ns)) != ("nullFlavor" in section.attrib)
    every = root.xpath("//h:id/@root", namespaces=ns)
    assert len(every) == len(set(every))
    part = client.as_(world.helper).get(world.home + "/ccd.xml").data.decode()
    assert "Penicillin" in part and [word for word in SECRET if word in part] == []


def test_text_fits_any_screen(client: PageClient, world: World) -> None:
    text = client.as_(world.patient).get(world.home + "/binder.txt").data.decode()
    assert max(len(line) for line in text.split("\r\n")) <= 78
    assert "* Lisinopril 10 MG Oral Tablet" in text and "8. SURGERIES" in text


def test_words_of_sections_cover_all() -> None:
    assert set(lines.LINES) | {"questions"} == set(outline.SECTIONS)
