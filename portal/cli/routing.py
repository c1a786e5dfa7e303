"""`portal routing`: try the routing table on messages in a file, before it goes live. Needs no database, no settings."""  # noqa: E501

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from portal.messaging.routing import SENDER_ROLES, About, Context, ContextError, Incoming, route
from portal.messaging.routing.table import DEFAULT, BadTable, RoutingTable
from portal.messaging.routing.types import TOPICS

Item = tuple[str, Any]  # where it stands, its JSON


class Complaints:
    """Errors go to stderr with file and line; the work goes on."""

    count = 0

    def add(self, where: str, what: str) -> None:
        self.count += 1
        click.echo(f"{where}: {what}", err=True)


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _from_list(text: str, name: str, complaints: Complaints) -> Iterator[Item]:
    """The items of a JSON list, each with its line; after a broken one nothing more can be read."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text):
            complaints.add(f"{name}:{_line_of(text, at)}", "the list has no end")
            return
        if text[at] == "]":
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            place = getattr(error, "pos", at)
            complaints.add(
                f"{name}:{_line_of(text, place)}", f"not valid JSON ({getattr(error, 'msg', 'nested too deeply')})"
            )
            return
        yield f"{name}:{_line_of(text, at)}", value
        at = end


def read_items(path: Path, complaints: Complaints) -> Iterator[Item]:
    """The items of a JSON list or of a file with one JSON object a line, with the place of each."""
    name = path.name
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            head = ""
            number = 0
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                if not head:
                    head = line.lstrip()[:1]
                    if head == "[":
                        break
                try:
                    yield f"{name}:{number}", json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
                    complaints.add(f"{name}:{number}", f"not valid JSON ({what})")
            else:
                return
        yield from _from_list(path.read_text(encoding="utf-8-sig", errors="replace"), name, complaints)
    except OSError as error:
        complaints.add(name, f"cannot be read ({error.strerror})")


def _word(data: dict[str, Any], key: str, required: bool = False) -> str | None:
    value = data.get(key)
    if value is None:
        if required:
            raise ContextError(f"the message lacks the field '{key}'")
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and key == "id":
        return str(value)
    if not isinstance(value, str):
        raise ContextError(f"the field '{key}' must be a text")
    return value


def parse_message(data: Any) -> tuple[str, Incoming]:
    """(context id, message). Raises ContextError, which says what is missing or wrong."""
    if not isinstance(data, dict):
        raise ContextError("the message must be an object")
    role = _word(data, "sender_role", required=True)
    if role not in SENDER_ROLES:
        raise ContextError(f"the field 'sender_role' must be one of {', '.join(sorted(SENDER_ROLES))}")
    if "text" not in data:
        raise ContextError("the message lacks the field 'text'")
    about, topic = data.get("about"), _word(data, "topic")
    if topic is not None and topic not in TOPICS:
        raise ContextError("the field 'topic' names no topic")
    if about is not None and not (
        isinstance(about, dict) and isinstance(about.get("kind"), str) and about.get("id", about.get("name"))
    ):
        raise ContextError("the field 'about' must hold 'kind' and 'id' or 'name'")
    message = Incoming(
        id=_word(data, "id", required=True),
        sender_role=role or "patient",
        sender_key=_word(data, "sender_key"),
        audience=_word(data, "audience"),
        lang=_word(data, "lang") or "en",
        subject=_word(data, "subject"),
        text=_word(data, "text") or "",
        about=About(about["kind"], str(about.get("id", about.get("name")))) if about else None,
        topic=topic,
    )
    return _word(data, "context_id", required=True) or "", message


def read_contexts(path: Path, complaints: Complaints) -> dict[str, Context]:
    """The contexts of a file by id; broken ones are reported and left out."""
    contexts: dict[str, Context] = {}
    for where, data in read_items(path, complaints):
        try:
            context = Context.parse(data)
        except ContextError as error:
            complaints.add(where, str(error))
            continue
        if context.context_id in contexts:
            complaints.add(where, f"the context '{context.context_id}' occurs twice; the first one counts")
            continue
        contexts[context.context_id] = context
    return contexts


def read_table(path: Path, complaints: Complaints) -> RoutingTable | None:
    """The routing table in a file; None when it can't be used, and every problem is told."""
    try:
        return RoutingTable.parse(json.loads(path.read_text(encoding="utf-8-sig")), 0)
    except OSError as error:
        complaints.add(path.name, f"cannot be read ({error.strerror})")
    except BadTable as error:
        for problem in error.problems:
            complaints.add(path.name, f"{problem.place}: {problem.code}")
    except (ValueError, AttributeError, RecursionError):
        complaints.add(path.name, "not a JSON object")
    return None


@click.group("routing")
def routing() -> None:
    """Try the routing of messages."""


@routing.command("try")
@click.option(
    "--contexts", required=True, type=click.Path(path_type=Path), help="JSON list (or one object a line) of contexts."
)
@click.option(
    "--messages", required=True, type=click.Path(path_type=Path), help="One JSON object a line (or a JSON list)."
)
@click.option("--table", type=click.Path(path_type=Path), help="JSON of a routing table; without it, the product's.")
def try_routing(contexts: Path, messages: Path, table: Path | None) -> None:
    """Print one decision a line for each message. Exit code 2 when anything could not be read."""
    complaints = Complaints()
    by = read_table(table, complaints) if table else DEFAULT
    if by is None:
        raise click.exceptions.Exit(2)
    known = read_contexts(contexts, complaints)
    for where, data in read_items(messages, complaints):
        try:
            context_id, message = parse_message(data)
            context = known.get(context_id)
            if context is None:
                raise ContextError(f"the context '{context_id}' is not in {contexts.name}")
        except ContextError as error:
            complaints.add(where, str(error))
            continue
        line = json.dumps(route(context, message, table=by).as_contract(), ensure_ascii=False)
        sys.stdout.write(line.encode("utf-8", "replace").decode("utf-8") + "\n")
    if complaints.count:
        raise click.exceptions.Exit(2)


@routing.command("train")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write; without it, the product's file."
)
def train_routing(out: Path | None) -> None:
    """Make the model file anew from the corpus. Needs the packages of requirements/training.txt."""
    try:
        from portal.messaging.routing.training.build import build, model_file
    except ModuleNotFoundError as error:
        click.echo(f"Training needs {error.name}: pip install -r requirements/training.txt", err=True)
        raise click.exceptions.Exit(2) from error
    data = build()
    target = out or model_file()
    target.write_bytes(data)
    click.echo(f"{target.name}: {len(data)} bytes")


@routing.command("judge")
def judge_routing() -> None:
    """Print the figures for voices the weights never heard, with confusion tables. Needs the packages for training."""
    try:
        from portal.messaging.routing.training.judge import report
    except ModuleNotFoundError as error:
        click.echo(f"Judging needs {error.name}: pip install -r requirements/training.txt", err=True)
        raise click.exceptions.Exit(2) from error
    click.echo(report())


if __name__ == "__main__":
    routing()
