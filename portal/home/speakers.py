"""Who may be told what: the caregivers of a patient as the desk needs them. Private matters are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.caregivers.consent import groups_of, may_act
from portal.caregivers.evidence import Paper, paper_words
from portal.caregivers.service import Held
from portal.caregivers.words import group_words, staff_kind_words
from portal.infra.i18n import known
from portal.web import filters

NEW = timedelta(days=7)  # the team is told of a new liaison for a week (LIA-1)


@dataclass(frozen=True, slots=True)
class Speaker:
    """One caregiver: as what, what they may be told, until when, and on which paper it rests."""

    name: str
    kind: str
    relation: str
    told: str
    until: str
    paper: str
    is_liaison: bool
    is_new: bool

    @classmethod
    def of(cls, held: Held, now: datetime, paper: Paper | None) -> Speaker:
        groups = [group_words(group) for group in groups_of(held.scopes)]
        told = ", ".join(groups) if groups else _("Nothing from the record: family updates only")
        if may_act(held.scopes):
            told = _("%(what)s; may act on some of these", what=told)
        text = ""
        if paper:
            text = paper_words(paper.what)
            if paper.expires_on:
                text = _("%(paper)s, holds until %(day)s", paper=text, day=filters.day(paper.expires_on))
        return cls(
            name=held.name,
            kind=staff_kind_words(held.kind),
            relation=known(held.relation),
            told=told,
            until=filters.day(held.ends_at - timedelta(seconds=1)) if held.ends_at else _("No end date"),
            paper=text,
            is_liaison=held.kind == "liaison",
            is_new=held.kind == "liaison" and now - held.starts_at < NEW,
        )


def speakers(held: Sequence[Held], papers: dict[object, Paper], now: datetime) -> list[Speaker]:
    """All of them, the liaison first."""
    return [Speaker.of(each, now, papers.get(each.id)) for each in held]
