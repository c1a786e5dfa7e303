"""The record as files: text, table, FHIR, and the data of a PDF. What is missing is named in each."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.records.shown import Line
from portal.records.whole import PartLines
from portal.web import filters

Texts = Mapping[UUID, Sequence[tuple[str, str]]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST = 100_000  # lines of one part in any file
PAPER_LINES = 2000  # a paper with more lines of one part helps nobody; the other forms hold them all


@dataclass(frozen=True)
class Sheet:
    """What goes into a file: whose record, by whom and when it was made, and the parts as far as the reader sees."""

    clinic: str
    name: str
    born: str
    made_by: str
    made_at: datetime
    parts: Sequence[PartLines]
    texts: Texts
    dates: str = ""

    @property
    def missing(self) -> list[str]:
        """What is not in the file, in sentences; never nothing where something is left out."""
        said = []
        for part in self.parts:
            if part.state == "failed":
                said.append(_("%(part)s: could not be loaded when this file was made. Not in here.", part=part.title))
            elif part.state == "hidden":
                said.append(_("%(part)s: not shared with the person who made this file.", part=part.title))
            elif part.has_more:
                said.append(
                    _("%(part)s: only the newest %(count)s entries are in here.",
                      part=part.title, count=filters.num(len(part.lines) or MOST))
                )  # fmt: skip
        return said

    @property
    def shown(self) -> list[PartLines]:
        return [part for part in self.parts if part.state in ("filled", "empty")]

    @property
    def facts(self) -> list[tuple[str, str]]:
        rows = [(_("Patient"), self.name), (_("Born"), self.born), (_("Clinic"), self.clinic)]
        rows += [(_("Made"), filters.moment(self.made_at)), (_("Made by"), self.made_by), (_("Dates"), self.dates)]
        return [(label, text) for label, text in rows if text]


def none_words(sheet: Sheet) -> str:
    """What stands for a part without lines: within chosen dates that is not the same as none at all."""
    return _("Nothing on file in these dates") if sheet.dates else _("None on file")


def origin_of(line: Line) -> str:
    parts = [_("by %(name)s", name=line.author)] if line.author else []
    parts.append(_("source: %(source)s", source=line.source))
    if line.recorded_at:
        parts.append(_("written down %(day)s", day=filters.short_day(line.recorded_at)))
    return ", ".join(parts)


def as_text(sheet: Sheet) -> str:
    """The file as plain text that any machine opens, 7-bit signs for lines."""
    return "\n".join(_text_lines(sheet)) + "\n"


def _text_lines(sheet: Sheet) -> Iterator[str]:
    yield _("In an emergency call 911. For a crisis of the mind call or text 988.")
    yield ""
    yield _("HEALTH RECORD")
    for label, text in sheet.facts:
        yield f"{label}: {text}"
    yield ""
    missing = sheet.missing
    yield _("Missing from this file:") if missing else _("Nothing is missing from this file that its maker may see.")
    yield from (f"- {one}" for one in missing)
    for part in sheet.shown:
        yield ""
        yield "=" * 72
        count = ngettext("%(num)s entry", "%(num)s entries", len(part.lines))
        yield f"{part.title.upper()} ({count})"
        yield "=" * 72
        if not part.lines:
            yield none_words(sheet)
        for line in part.lines:
            yield ""
            yield line.said + (f" [{line.status_words}]" if line.status_words else "")
            if line.plain_name:
                yield "  " + _("Clinical name: %(name)s", name=line.name)
            if line.when:
                yield "  " + _("Date: %(day)s", day=line.when)
            for label, text in line.details:
                yield f"  {label}: {text}"
            yield f"  {origin_of(line)}"
            for heading, text in sheet.texts.get(line.id, ()):
                yield ""
                if heading:
                    yield f"  {heading}"
                yield from (f"    {one}" for one in text.split("\n"))


def as_csv(sheet: Sheet) -> str:
    """The file as a table, one row an entry; a cell that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [_("Part"), _("Name"), _("Clinical name"), _("Date"), _("Sorted by"), _("State"), _("Details"),
         _("Written or done by"), _("Written down"), _("Source")]
    )  # fmt: skip
    for part in sheet.shown:
        if not part.lines:
            writer.writerow([part.title, none_words(sheet), *[""] * 8])
        for line in part.lines:
            details = "; ".join(f"{label}: {text}" for label, text in line.details)
            recorded = line.recorded_at.isoformat() if line.recorded_at else ""
            day = line.happened_on.isoformat() if line.happened_on else ""
            row = [part.title, line.said, line.name, line.when, day, line.status_words, details, line.author, recorded,
                   line.source]  # fmt: skip
            writer.writerow([guarded(cell) for cell in row])
    for sentence in sheet.missing:
        writer.writerow([_("Missing"), guarded(sentence), *[""] * 8])
    return out.getvalue()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA[:4]) else cell


def paper_of(sheet: Sheet, language: str) -> dict[str, Any]:
    """The data of `templates/pdf/record.typ`."""
    return {
        "language": language,
        "title": _("Health record of %(name)s", name=sheet.name),
        "clinic": sheet.clinic,
        "head": " · ".join(text for text in (sheet.name, sheet.born) if text),
        "printed": filters.moment(sheet.made_at),
        "facts": [{"label": label, "text": text} for label, text in sheet.facts],
        "contents": _("What is in here"),
        "missing_title": _("Missing from this file"),
        "missing": sheet.missing or [_("Nothing is missing from this file that its maker may see.")],
        "page_of": _("Page"),
        "parts": [
            {
                "title": part.title,
                "none": "" if part.lines else none_words(sheet),
                "lines": [_paper_line(sheet, line) for line in part.lines],
            }
            for part in sheet.shown
        ],
    }


def _paper_line(sheet: Sheet, line: Line) -> dict[str, Any]:
    return {
        "said": line.said,
        "clinical": _("Clinical name: %(name)s", name=line.name) if line.plain_name else "",
        "when": line.when,
        "state": line.status_words,
        "details": [f"{label}: {text}" for label, text in line.details],
        "origin": origin_of(line),
        "texts": [{"heading": heading, "lines": text.split("\n")} for heading, text in sheet.texts.get(line.id, ())],
    }


# FHIR --------------------------------------------------------------------------------------------------------------

_URN = re.compile(r'"reference":\s?"urn:uuid:([^"\\]+)"')
_OWN = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Original:
    """An original resource as its text came."""

    type: str
    fhir_id: str
    text: str


def as_bundle(
    originals: Sequence[Original], missing: Sequence[str], *, base: str, made_at: datetime, bundle_id: UUID, whole: bool
) -> str:
    """A FHIR R4 collection Bundle of original resources (hl7.org/fhir/R4/bundle.html), each once.

    References by `urn:uuid` are written as `Type/id`, so that they resolve within the Bundle. `whole` says that the
    reader sees the whole record; for others narratives, and references to what is not in the Bundle, are taken out.
    What is missing stands in an OperationOutcome. A resource whose id is none is left out, and said to be.
    """
    kept = {(one.type, one.fhir_id): one for one in originals if _OWN.match(one.fhir_id)}
    left_out = len({(one.type, one.fhir_id) for one in originals}) - len(kept)
    types = {fhir_id: kind for kind, fhir_id in kept}

    def named(found: re.Match[str]) -> str:
        kind = types.get(found[1])
        return f'"reference":"{kind}/{found[1]}"' if kind else found[0]

    entries = []
    for (kind, fhir_id), one in kept.items():
        text = _URN.sub(named, one.text)
        if not whole:
            text = json.dumps(_narrowed(json.loads(text), kept, is_top=True), ensure_ascii=False, separators=(",", ":"))
        entries.append(f'{{"fullUrl":{json.dumps(f"{base}/fhir/R4/{kind}/{fhir_id}")},"resource":{text}}}')
    said = list(missing)
    if left_out:
        said.append(f"{left_out} resources without a usable id were left out.")
    if said:
        issues = [{"severity": "information", "code": "incomplete", "diagnostics": one} for one in said]
        outcome = {"resourceType": "OperationOutcome", "id": f"{bundle_id}-missing"[:64], "issue": issues}
        url = f"urn:uuid:{bundle_id}"
        entries.append(f'{{"fullUrl":{json.dumps(url)},"resource":{json.dumps(outcome, ensure_ascii=False)}}}')
    head = {"resourceType": "Bundle", "id": str(bundle_id), "type": "collection", "timestamp": made_at.isoformat()}
    body = f',"entry":[{",".join(entries)}]' if entries else ""
    return json.dumps(head, separators=(",", ":"))[:-1] + body + "}"


def _narrowed(value: Any, kept: Mapping[tuple[str, str], Any], *, is_top: bool = False) -> Any:
    """The resource without its narrative, and without references that lead to what the reader does not get."""
    if isinstance(value, list):
        found = [_narrowed(one, kept) for one in value]
        return [one for one in found if one is not None]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("reference"), str) and not _leads_on(value["reference"], kept):
        return None
    result = {}
    for name, one in value.items():
        if is_top and name in ("text", "contained"):
            continue
        narrowed = _narrowed(one, kept)
        if narrowed is None or (narrowed in ([], {}) and one not in ([], {})):
            continue
        result[name] = narrowed
    return result


_PUBLIC = ("Practitioner", "PractitionerRole", "Organization", "Location", "Patient")


def _leads_on(reference: str, kept: Mapping[tuple[str, str], Any]) -> bool:
    kind, _slash, fhir_id = reference.rpartition("/")[0].rpartition("/")[2], "/", reference.rpartition("/")[2]
    return kind in _PUBLIC or (kind, fhir_id) in kept
