"""What the pages of the routing table may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.admin.routing_forms import DraftForm, RuleForm, TrialForm
from portal.admin.routing_words import (
    LEVEL_LABELS,
    chain_words,
    destination_words,
    reason_words,
    rule_words,
    topic_words,
)
from portal.messaging.misroutes import Tally
from portal.messaging.routing.table import EDITABLE, LEVEL_RANGE, RoutingTable
from portal.messaging.simulating import Outcome, Outcomes
from portal.messaging.tables import Version
from portal.messaging.words import PASS_ON_REASONS
from portal.models import Pool, RoutingVersion
from portal.web import filters

Pools = Mapping[str, Pool]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list."""

    name: str
    note: str
    what: str
    is_live: bool
    href: str

    @classmethod
    def of(cls, one: Version) -> VersionRow:
        if one.state == "draft":
            what = _("Begun by %(name)s on %(day)s", name=one.made_by, day=filters.day(one.made_at))
            return cls(_("Draft"), one.note, what, False, url_for("admin_routing.edit_draft"))
        day = filters.moment(one.live_at) if one.live_at else ""
        what = _("Live since %(day)s, by %(name)s", name=one.live_by or one.made_by, day=day)
        href = url_for("admin_routing.show_version", number=one.number)
        note = one.note or (_("As version %(number)s", number=one.based_on) if one.based_on else "")
        return cls(_("Version %(number)s", number=one.number), note, what, one.state == "live", href)


@dataclass(frozen=True)
class TablePage:
    """A table as it is: topics, rules, service levels."""

    title: str
    lead: str
    is_live: bool
    number: int
    topics: list[list[str]]
    rules: list[tuple[str, str]]
    levels: list[list[str]]
    versions: list[VersionRow] = field(default_factory=list)
    has_draft: bool = False
    hrefs: dict[str, str] = field(default_factory=dict)
    room: str = "routing"

    @classmethod
    def of(cls, table: RoutingTable, pools: Pools, *, is_live: bool, versions: Sequence[Version] = ()) -> TablePage:
        numbers = table.as_dict()["levels"]
        names = ("list_tables", "edit_draft", "start_draft", "try_table", "show_figures")
        hrefs = {name: url_for(f"admin_routing.{name}") for name in names}
        hrefs["restore"] = url_for("admin_routing.restore_version", number=table.version)
        name = (
            _("Version %(number)s", number=table.version)
            if table.version
            else _("The table that comes with Throughline")
        )
        return cls(
            title=_("Who answers what") if is_live else name,
            lead=_("%(name)s is live.", name=name) if is_live else "",
            is_live=is_live,
            number=table.version,
            topics=[[topic_words(topic), chain_words(table, topic, pools)] for topic in EDITABLE],
            rules=[(rule.name, rule_words(rule, pools)) for rule in table.rules],
            levels=[[str(LEVEL_LABELS[name]), str(numbers[name])] for name in LEVEL_RANGE],
            versions=[VersionRow.of(one) for one in versions],
            has_draft=any(one.state == "draft" for one in versions),
            hrefs=hrefs,
        )


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of a draft, with what can be done with it."""

    name: str
    what: str
    key: str
    href: str
    is_first: bool


@dataclass(frozen=True)
class DraftPage:
    """A draft: the table's form, its rules, what it would change."""

    title: str
    form: DraftForm
    topics: list[dict[str, Any]]
    levels: list[str]
    rules: list[RuleRow]
    replay: ReplayBox
    version: int
    hrefs: dict[str, str]
    room: str = "routing"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, row: RoutingVersion, table: RoutingTable, form: DraftForm, pools: Pools) -> DraftPage:
        names = (
            "list_tables", "save_draft", "new_rule", "discard_draft", "go_live", "try_table", "start_replay",
            "move_rule",
        )  # fmt: skip
        return cls(
            title=_("Draft of the routing table"),
            form=form,
            topics=[
                {"name": topic_words(topic), "first": form[f"first_{topic}"], "last": form[f"last_{topic}"]}
                for topic in EDITABLE
            ],
            levels=[f"level_{name}" for name in LEVEL_RANGE],
            rules=[
                RuleRow(
                    rule.name,
                    rule_words(rule, pools),
                    rule.key,
                    url_for("admin_routing.edit_rule", key=rule.key),
                    number == 0,
                )
                for number, rule in enumerate(table.rules)
            ],
            replay=ReplayBox.of(row, pools),
            version=row.version,
            hrefs={name: url_for(f"admin_routing.{name}") for name in names},
        )


@dataclass(frozen=True)
class ReplayBox:
    """What the draft would have changed on last month's questions."""

    is_asked: bool
    is_ended: bool
    done: int
    total: int
    changed: int
    lines: list[list[str]]
    href: str

    @classmethod
    def of(cls, row: RoutingVersion, pools: Pools) -> ReplayBox:
        counts = row.replay if row.replay and row.replay.get("of") == row.version else None
        found = sorted((counts or {}).get("changed", {}).items(), key=lambda item: (-item[1], item[0]))
        lines = []
        for key, number in found:
            topic, before, after = key.split("|")
            words = [destination_words(before, pools), destination_words(after, pools)]
            lines.append([topic_words(topic), *words, filters.num(number)])
        return cls(
            is_asked=counts is not None,
            is_ended=bool(counts and counts["ended"]),
            done=counts["done"] if counts else 0,
            total=counts["total"] if counts else 0,
            changed=sum(number for _key, number in found),
            lines=lines,
            href=url_for("admin_routing.edit_draft"),
        )


@dataclass(frozen=True)
class RulePage:
    """One rule of a draft."""

    title: str
    form: RuleForm
    action: str
    back_href: str
    remove_href: str | None
    version: int
    room: str = "routing"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, form: RuleForm, version: int, key: str | None) -> RulePage:
        save = url_for("admin_routing.save_rule", key=key) if key else url_for("admin_routing.create_rule")
        return cls(
            _("Change the rule") if key else _("New rule"),
            form,
            save,
            url_for("admin_routing.edit_draft"),
            url_for("admin_routing.remove_rule", key=key) if key else None,
            version,
        )


@dataclass(frozen=True, slots=True)
class OutcomeCard:
    """One decision as the simulator shows it."""

    name: str
    owner: str
    why: str
    facts: list[dict[str, str]]

    @classmethod
    def of(cls, name: str, outcome: Outcome, pools: Pools) -> OutcomeCard:
        made = outcome.decision
        urgency = {"emergency": _("Emergency"), "same_day": _("Today"), "routine": _("Routine")}[made.urgency]
        sees = {True: _("May see it"), False: _("Does not see it"), None: _("Not concerned")}[made.liaison_may_see]
        return cls(
            name,
            outcome.owner or _("Nobody: no answer was asked for"),
            made.reason,
            [
                {"key": _("Topic"), "value": topic_words(made.topic)},
                {"key": _("Urgency"), "value": urgency},
                {"key": _("By"), "value": reason_words(made.reason_code)},
                {"key": _("Goes to"), "value": destination_words(made.destination.split(":")[0], pools)},
                {"key": _("Liaison"), "value": sees},
            ],
        )


@dataclass(frozen=True)
class TrialPage:
    """The simulator."""

    title: str
    form: TrialForm
    cards: list[OutcomeCard]
    differs: bool
    has_draft: bool
    action: str
    back_href: str
    room: str = "routing"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, form: TrialForm, outcomes: Outcomes | None, pools: Pools) -> TrialPage:
        cards = []
        if outcomes is not None:
            cards.append(OutcomeCard.of(_("The live table"), outcomes.live, pools))
            if outcomes.draft is not None:
                cards.append(OutcomeCard.of(_("The draft"), outcomes.draft, pools))
        return cls(
            _("Try a message"),
            form,
            cards,
            bool(outcomes and outcomes.differs),
            len(cards) > 1,
            url_for("admin_routing.run_trial"),
            url_for("admin_routing.list_tables"),
        )


@dataclass(frozen=True)
class FiguresPage:
    """How often each way of routing was right."""

    title: str
    rows: list[list[str]]
    spans: list[dict[str, Any]]
    back_href: str
    room: str = "routing"

    @classmethod
    def of(cls, tallies: list[Tally], table: RoutingTable, days: int, spans: Sequence[int]) -> FiguresPage:
        rules = {rule.key: rule.name for rule in table.rules}
        rows = []
        for tally in tallies:
            name = reason_words(tally.reason)
            if tally.rule:
                name = f"{name}: {rules.get(tally.rule, _('a rule that was removed'))}"
            why = "; ".join(f"{PASS_ON_REASONS[kind]} ({number})" for kind, number in sorted(tally.kinds.items()))
            rows.append([name, filters.num(tally.routed), filters.num(tally.wrong), f"{tally.share:.0%}", why or "–"])
        links = [
            {
                "label": _("Last %(days)s days", days=span),
                "href": url_for("admin_routing.show_figures", days=span),
                "is_current": span == days,
                "count": None,
            }
            for span in spans
        ]
        return cls(_("How often routing was right"), rows, links, url_for("admin_routing.list_tables"))
