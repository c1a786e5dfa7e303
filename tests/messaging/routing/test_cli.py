"""`portal routing try`: one line a decision, one line an error, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli.routing import routing
from tests.messaging.routing.clinic import RAW

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.shows_names,  # the decision is printed for the person who asked for it
]
FIELDS = [
    "id", "topic", "secondary_topics", "urgency", "destination", "owner", "sensitive", "hide_from_liaison",
    "liaison_may_see", "restricted_reply", "reason",
]  # fmt: skip


def message(**changes: Any) -> dict[str, Any]:
    return {"id": "M1", "context_id": "T1", "sender_role": "patient", "lang": "en", "text": "Thank you!"} | changes


def run(folder: Path, messages: str, contexts: str | None = None) -> Result:
    (folder / "contexts.json").write_text(json.dumps([RAW]) if contexts is None else contexts, encoding="utf-8")
    (folder / "messages.jsonl").write_text(messages, encoding="utf-8")
    args = ["try", "--contexts", str(folder / "contexts.json"), "--messages", str(folder / "messages.jsonl")]
    return CliRunner().invoke(routing, args)


def test_each_message_gives_one_line_with_the_fields_of_the_contract(tmp_path: Path) -> None:
    lines = [message(), message(id="M2", text="Keppra refill please", gold={"topic": "x"})]
    result = run(tmp_path, "\n".join(map(json.dumps, lines)))
    decisions = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [list(d) for d in decisions] == [FIELDS, FIELDS]
    assert [d["id"] for d in decisions] == ["M1", "M2"]
    assert decisions[1]["owner"] == "dr_reed"


def test_lists_and_lines_are_read_alike(tmp_path: Path) -> None:
    as_lines = run(tmp_path, json.dumps(message()) + "\n", json.dumps(RAW) + "\n").stdout
    as_lists = run(tmp_path, json.dumps([message()], indent=1)).stdout
    assert as_lines == as_lists != ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{broken", "not valid JSON"),
        ("[1, 2", "not valid JSON"),
        ('"text"', "must be an object"),
        (json.dumps(message(context_id="NO")), "the context 'NO' is not in contexts.json"),
        (json.dumps({"id": "x", "context_id": "T1", "text": "a"}), "lacks the field 'sender_role'"),
        (json.dumps({"id": "x", "context_id": "T1", "sender_role": "patient"}), "lacks the field 'text'"),
        (json.dumps(message(sender_role="boss")), "'sender_role' must be one of"),
        (json.dumps(message(text=7)), "'text' must be a text"),
        (json.dumps(message(topic="gossip")), "names no topic"),
        (json.dumps(message(about="x")), "'about' must hold"),
    ],
)
def test_a_bad_message_is_reported_with_its_line_and_the_others_go_on(tmp_path: Path, line: str, told: str) -> None:
    result = run(tmp_path, "\n".join([json.dumps(message()), line, json.dumps(message(id="M3"))]))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "messages.jsonl:2:" in result.stderr
    assert [json.loads(x)["id"] for x in result.stdout.splitlines()] == ["M1", "M3"]
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"as_of": "today"}, "context.as_of is not a date and time"),
        ({"as_of": None}, "lacks the field 'as_of'"),
        ({"care_team": [{"name": "x"}]}, "context.care_team[0] lacks the field 'key'"),
        ({"medications": "none"}, "context.medications has the wrong type"),
        ({"absences": [{"who": "a", "from": "soon"}]}, "context.absences[0].from is not a date"),
        ({"liaison": {"key": "l"}}, "context.liaison lacks the field 'active'"),
    ],
)
def test_a_bad_context_is_reported_with_its_field(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    result = run(tmp_path, json.dumps(message()), json.dumps([RAW | change]))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_missing_files_are_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(routing, ["try", "--contexts", str(tmp_path / "a"), "--messages", str(tmp_path / "b")])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize("text", [None, "", "\ud83d", "x" * 100_000, "\u202e‮ñ🙏"])
def test_odd_texts_are_routed(tmp_path: Path, text: str | None) -> None:
    result = run(tmp_path, json.dumps(message(text=text)))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["owner"] or json.loads(result.stdout)["destination"] == "none"
