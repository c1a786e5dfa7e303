"""Lists that must agree with each other: settings with their page, jobs with their handlers."""

from __future__ import annotations

import ast
import importlib
import re

import pytest
from pydantic import SecretStr

from portal.infra.settings import PREFIX, Settings
from tests.architecture.source import ROOT, calls, modules

PAGE = ROOT / "docs" / "configuration.md"


def documented() -> dict[str, str]:
    """Setting → the rest of its row in the table of the page."""
    rows = re.findall(rf"^\| `({PREFIX}[A-Z0-9_]+)` \|(.*)\|\s*$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return dict(rows)


def test_the_configuration_page_names_every_setting_and_no_other() -> None:
    assert sorted(documented()) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_configuration_page_says_what_the_setting_does(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description, f"{name} has no description"
    assert description in documented().get(PREFIX + name.upper(), "")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_configuration_page_says_the_default(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = default.get_secret_value() if isinstance(default, SecretStr) else default
    told = documented().get(PREFIX + name.upper(), "").split("|")[0].strip()
    assert told == (f"`{shown}`" if shown not in ("", None) else "")


def jobs_enqueued() -> dict[str, str]:
    """Kind of job → where it is enqueued, as far as it is written in the source."""
    found = {}
    for path, tree in modules().items():
        for name, call in calls(tree):
            if name.endswith(".later") or name in ("outbox.add", "outbox.enqueue"):
                for argument in call.args[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value:
                        found.setdefault(argument.value, f"{path}:{call.lineno}")
    return found


def test_every_job_that_is_enqueued_has_a_handler() -> None:
    from portal.work.outbox import HANDLERS

    importlib.import_module("portal.app")
    importlib.import_module("portal.worker")
    missing = [f"{kind} ({where})" for kind, where in jobs_enqueued().items() if kind not in HANDLERS]
    assert missing == []


def test_every_handler_handles_a_job_that_somebody_enqueues() -> None:
    from portal.work.outbox import HANDLERS

    importlib.import_module("portal.worker")
    texts = {
        node.value
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if not path.endswith("/jobs.py")
    }
    assert [kind for kind in HANDLERS if kind not in jobs_enqueued() and kind not in texts] == []


def test_a_kind_of_job_is_named_after_its_feature() -> None:
    from portal.work.outbox import HANDLERS

    importlib.import_module("portal.worker")
    wrong = [k for k, handler in HANDLERS.items() if not handler.__module__.startswith(f"portal.{k.split('.')[0]}.")]
    assert wrong == []
