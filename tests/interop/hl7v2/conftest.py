"""Messages, and a clinic that takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portal.infra.clock import FrozenClock
from portal.interop.hl7v2 import feed
from portal.work.services import Services
from tests.interop.conftest import NOW, Importer

SAMPLES = Path(__file__).parent / "samples"
PID = "PID|1||778899^^^HOSP^MR||Vorblinth^Zyxxquar^^^^^L||19800517|F|||1 Street^^Town^ST^12345||^^PH^^^555^0101"


def message(kind: str, *segments: str, control: str = "c1", sent: str = "20261123090000", pid: str = PID) -> bytes:
    """A message of the laboratory of a hospital."""
    event = kind.partition("^")[2]
    head = rf"MSH|^~\&|LAB|HOSP|PORTAL|CLINIC|{sent}||{kind}|{control}|P|2.5.1"
    lines = [head, f"EVN|{event}|{sent}", *([pid] if pid else []), *segments]
    return ("\r".join(line for line in lines if not (line.startswith("EVN") and "ORU" in kind)) + "\r").encode()


def potassium(value: str = "4.10", *, control: str = "c1", state: str = "F", sent: str = "20261123090000",
              reported: str = "20261123083000", flag: str = "N", pid: str = PID) -> bytes:  # fmt: skip
    return message(
        "ORU^R01",
        f"OBR|1|P1|F1^LAB|24323-8^Panel^LN|||20261123070000|||||||||99^Orderer^Olga||||||{reported}||CH|{state}",
        f"OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L^^UCUM|3.5-5.1|{flag}|||{state}",
        "NTE|1||Drawn while\\.br\\fasting",
        control=control,
        sent=sent,
        pid=pid,
    )


Send = Callable[[bytes], list[str]]


@pytest.fixture
def send(services: Services, clock: FrozenClock) -> Send:
    """Gives a message in and returns the answers, as text."""
    clock.set(NOW)
    return lambda raw: [one.decode() for one in feed.receive(services, raw)]


@pytest.fixture
def kept(importer: Importer) -> Importer:
    return importer


def said(answers: list[str]) -> str:
    """The code of the only answer."""
    (only,) = answers
    return only.split("\rMSA|")[1].split("|")[0]


def why(answers: list[str]) -> str:
    """The reason in its ERR segment, and the field."""
    (only,) = answers
    fields = only.split("\rERR|")[1].split("|")
    return f"{fields[2].split('^')[1]} {fields[1]}".strip()
