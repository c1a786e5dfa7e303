"""What became of an offered time: accepted, passed on, or let lapse."""

from __future__ import annotations

from portal.models import Hold, WaitlistEntry, WaitlistOffer
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


def settle(uow: UnitOfWork, kept: Hold, state: str) -> None:
    """Write down the answer to the offer behind a kept time, if there is one; who passes goes on waiting.

    `state` is accepted, passed or expired. Whoever waits next is looked for after the commit.
    """
    if kept.offer_id is None:
        return
    act = Action.APPOINTMENT_REQUEST_UPDATE
    offers = uow.scalars(
        uow.select(act, WaitlistOffer, within=kept.patient_id).where(WaitlistOffer.id == kept.offer_id)
    )
    for offer in offers:
        if offer.state != "open":
            continue
        offer.state, offer.answered_at = state, uow.now
        entries = uow.select(act, WaitlistEntry, within=kept.patient_id).where(WaitlistEntry.id == offer.entry_id)
        for entry in uow.scalars(entries):
            if entry.state == "offered":
                entry.state = "accepted" if state == "accepted" else "waiting"
        uow.audit(act, offer, reason=state)
        if state != "accepted":
            uow.later("appointments.offer_freed", offer.id, key=f"freed:{offer.id}:{state}")
