"""MDM: documents that come, are replaced and are cancelled (chapter 9)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from portal.interop.hl7v2.reading import Segment
from portal.interop.hl7v2.refusals import Unaccepted
from portal.interop.hl7v2.telling import Resource, Teller, exact, identity

CANCELLED: Final = frozenset({"MDM^T11"})
REPLACED: Final = frozenset({"MDM^T10"})
# HL7 table 0270 in words
_TYPES = {
    "AR": "Autopsy report", "CD": "Cardiodiagnostics", "CN": "Consultation", "DI": "Diagnostic imaging",
    "DS": "Discharge summary", "ED": "Emergency department report", "HP": "History and physical examination",
    "OP": "Operative report", "PC": "Psychiatric consultation", "PH": "Psychiatric history and physical examination",
    "PN": "Procedure note", "PR": "Progress note", "SP": "Surgical pathology", "TS": "Transfer summary",
}  # fmt: skip
_MEDIA = {"pdf": "application/pdf", "html": "text/html", "xml": "text/xml", "rtf": "application/rtf",
          "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "tiff": "image/tiff"}  # fmt: skip


def tell(teller: Teller) -> None:
    """Add the document. Raises `Unaccepted`: `no-document-id`, `no-document`, `bad-base64`."""
    txa = teller.message.first("TXA")
    if txa is None or not txa.get(12):
        raise Unaccepted("no-document-id", "TXA-12")
    kind = teller.message.kind
    row = document_id(teller, txa, 12)
    if kind in CANCELLED:
        before = teller.original(f"DocumentReference/{row}")
        if before is None:
            raise Unaccepted("unknown-document", "TXA-12")
        teller.add({**before, "status": "entered-in-error"}, teller.sent)
        return
    contents = _contents(teller)
    if not contents:
        raise Unaccepted("no-document", "OBX-5")
    old = replaced(teller)
    if old and (before := teller.original(f"DocumentReference/{old}")) is not None:
        teller.add({**before, "status": "superseded"}, teller.sent)
    state = "entered-in-error" if txa.get(19) == "CA" else "current"
    teller.add(
        {
            "resourceType": "DocumentReference", "id": row, "status": state,
            "docStatus": "final" if txa.get(17) in ("AU", "LA", "DO", "") else "preliminary",
            "identifier": [{"value": txa.get(12)}],
            "type": _kind(txa), "subject": teller.subject, "date": exact(_date(teller, txa)),
            "author": [{"reference": r} for p in txa.parts(9) if (r := teller.practitioner(p))],
            "description": txa.get(25) or None,
            "content": [{"attachment": each} for each in contents],
            "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/" + old}}]
            if old else [],
        },
        teller.sent,
    )  # fmt: skip


def replaced(teller: Teller) -> str | None:
    """The id of the document that this one takes the place of (T10), where it is another one."""
    txa = teller.message.first("TXA")
    if txa is None or teller.message.kind not in REPLACED or not txa.get(13):
        return None
    old = document_id(teller, txa, 13)
    return old if old != document_id(teller, txa, 12) else None


def document_id(teller: Teller, txa: Segment, field: int) -> str:
    part = txa.part(field)
    return identity("document", *(part.get(n) for n in (1, 2, 3)))


def _kind(txa: Segment) -> Resource:
    code, said = txa.get(2), txa.get(2, 2)
    return {"text": said or _TYPES.get(code) or "Document"}


def _date(teller: Teller, txa: Segment) -> str | None:
    found = (teller.when(txa, n) for n in (6, 4, 8))
    return next((f for f in found if f), None) or teller.when(teller.message.header, 7)


def _contents(teller: Teller) -> list[Resource]:
    made: list[Resource] = []
    lines: list[str] = []
    for obx in teller.message.all("OBX"):
        if obx.get(2) == "ED":
            if found := attachment(obx):
                made.append(found)
        elif obx.get(2) in ("TX", "FT", "ST"):
            lines.append(obx.lines(5))
    said = "\n".join(lines).strip()
    if said:
        data = base64.b64encode(said.encode()).decode()
        made.insert(0, {"contentType": "text/plain; charset=utf-8", "data": data})
    return made


def attachment(obx: Segment) -> Resource | None:
    """What an ED holds (source, type, subtype, encoding, data); None when there is no data. Raises `bad-base64`."""
    part = obx.part(5)
    media, subtype, encoding, data = part.get(2), part.get(3).lower(), part.get(4).lower(), part.get(5)
    if not data:
        return None
    content_type = _MEDIA.get(subtype) or ("text/plain" if media.lower() in ("text", "ft") else None)
    if encoding == "base64":
        packed = re.sub(r"\s+|\n", "", data)
        try:
            base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unaccepted("bad-base64", "OBX-5") from error
    elif encoding == "hex":
        try:
            packed = base64.b64encode(bytes.fromhex(data)).decode()
        except ValueError as error:
            raise Unaccepted("bad-base64", "OBX-5") from error
    else:
        packed = base64.b64encode(data.encode()).decode()
        content_type = content_type or "text/plain; charset=utf-8"
    title = obx.get(3, 2)
    return {
        k: v
        for k, v in (
            ("contentType", content_type or "application/octet-stream"),
            ("data", packed),
            ("title", title),
        )
        if v
    }
