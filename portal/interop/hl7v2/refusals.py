"""Why a message was not taken, or only in part; each said in one sentence that holds nothing of the message."""

from __future__ import annotations

from typing import Final

# code: (HL7 table 0357, sentence)
WHY: Final[dict[str, tuple[str, str]]] = {
    # nothing is kept of these: the sender is told at once (AR, CR)
    "no-header": ("100", "The message does not begin with an MSH segment."),
    "no-control-id": ("101", "The message has no control id (MSH-10)."),
    "too-large": ("102", "The message is larger than is taken."),
    "null-character": ("102", "The message holds a null character."),
    "charset": ("103", "The character set is not one that is taken."),
    "characters": ("102", "The bytes are not of the character set that is named."),
    "separators": ("102", "The separators in MSH-1 and MSH-2 are not usable."),
    "segment": ("102", "A line does not begin with the name of a segment."),
    "frame": ("102", "The frame is broken."),
    "type": ("200", "Messages of this type are not taken here."),
    "event": ("201", "Messages of this event are not taken here."),
    "processing-id": ("202", "Messages of this processing id are not taken here."),
    "control-id-reused": ("205", "This control id belongs to another message of this sender."),
    # kept, and waiting for a person (AE)
    "no-patient-segment": ("100", "There is no PID segment."),
    "no-identifier": ("101", "The patient has no identifier in PID-3."),
    "no-name": ("101", "The patient has no name or no birth date, so no chart is made."),
    "identity-differs": ("204", "The identifier is somebody else's here."),
    "two-people": ("204", "The identifiers lead to two people."),
    "possible-duplicate": ("204", "Somebody of this name and birth date is here under another number."),
    "unknown-patient": ("204", "The patient is not known here."),
    "merge": ("207", "Two charts are to be merged. A person decides about that."),
    "nothing-to-take": ("101", "The message holds nothing that could be taken."),
    "no-appointment-id": ("101", "The appointment has no id (SCH-1, SCH-2)."),
    "no-time": ("101", "The appointment has no time."),
    "no-document-id": ("101", "The document has no number (TXA-12)."),
    "no-document": ("101", "The document has no content (OBX)."),
    "unknown-document": ("204", "The document that is replaced or cancelled is not known here."),
    "bad-base64": ("102", "The content of the document is not what its encoding says."),
    "impossible-date": ("102", "A date can't be."),
    "not-stored": ("207", "The record could not be changed. It can be tried again."),
    # taken, with something to look at (AA with a warning)
    "partly": ("207", "Some of the message could not be taken."),
    "overlaps": ("207", "The visit was taken; its time meets another visit."),
    "older": ("207", "A newer version was here already."),
}


class Unaccepted(Exception):
    """A message, or what it asks, is not taken. `code` is a key of `WHY`; `place` names a field (`PID-3`)."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.place = place
