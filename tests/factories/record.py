"""Lines of a record for tests: results, reports, medicines, allergies, problems, visits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.models import (
    Account,
    Allergy,
    Appointment,
    Condition,
    Medication,
    Person,
    Practitioner,
    Report,
    ReportUnread,
    Result,
    ResultComment,
)
from tests.factories.people import now_of

ZONE = ZoneInfo("America/New_York")


def make_report(session: Session, patient: Person, name: str = "Basic metabolic panel", **more: Any) -> Report:
    """A final laboratory report, drawn and released yesterday."""
    at = more.pop("at", now_of(session) - timedelta(days=1))
    values = {"category": "laboratory", "status": "final", "effective_at": at, "issued_at": at, "released_at": at}
    report = Report(patient_id=patient.id, name=name, **{**values, **more})
    session.add(report)
    session.flush()
    return report


def make_result(
    session: Session,
    patient: Person,
    value: str | float | None = "5.6",
    *,
    report: Report | None = None,
    name: str = "Potassium [Moles/volume] in Serum or Plasma",
    **more: Any,
) -> Result:
    """A final potassium of 5.6 mmol/L against 3.5 to 5.1, drawn and released when its report was (else yesterday)."""
    at = more.pop("at", report.effective_at if report else now_of(session) - timedelta(days=1))
    number = None if value is None else Decimal(str(value))
    values: dict[str, Any] = {
        "report_id": report.id if report else None,
        "code": "2823-3",
        "code_system": "http://loinc.org",
        "category": "laboratory",
        "status": "final",
        "value": number,
        "decimals": None if number is None else max(0, -int(number.as_tuple().exponent)),
        "unit": "mmol/L" if number is not None else None,
        "low": Decimal("3.5") if number is not None else None,
        "high": Decimal("5.1") if number is not None else None,
        "components": [],
        "effective_at": at,
        "issued_at": at,
        "released_at": at,
    }
    result = Result(patient_id=patient.id, name=name, **{**values, **more})
    session.add(result)
    session.flush()
    return result


def make_blood_pressure(session: Session, patient: Person, high: int = 142, low: int = 84, **more: Any) -> Result:
    """A blood pressure with its two components and no range, as home monitors and most records send it."""
    components = [
        {"code": "8480-6", "name": "Systolic blood pressure", "value": high, "unit": "mmHg", "text": None},
        {"code": "8462-4", "name": "Diastolic blood pressure", "value": low, "unit": "mmHg", "text": None},
    ]
    values = {"code": "85354-9", "category": "vital-signs", "components": components, "name": "Blood pressure panel"}
    return make_result(session, patient, None, **{**values, **more})


def mark_unread(session: Session, report: Report, account: Account) -> ReportUnread:
    """The account has not opened the report yet."""
    mark = ReportUnread(
        patient_id=report.patient_id, report_id=report.id, account_id=account.id, created_at=report.effective_at
    )
    session.add(mark)
    session.flush()
    return mark


def make_comment(session: Session, result: Result, author: Practitioner, text: str) -> ResultComment:
    """A clinician's words on a result, sealed with the patient's key."""
    from portal.policy.actors import Actor
    from portal.work.unit_of_work import UnitOfWork

    session.commit()
    with UnitOfWork.open(session.info["services"], Actor.system("demo.build"), write=True) as uow:
        from portal.policy.actions import Action

        comment = ResultComment(
            patient_id=result.patient_id, result_id=result.id, author_id=author.id, created_at=uow.now, body=b""
        )
        comment.body = uow.seal(result.patient_id, "result_comment.body", comment.id, text)
        uow.add(comment)
        uow.audit(Action.RESULT_COMMENT_CREATE, comment)
    return comment


def make_medicine(
    session: Session, patient: Person, name: str = "Lisinopril 10 MG Oral Tablet", **more: Any
) -> Medication:
    """An active prescribed medicine."""
    values = {"status": "active", "sig": "Take 1 tablet by mouth once a day", "happened_on": date(2026, 1, 5)}
    medicine = Medication(patient_id=patient.id, name=name, **{**values, **more})
    session.add(medicine)
    session.flush()
    return medicine


def make_allergy(session: Session, patient: Person, name: str = "Penicillin", **more: Any) -> Allergy:
    """An active, confirmed allergy."""
    values = {"status": "active", "verification": "confirmed", "criticality": "high", "reaction": "Hives"}
    allergy = Allergy(patient_id=patient.id, name=name, **{**values, **more})
    session.add(allergy)
    session.flush()
    return allergy


def make_problem(session: Session, patient: Person, name: str = "Hypertension", **more: Any) -> Condition:
    """An active problem."""
    values = {"status": "active", "happened_on": date(2019, 5, 2), "happened": "2019-05-02"}
    problem = Condition(patient_id=patient.id, name=name, **{**values, **more})
    session.add(problem)
    session.flush()
    return problem


def make_visit(
    session: Session,
    patient: Person,
    practitioner: Practitioner | None = None,
    *,
    at: datetime | None = None,
    **more: Any,
) -> Appointment:
    """A booked visit, the day after tomorrow at the practice, half an hour."""
    at = at or now_of(session) + timedelta(days=2)
    values = {
        "practitioner_id": practitioner.id if practitioner else None,
        "kind": "Primary care visit",
        "place": "Primary care, 2nd floor",
        "status": "booked",
        "local_start": at.astimezone(ZONE).replace(tzinfo=None),
        "time_zone": "America/New_York",
        "starts_at": at.astimezone(UTC),
    }
    visit = Appointment(patient_id=patient.id, **{**values, **more})
    session.add(visit)
    session.flush()
    return visit
