"""The binder of the patient in access.csv: a section, notes, papers, packets, links and a card."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from portal.models import BinderNote, BinderOpening, BinderPacket, BinderPaper, BinderSection, BinderShare


def add_binder(clinic: Any) -> None:
    """One of each; a private note beside an open one, and a link of the trusted caregiver beside the patient's."""
    patient = {"patient_id": clinic.patient.id}
    own, trusted = clinic.actors["patient"].account_id, clinic.actors["trusted"].account_id
    clinic.rows["binder_section"] = clinic._add(BinderSection(**patient, section="problems")).id
    for label, is_private in (("", False), (" private", True)):
        words = {"section": "problems", "text": b"", "account_id": own, "made_at": clinic.now, "once": uuid4()}
        clinic.rows["binder_note" + label] = clinic._add(BinderNote(**patient, **words, is_private=is_private)).id
        file = {"name": b"", "media_type": "text/plain", "size": 1, "digest": b"", "state": "clean"}
        paper = BinderPaper(**patient, **file, account_id=own, made_at=clinic.now, is_private=is_private)
        clinic.rows["binder_paper" + label] = clinic._add(paper).id
    packet = BinderPacket(
        **patient,
        appointment_id=clinic.rows["appointment"],
        practitioner_id=clinic.actors["other_doctor"].practitioner_id,
        account_id=own,
        content=b"",
        sections=[],
        once=uuid4(),
        sent_at=clinic.now,
    )
    clinic.rows["binder_packet"] = clinic._add(packet).id
    for number, (label, account) in enumerate((("", own), (" of trusted", trusted))):
        share = BinderShare(
            **patient,
            kind="link",
            account_id=account,
            label=b"",
            sections=["medicines"],
            held=[],
            token_hash=bytes([number]) * 32,
            once=uuid4(),
            made_at=clinic.now,
            expires_at=clinic.now + timedelta(days=1),
        )
        clinic.rows["binder_share" + label] = clinic._add(share).id
    opening = BinderOpening(**patient, share_id=clinic.rows["binder_share"], outcome="opened", at=clinic.now)
    clinic.rows["binder_opening"] = clinic._add(opening).id
