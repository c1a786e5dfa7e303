"""Walks the live URL map: every door says who may enter, and its address keeps the house rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import BaseConverter, Rule, UnicodeConverter

from portal.policy.actions import Action
from portal.web.door import DECLARED

pytestmark = pytest.mark.one_database
PUBLIC = Path(__file__).with_name("public_routes.txt")


@pytest.fixture
def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def methods(rule: Rule) -> set[str]:
    return set(rule.methods or ()) - {"HEAD", "OPTIONS"}


def told(rule: Rule) -> str:
    return f"{'/'.join(sorted(methods(rule)))} {rule.rule} ({rule.endpoint})"


def test_there_are_doors(rules: list[Rule]) -> None:
    assert len(rules) > 20


def test_every_address_went_through_a_door(rules: list[Rule]) -> None:
    assert [told(rule) for rule in rules if rule.endpoint not in DECLARED] == []


def test_every_door_names_an_action_or_why_it_is_public(rules: list[Rule]) -> None:
    wrong = []
    for rule in rules:
        declared = DECLARED.get(rule.endpoint)
        if declared is not None and (isinstance(declared.may, Action) == bool(declared.because)):
            wrong.append(told(rule))
    assert wrong == []


def test_the_public_doors_are_the_reviewed_ones(rules: list[Rule]) -> None:
    """A new public address is written into `public_routes.txt` by whoever has thought about it."""
    public = {
        f"{'/'.join(sorted(methods(r)))} {r.rule}" for r in rules if (d := DECLARED.get(r.endpoint)) and d.because
    }
    reviewed = {line.split("  ")[0].strip() for line in PUBLIC.read_text().splitlines() if line and line[0] != "#"}
    assert sorted(public - reviewed) == [], "public, and not reviewed"
    assert sorted(reviewed - public) == [], "reviewed, and not there (any more)"


def test_one_view_has_one_method(rules: list[Rule]) -> None:
    assert [told(rule) for rule in rules if len(methods(rule)) != 1 or not methods(rule) <= {"GET", "POST"}] == []


def test_only_reading_hangs_on_a_get(rules: list[Rule]) -> None:
    wrong = []
    for rule in rules:
        declared = DECLARED.get(rule.endpoint)
        if declared is not None and declared.may is not None:
            reads = declared.may.value.endswith(":read")
            if reads != (methods(rule) == {"GET"}):
                wrong.append(f"{told(rule)} may {declared.may.value}")
    assert wrong == []


def converters(rule: Rule) -> dict[str, BaseConverter]:
    return dict(rule._converters)


def test_every_id_in_an_address_has_a_type(rules: list[Rule]) -> None:
    """An id is a uuid, a secret has a longest length, a choice is one of a list: all else is 404 before it is read."""

    def is_open(converter: Any) -> bool:
        return type(converter) is UnicodeConverter and not re.search(r"\{(1,)?\d+\}$", converter.regex)

    wrong = [f"{told(rule)} {name}" for rule in rules for name, c in converters(rule).items() if is_open(c)]
    assert wrong == []


def test_the_person_is_in_the_address_of_their_record(rules: list[Rule]) -> None:
    people = [rule for rule in rules if rule.rule.startswith("/people/")]
    assert people
    assert [told(rule) for rule in people if "person_id" not in rule.arguments] == []
    assert [
        told(r) for r in rules if "person_id" in r.arguments and not r.rule.startswith(("/people/", "/desk/"))
    ] == []


def test_addresses_are_lower_case_words(rules: list[Rule]) -> None:
    wrong = []
    for rule in rules:
        fixed = re.sub(r"<[^>]+>", "x", rule.rule)
        if not re.fullmatch(r"(/(\.well-known|[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?|x(\.[a-z]+)?))+|/", fixed):
            wrong.append(told(rule))
    assert wrong == []


def test_views_are_called_by_what_they_do(rules: list[Rule]) -> None:
    """`list_ show_ edit_` read; `create_ update_` and the verbs of the domain write."""
    reading = ("list_", "show_", "edit_")
    writing = ("create_", "update_")
    wrong = []
    for rule in rules:
        name = rule.endpoint.rsplit(".", 1)[-1]
        if (name.startswith(writing) and methods(rule) == {"GET"}) or (
            name.startswith(reading) and methods(rule) == {"POST"}
        ):
            wrong.append(told(rule))
    assert wrong == []
