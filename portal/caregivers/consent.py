"""What a grant opens, said in the groups that people think in. Pure (domain.md 8.1)."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.infra.dates import at_wall, date_in

GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("messages", frozenset({"messages_read", "messages_send"})),
    ("results", frozenset({"results"})),
    ("visits", frozenset({"appointments_view", "appointments_manage"})),
    ("medicines", frozenset({"meds_view", "meds_edit", "refills"})),
    ("record", frozenset({"record_basic", "notes", "documents"})),
    ("care_plan", frozenset({"care_plan_view", "care_plan_edit"})),
    ("forms", frozenset({"forms"})),
    ("billing", frozenset({"billing"})),
    ("sharing", frozenset({"binder_export", "share_link"})),
)
ACTS = frozenset(
    {"messages_send", "appointments_manage", "meds_edit", "refills", "care_plan_edit", "forms", "share_link"}
)


def groups_of(scopes: Iterable[str]) -> list[str]:
    """The groups that at least one of the scopes opens, in the order they are told."""
    held = set(scopes)
    return [name for name, members in GROUPS if held & members]


def sensitive_of(scopes: Iterable[str]) -> list[str]:
    """The sensitive categories that were opened by name (HL7 codes), sorted."""
    codes = (scope.removeprefix("sensitive:") for scope in scopes if scope.startswith("sensitive:"))
    return sorted(code for code in codes if code.isupper())


def may_act(scopes: Iterable[str]) -> bool:
    """Whether the grant lets its holder do something, not only look."""
    return bool(ACTS & set(scopes))


# Giving access ---------------------------------------------------------------------------------------------------

VIEW_ONLY = frozenset(
    {
        "record_basic", "meds_view", "results", "notes", "documents", "appointments_view", "messages_read",
        "care_plan_view", "billing",
    }
)  # fmt: skip
HELPER = frozenset(
    {"appointments_view", "appointments_manage", "messages_read", "messages_send", "meds_view", "care_plan_view"}
)
LIAISON_BASE = frozenset({"appointments_view", "messages_send", "care_plan_view"})  # LIA-2
SEES = (
    "messages_read", "results", "appointments_view", "meds_view", "record_basic", "notes", "documents",
    "care_plan_view", "billing",
)  # fmt: skip
DOES = (
    "messages_send", "appointments_manage", "meds_edit", "refills", "care_plan_edit", "forms", "binder_export",
    "share_link",
)  # fmt: skip
ALL = frozenset(SEES + DOES)
PRESETS = {"view": VIEW_ONLY, "helper": HELPER, "full": ALL}
# Doing something with what one may not see makes no sense: the look comes with it, and is said before it is given.
IMPLIED = {
    "appointments_manage": "appointments_view",
    "meds_edit": "meds_view",
    "refills": "meds_view",
    "care_plan_edit": "care_plan_view",
}
CATEGORIES = ("HIV", "STD", "SEX", "PSY", "ETH", "GDIS")  # SDV is given to nobody (PRX-6)
INVITED_BY_PATIENT = ("liaison", "backup", "proxy", "family")
DEFAULT_MONTHS = 18
SOON_DAYS = 30


def completed(kind: str, scopes: Iterable[str]) -> frozenset[str]:
    """The scopes of a grant of this kind: what was chosen, what that needs, and what the kind brings with it.

    Relatives who follow updates have no scopes. Unknown words fall away.
    """
    if kind == "family":
        return frozenset()
    chosen = set(scopes) & ALL
    if kind in ("liaison", "backup"):
        chosen |= LIAISON_BASE
    return frozenset(chosen | {IMPLIED[scope] for scope in chosen if scope in IMPLIED})


def with_categories(scopes: Iterable[str], categories: Iterable[str]) -> frozenset[str]:
    """The scopes with the sensitive categories that were signed for."""
    return frozenset(scopes) | {f"sensitive:{code}" for code in categories if code in CATEGORIES}


def plain_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes that a person chose, without what is kept beside them for the database."""
    return frozenset(set(scopes) & ALL)


def default_end(today: date, months: int = DEFAULT_MONTHS) -> date:
    """The same day `months` later, or the last of that month."""
    year, month = divmod(today.month - 1 + months, 12)
    last = calendar.monthrange(today.year + year, month + 1)[1]
    return date(today.year + year, month + 1, min(today.day, last))


def stops_at(ends_on: date, zone: ZoneInfo) -> datetime:
    """The instant from which a grant that ends on this day opens nothing: 00:00 of the next day (PRX-2)."""
    return at_wall(ends_on + timedelta(days=1), time(), zone)


def last_day(stops: datetime, zone: ZoneInfo) -> date:
    """The last day of a grant that opens nothing from this instant on."""
    return date_in(stops - timedelta(seconds=1), zone)


def birthday(born: date, age: int) -> date:
    """The day somebody reaches an age; of 29 February, 1 March in other years (GEN-4)."""
    year = born.year + age
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)


def ends_soon(kind: str, ends_at: datetime | None, now: datetime) -> bool:
    """Whether the patient should think about renewing: what the law or a paper gives is not theirs to renew."""
    return ends_at is not None and kind not in ("parent", "representative") and ends_at - now <= timedelta(SOON_DAYS)
