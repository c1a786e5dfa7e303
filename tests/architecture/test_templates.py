"""Templates: each can be compiled, each is used, and each that a view names is there."""

from __future__ import annotations

import ast
import re

import pytest
from flask import Flask
from jinja2 import nodes

from tests.architecture.source import ROOT, TEMPLATES, calls, dotted, modules, templates

pytestmark = pytest.mark.one_database
NAME = re.compile(r"^[a-z_]+(/[a-z0-9_.-]+)+\.(html|txt|xml)$")


def named_in_code() -> dict[str, str]:
    """Every template that Python names → where."""
    found = {}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.match(node.value):
                found[node.value] = f"{path}:{node.lineno}"
    return found


def references(app: Flask, name: str) -> set[str]:
    """Templates that this one extends, includes, imports or keeps a piece of."""
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    tree = app.jinja_env.parse(source)
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    found = set()
    for node in tree.find_all(kinds):
        for constant in (
            [node.template] if isinstance(node.template, nodes.Const) else node.template.find_all(nodes.Const)
        ):
            found.add(constant.value)
    pieces = [call for call in tree.find_all(nodes.Call) if getattr(call.node, "name", None) == "kept"]
    return found | {call.args[0].value for call in pieces}


@pytest.fixture
def names() -> list[str]:
    return [path.relative_to(TEMPLATES).as_posix() for path in templates()]


def test_every_template_compiles(app: Flask, names: list[str]) -> None:
    assert names
    for name in names:
        app.jinja_env.get_template(name)


def test_every_template_that_is_named_exists(app: Flask, names: list[str]) -> None:
    missing = [f"{where} names {name}" for name, where in named_in_code().items() if name not in names]
    missing += [f"{n} uses {other}" for n in names for other in references(app, n) if other not in names]
    assert missing == []


def test_no_template_is_left_over(app: Flask, names: list[str]) -> None:
    # Parts of the kit may wait for a page: the tests of the kit use them.
    python = "".join((ROOT / path).read_text(encoding="utf-8") for path in modules("portal", "tests"))
    used = {name for name in names if name in python}.union(*(references(app, name) for name in names))
    # Those whose names are put together at run time: one for each error and each notice.
    made_up = ("errors/", "emails/", "sms/")
    assert [name for name in names if name not in used and not name.startswith(made_up)] == []


def test_a_page_is_called_like_its_endpoint() -> None:
    """`messaging.show_thread` renders `messaging/show_thread.html`: whoever has one finds the other."""
    wrong = []
    for path, tree in modules().items():
        if not path.rsplit("/", 1)[-1].startswith("routes"):
            continue
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            # A POST that finds mistakes shows the page of its GET again.
            doors = [d for d in function.decorator_list if dotted(getattr(d, "func", d)) == "door.get"]
            for name, call in calls(function):
                texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                pages = [t for t in texts if NAME.match(t) and not t.rsplit("/", 1)[-1].startswith("_")]
                if name == "respond" and doors and pages and not pages[0].endswith(f"/{function.name}.html"):
                    wrong.append(f"{path}:{call.lineno} {function.name} renders {pages[0]}")
    assert wrong == []


def test_fragments_stand_alone(app: Flask, names: list[str]) -> None:
    """A fragment is sent by itself: it brings its own macros and inherits from nothing."""
    wrong = []
    for name in names:
        if name.rsplit("/", 1)[-1].startswith("_") and not name.startswith(("errors/", "layouts/", "ui/")):
            tree = app.jinja_env.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
            if list(tree.find_all(nodes.Extends)):
                wrong.append(name)
    assert wrong == []
