"""The corpus beside this module: invented messages, their labels, and who of its voices is in which part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from portal.messaging.routing.context import Context
from portal.messaging.routing.types import SENDER_ROLES, SENSITIVE, TOPICS, URGENCIES, Incoming

FOLDS = 6
_CORPUS = files("portal.messaging.routing.training") / "corpus"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. `topics` and `urgencies` hold every acceptable label, the preferred one first."""

    id: str
    voice: str
    role: str
    lang: str
    text: str
    topics: tuple[str, ...]
    urgencies: tuple[str, ...]
    subject: str | None = None
    also: tuple[str, ...] = ()
    sensitive: str | None = None
    hide: bool = False
    concern: bool = False
    addressee: str | None = None
    past: bool = False
    new_referral: bool = False
    conditions: tuple[str, ...] = ()
    medications: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    context: Context | None = None  # the whole record it was written about, where its author made one

    @property
    def message(self) -> Incoming:
        audience = "family" if self.role == "provider" else None
        return Incoming(self.text, sender_role=self.role, subject=self.subject, lang=self.lang, audience=audience)


def example(data: dict[str, Any]) -> Example:
    """One line of the corpus. Raises ValueError for a label that does not exist."""
    topics = tuple(dict.fromkeys((data["topic"], *(data.get("ok_topics") or ()))))
    urgencies = tuple(dict.fromkeys((data["urgency"], *(data.get("ok_urgency") or ()))))
    chart = data.get("chart") or {}
    note = (chart["note"],) if chart.get("note") else ()
    found = Example(
        id=data["id"], voice=data["voice"], role=data["role"], lang=data["lang"], text=data["text"],
        topics=topics, urgencies=urgencies, subject=data.get("subject"), also=tuple(data.get("also") or ()),
        sensitive=data.get("sensitive"), hide=bool(data.get("hide")), concern=bool(data.get("concern_about_liaison")),
        addressee=data.get("addressee"), past=bool(data.get("past")), new_referral=bool(data.get("new_referral")),
        conditions=(*(chart.get("conditions") or ()), *note), medications=tuple(chart.get("medications") or ()),
        tags=tuple(data.get("tags") or ()), context=_records()[data["context"]] if data.get("context") else None,
    )  # fmt: skip
    wrong = ({*topics, *found.also} - set(TOPICS)) | (set(urgencies) - set(URGENCIES))
    wrong |= {found.role} - SENDER_ROLES
    wrong |= ({found.sensitive} - set(SENSITIVE)) if found.sensitive else set()
    if wrong:
        raise ValueError(f"{found.id}: unknown labels {sorted(wrong)}")
    return found


def _texts(ending: str) -> list[tuple[str, str]]:
    found = [f for f in _CORPUS.iterdir() if f.name.endswith(ending)]
    return [(f.name, f.read_text(encoding="utf-8")) for f in sorted(found, key=lambda f: f.name)]


@cache
def _records() -> dict[str, Context]:
    """The records some messages were written about, by name: the files `*-contexts.json`."""
    found = [Context.parse(one) for _, text in _texts("-contexts.json") for one in json.loads(text)]
    return {context.context_id: context for context in found}


def load() -> list[Example]:
    """All examples, in the order of the files."""
    return [example(json.loads(line)) for _, text in _texts(".jsonl") for line in text.splitlines() if line.strip()]


def fingerprint() -> str:
    """The SHA-256 of the corpus files, which the model made from them carries."""
    digest = hashlib.sha256()
    for name, text in (*_texts(".jsonl"), *_texts("-contexts.json")):
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def fold_of(voice: str, voices: Iterable[str]) -> int:
    """The part of a voice. All messages of a voice stay together, so that a score is never about a voice heard before."""  # noqa: E501
    return sorted(set(voices)).index(voice) % FOLDS
