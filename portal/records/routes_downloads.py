"""Doors that give the record away: a part or all of it, as PDF, text, table or FHIR."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.infra.errors import NotFound
from portal.infra.ids import new_id
from portal.models import Person
from portal.policy.actions import Action
from portal.records import download_pages, export, gathering, overview
from portal.records.download_pages import DownloadForm, ShowDownloadsPage
from portal.records.export import Sheet
from portal.records.lines import Wish
from portal.records.parts import PARTS
from portal.records.routes_record import KEY, door
from portal.web import filters, pdf
from portal.web.filters import language
from portal.web.responses import respond
from portal.work.limits import COPYING
from portal.work.unit_of_work import UnitOfWork

KIND = f"<any({', '.join(download_pages.KINDS)}):kind>"
TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "fhir": "application/fhir+json; charset=utf-8",
}
ENDINGS = {"fhir": "json"}


@door.get("/download", may=Action.RECORD_EXPORT_READ)
def show_downloads(
    uow: UnitOfWork, person_id: UUID, form: DownloadForm | None = None, status: int = 200
) -> ResponseReturnValue:
    uow.require(Action.RECORD_EXPORT_READ, patient=person_id)
    form = form or DownloadForm.of(overview.visible(uow, person_id), None)
    page = ShowDownloadsPage.of(person_id, form, is_staff=uow.actor.is_staff)
    return respond(page, "records/show_downloads.html", status=status)


@door.get("/download/file", may=Action.RECORD_EXPORT_READ, at_most=COPYING)
def download_record(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """The parts that were chosen, or all; what the reader may not see is named in the file, not filled in."""
    uow.require(Action.RECORD_EXPORT_READ, patient=person_id)
    form = DownloadForm.of(overview.visible(uow, person_id), request.args)
    if not form.validate():
        return show_downloads(uow, person_id, form, 422)
    keys = form.chosen or [part.key for part in PARTS]
    wish = Wish(form.since.data, form.until.data)
    return _file(uow, person_id, keys, form.kind.data, wish, "record")


@door.get(f"/{KEY}/download/{KIND}", may=Action.RECORD_EXPORT_READ, at_most=COPYING)
def download_part(uow: UnitOfWork, person_id: UUID, key: str, kind: str) -> ResponseReturnValue:
    return _file(uow, person_id, [key], kind, Wish(), key)


def _file(uow: UnitOfWork, person_id: UUID, keys: list[str], kind: str, wish: Wish, name: str) -> ResponseReturnValue:
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id)
    is_paper = kind == "pdf"
    most = export.PAPER_LINES if is_paper else export.MOST
    parts, texts, originals, without = gathering.gather(
        uow, person_id, keys, wish, most=most, with_texts=kind in ("pdf", "txt"), with_originals=kind == "fhir"
    )
    if len(keys) == 1 and parts[0].state == "hidden":  # a part one may not see is not there, as its page is not
        raise NotFound(action=Action.RECORD_EXPORT_READ)
    sheet = Sheet(
        clinic=uow.settings.clinic_name,
        name=f"{person.given_name} {person.family_name}".strip(),
        born=filters.born(person.birth_on) if person.birth_on else "",
        made_by=uow.actor.name,
        made_at=uow.now,
        parts=parts,
        texts=texts,
        dates=download_pages.dates_words(wish),
    )
    body: Any
    if is_paper:
        body = pdf.render("record", export.paper_of(sheet, language()))
    elif kind == "txt":
        body = export.as_text(sheet)
    elif kind == "csv":
        body = "\ufeff" + export.as_csv(sheet)
    else:
        whole = uow.actor.is_staff or uow.actor.person_id == person_id
        told = gathering.patient_original(uow, person, whole=whole)
        missing = [*sheet.missing, *download_pages.without_original(without)]
        body = export.as_bundle(
            [told, *originals] if told else originals, missing,
            base=uow.settings.base_url, made_at=uow.now, bundle_id=new_id(), whole=whole,
        )  # fmt: skip
    response = Response(body, content_type=TYPES[kind])
    filename = f"{name}-{uow.now.date().isoformat()}.{ENDINGS.get(kind, kind)}"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
