"""What happens to papers after they came. Each looks again first."""

from __future__ import annotations

from uuid import UUID

from portal.binder import keeping
from portal.binder.keeping import NOTE_READ, NOTE_UPDATE, SCAN
from portal.infra.errors import Unavailable
from portal.messaging.scanning import ScannerDown, scan
from portal.models import BinderPaper
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles(SCAN)
def scan_paper(uow: UnitOfWork, paper_id: UUID) -> None:
    """Have ClamAV look at a paper. While it can't, the paper stays held and the job is tried again."""
    found = uow.scalars(uow.select(NOTE_READ, BinderPaper).where(BinderPaper.id == paper_id))
    if not found or found[0].state != "checking":
        return
    row = found[0]
    try:
        is_clean = not uow.settings.clamav or scan(uow.settings.clamav, keeping.content_of(uow, row))
    except ScannerDown as error:
        raise Unavailable("scanner-down") from error
    row.state = "clean" if is_clean else "refused"
    if not is_clean:
        keeping.drop_content(uow, row)
    uow.audit(NOTE_UPDATE, row, reason=row.state)
