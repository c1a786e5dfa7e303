"""The binder of every demo patient in each of its forms, field by field against the record."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from flask import g
from lxml import etree, html

from portal.demo.roster import PATIENTS
from portal.medicines import service as medicines
from portal.models import Immunization, Result
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.records import service as records
from portal.records.names import spoken
from portal.records.service import WRONG
from portal.results.release import NEVER
from portal.results.values import Shown
from portal.web import filters
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.binder.test_exports import check_document, text_of, tight
from tests.binder.test_links import ask, read
from tests.support.demo import Clinic
from tests.support.page import PageClient

pytestmark = pytest.mark.demo
LOGINS = [patient.email for patient in PATIENTS]


def record_of(services: Services, account: Any) -> dict[str, list[Any]]:
    """What the record's own pages say, through their own functions."""
    person: UUID = account.person_id
    actor = Actor("patient", account_id=account.id, person_id=person)
    with UnitOfWork.open(services, actor, write=False) as uow:
        return {
            "allergies": [spoken(row.name) for row in records.allergies(uow, person)],
            "problems": [spoken(row.name) for row in records.problems(uow, person)],
            "medicines": [line.name for line in medicines.current(uow, person).lines],
            "ids": [str(row.id) for row in records.problems(uow, person)],
            "vaccines": _vaccines(uow, person),
            "results": _newest(uow, person),
        }


def _plain(text: str) -> str:
    """Without the places where a long name may be broken."""
    return tight(text).replace("\u200b", "")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _vaccines(uow: UnitOfWork, person: UUID) -> list[Any]:
    statement = uow.select(Action.RECORD_IMMUNIZATION_READ, Immunization, within=person)
    return list(uow.scalars(statement.where(Immunization.status.notin_((*WRONG, "not-done")))))


def _newest(uow: UnitOfWork, person: UUID) -> list[Any]:
    """The newest value of each test and vital sign that the results' own page would show."""
    found: dict[str, Any] = {}
    statement = uow.select(Action.RESULT_READ, Result, within=person)
    statement = statement.where(Result.category.in_(("laboratory", "vital-signs")), Result.status.notin_(NEVER))
    for row in uow.scalars(statement.order_by(Result.effective_at.desc(), Result.id.desc())):
        found.setdefault(row.code or row.name, row)
    return list(found.values())


@pytest.mark.parametrize("login", LOGINS)
def test_every_form_says_what_the_record_says(
    client: PageClient, app: Any, demo: Clinic, services: Services, login: str
) -> None:
    account = demo.account(login)
    known = record_of(services, account)
    names = {*known["allergies"], *known["problems"], *known["medicines"]}
    home = f"/people/{account.person_id}/binder"
    browser = client.as_(account)
    pdf = pikepdf.open(io.BytesIO(browser.get(home + "/binder.pdf").data))
    assert pdf.Root.MarkInfo.Marked and pdf.Root.StructTreeRoot is not None
    paper = tight("".join(text_of(pdf)))
    offline = html.fromstring(browser.get(home + "/binder.html").data)
    text = browser.get(home + "/binder.txt").data.decode()
    ccd = etree.fromstring(browser.get(home + "/ccd.xml").data)
    whole = {
        "paper": paper,
        "offline": tight(offline.text_content()),
        "text": tight(text),
        "ccd": tight(" ".join(ccd.xpath("//*[local-name()='item']/text()"))),
    }
    for form, said in whole.items():
        assert [name for name in names if tight(name) not in said] == [], form
    with app.test_request_context("/"):
        g.actor = Actor("patient", account_id=account.id, person_id=account.person_id, language=account.language)
        shown = [Shown.of(row) for row in known["results"]]
        pairs = [(spoken(one.name), filters.born(filters.local(one.at).date())) for one in shown]
        pairs += [(spoken(row.name), filters.born(row.happened_on)) for row in known["vaccines"]]
    for form in ("paper", "offline", "text"):
        missing = [pair for pair in pairs if not all(_plain(part) in _plain(whole[form]) for part in pair)]
        assert missing == [], form
    bundle = json.loads(browser.get(home + "/summary.json").data)
    check_document(bundle)
    sent = {entry["resource"]["id"]: entry["resource"] for entry in bundle["entry"]}
    assert set(known["ids"]) <= set(sent)
    dates = {str(row.id): row.effective_at.replace(microsecond=0) for row in known["results"]}
    assert {key: _moment(sent[key]["effectiveDateTime"]) for key in dates} == dates
    assert {str(row.id): row.happened for row in known["vaccines"]} == {
        key: one["occurrenceDateTime"] for key, one in sent.items() if one["resourceType"] == "Immunization"
    }
    told = {
        entry["resource"]["medicationCodeableConcept"]["text"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "MedicationStatement"
    }
    assert set(known["medicines"]) <= told
    form = browser.get(home + "/links/new")
    sections = [f["value"] for f in form.select("input[name=sections]")]
    page = form.submit({"label": "All", "sections": sections, "is_sensitive": "y"}, form=home + "/links", status=200)
    link = next(code.text for code in page.select("code") if code.text.startswith("shlink:/"))
    from portal.binder.links import unb64

    payload = json.loads(unb64(link.removeprefix("shlink:/")))
    shared = read(payload, ask(client, payload)["files"][0]["embedded"])
    check_document(shared)
    assert {entry["resource"]["id"] for entry in shared["entry"]} >= set(known["ids"])
