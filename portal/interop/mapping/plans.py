"""Care plans, goals, referrals, documents and appointments."""

from __future__ import annotations

from datetime import timedelta

from portal.interop import fhir
from portal.interop.mapping.common import Mapping, Row, status
from portal.interop.mapping.health import encounter_of
from portal.interop.reasons import Refused

_REFERRALS = frozenset({"3457005", "306206005", "103696004", "11429006", "409063005", "REF", "103697008"})


def care_plan(m: Mapping) -> Row:
    """CarePlan. Its name is its title or its own category, not the one that only says it is a plan."""
    r = m.resource
    start, end = m.period(r.get("period"))
    named = [c for c in fhir.items(r, "category") if fhir.code(c) not in ("assess-plan", None)] or fhir.items(
        r, "category"
    )
    concept = named[0] if named else {}
    activities = []
    for activity in fhir.items(r, "activity"):
        detail = activity.get("detail") if isinstance(activity.get("detail"), dict) else {}
        said = m.words(detail.get("code")) or m.plain(detail.get("description"), 400)
        said = said or m.plain(fhir.text(activity.get("reference"), "display"), 400)
        if said:
            activities.append({"name": said, "status": fhir.text(detail, "status") or "unknown"})
    name = m.plain(r.get("title"), 400) or m.words(concept) or m.plain(r.get("description"), 400) or "Care plan"
    row = m.entry(concept, status(r), happened=start, recorded=m.when(r.get("created")), name=name)
    row |= {"activities": activities[:100], "ended": end.text[:40] if end else None}
    row["author_id"] = m.practitioner(r.get("author"), *fhir.items(r, "contributor")) or m.seen_by()
    return row


def goal(m: Mapping) -> Row:
    """Goal: what is to be reached, and by when."""
    r = m.resource
    targets = fhir.items(r, "target")
    due = next((w for t in targets if (w := m.when(t.get("dueDate")))), None)
    said = [s for t in targets if (s := _target(m, t))]
    state = fhir.text(r, "lifecycleStatus") or "unknown"
    row = m.entry(r.get("description"), state, happened=m.chosen("start"), recorded=m.when(r.get("statusDate")))
    row |= {"target": m.plain("; ".join(said), 300), "due": due.text[:40] if due else None}
    row["author_id"] = m.practitioner(r.get("expressedBy"))
    return row


def _target(m: Mapping, target: fhir.Resource) -> str | None:
    what = m.words(target.get("measure"), 120)
    detail = None
    quantity = target.get("detailQuantity")
    between = target.get("detailRange")
    if isinstance(quantity, dict) and quantity.get("value") is not None:
        parts = (quantity.get("comparator"), quantity["value"], quantity.get("unit"))
        detail = " ".join(str(p) for p in parts if p)
    elif isinstance(between, dict):
        low, high = between.get("low"), between.get("high")
        ends = [str(q["value"]) for q in (low, high) if isinstance(q, dict) and q.get("value") is not None]
        detail = "–".join(ends) or None
    else:
        detail = m.words(target.get("detailCodeableConcept"), 120) or fhir.text(target, "detailString")
    return ": ".join(p for p in (what, detail) if p) or None


def referral(m: Mapping) -> Row | None:
    """ServiceRequest, when it asks that somebody else look at the patient; None for orders of tests and the like."""
    r = m.resource
    codes = {c for each in (*fhir.items(r, "category"), r.get("code")) for _, c in fhir.codes(each)}
    specialty = m.words(r.get("performerType"), 200)
    if not codes & _REFERRALS and not specialty:
        return None
    when = m.when(r.get("authoredOn")) or m.chosen("occurrence")
    row = m.entry(r.get("code") or fhir.first(r, "category"), status(r), happened=when, recorded=when)
    row["sensitivity"] = m.sensitivity(r.get("code"), r.get("performerType"), *fhir.items(r, "reasonCode"))
    row |= {"specialty": specialty, "requester_id": m.practitioner(r.get("requester")) or m.seen_by()}
    return row


def document(m: Mapping) -> Row:
    """DocumentReference. Its text stays in the sealed original."""
    r = m.resource
    attachment = fhir.first(r, "content").get("attachment")
    attachment = attachment if isinstance(attachment, dict) else {}
    state = status(r, "current")
    if state == "current" and r.get("docStatus") in ("preliminary", "entered-in-error"):
        state = r["docStatus"]
    when = m.when(r.get("date"), attachment.get("creation"))
    concept = r.get("type") or fhir.first(r, "category")
    name = m.words(concept) or m.plain(attachment.get("title"), 400) or m.plain(r.get("description"), 400) or "Document"
    row = m.entry(concept, state, happened=when, recorded=when, name=name)
    content_type = m.plain(attachment.get("contentType"), 80)
    row |= {"content_type": content_type, "author_id": m.practitioner(*_listed(r, "author"), r.get("authenticator"))}
    row["encounter_id"] = encounter_of(m)
    return row


def composition(m: Mapping) -> Row:
    """Composition: a document written as FHIR."""
    r = m.resource
    when = m.when(r.get("date"))
    name = m.plain(r.get("title"), 400) or m.words(r.get("type")) or "Document"
    row = m.entry(r.get("type"), status(r, "final"), happened=when, recorded=when, name=name)
    row |= {"content_type": "application/fhir+json", "author_id": m.practitioner(*_listed(r, "author"))}
    row["encounter_id"] = encounter_of(m)
    return row


def note_report(m: Mapping) -> Row:
    """A DiagnosticReport that carries a clinical note and no results."""
    r = m.resource
    form = fhir.first(r, "presentedForm")
    when = m.chosen("effective") or m.when(r.get("issued"))
    name = m.words(r.get("code")) or "Note"
    row = m.entry(r.get("code"), status(r), happened=when, recorded=m.when(r.get("issued")), name=name)
    author = m.practitioner(*_listed(r, "resultsInterpreter"), *_listed(r, "performer")) or m.seen_by()
    row |= {"content_type": m.plain(form.get("contentType"), 80), "author_id": author}
    row["encounter_id"] = encounter_of(m)
    return row


def _listed(r: fhir.Resource, name: str) -> list[fhir.Resource]:
    return fhir.items(r, name)


def appointment(m: Mapping) -> Row:
    """Appointment. Past or future, it keeps the wall time of the practice's zone."""
    r = m.resource
    start, end = m.when(r.get("start")), m.when(r.get("end"))
    if start is None:
        raise Refused("no-date")
    begins = start.at(m.frame.zone)
    ends = end.at(m.frame.zone) if end else None
    if ends is not None and ends < begins:
        raise Refused("impossible-date")
    minutes = r.get("minutesDuration")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= 1440:
        minutes = max(1, min(1440, int((ends - begins) / timedelta(minutes=1)))) if ends else 30
    actors = [p.get("actor") for p in fhir.items(r, "participant")]
    concepts = [*fhir.items(r, "serviceType"), *fhir.items(r, "appointmentType")]
    kind = m.plain(r.get("description"), 200) or next((w for c in concepts if (w := m.words(c, 200))), "Appointment")
    places = [d for a in actors if isinstance(a, dict) and _is_place(m, a) and (d := m.plain(a.get("display"), 200))]
    modes = {c for c in concepts for _, c in fhir.codes(c)}
    return {
        "id": m.waiting.row_id,
        "source_id": m.waiting.row_id,
        "practitioner_id": m.practitioner(*actors),
        "kind": kind,
        "place": places[0] if places else None,
        "is_video": bool(modes & {"VR", "448337001"}),
        "status": status(r)[:20],
        "local_start": begins.astimezone(m.frame.zone).replace(tzinfo=None),
        "time_zone": m.frame.zone.key,
        "starts_at": begins,
        "minutes": minutes,
        "instructions": m.plain(r.get("patientInstruction"), 1000),
        "sensitivity": m.sensitivity(*concepts, *fhir.items(r, "reasonCode"), more=kind),
        "confirmed_at": None,
        "version": 1,
    }


def _is_place(m: Mapping, actor: fhir.Resource) -> bool:
    found = m.target(actor)
    return (found is not None and found.type == "Location") or str(actor.get("reference", "")).startswith("Location/")
