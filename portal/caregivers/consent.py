"""What a grant opens, said in the groups that people think in. Pure (domain.md 8.1)."""

from __future__ import annotations

from collections.abc import Iterable

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
