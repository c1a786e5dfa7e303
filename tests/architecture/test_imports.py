"""Floors and rooms: who may import whom (docs/architecture.md)."""

from __future__ import annotations

import configparser
from functools import cache
from typing import Any

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.source import ROOT

FEATURES = (
    "admin", "appointments", "binder", "caregivers", "coordination", "home", "identity", "interop", "medicines",
    "outside",
    "messaging", "notifications", "people", "records", "results",
)  # fmt: skip
PRIVATE = {"routes", "routes_patient", "routes_staff", "routes_public", "forms", "pages", "notices", "jobs"}
TOP = {"app", "cli", "worker", "demo"}


@cache
def graph() -> Any:
    return grimp.build_graph("portal", cache_dir=str(ROOT / ".build" / "grimp"))


def test_every_contract_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / ".importlinter"), cache_dir=str(ROOT / ".build" / "imports"))
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def feature_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_the_doors_and_shapes_of_another_feature_are_private() -> None:
    wrong = [
        f"{importer} enters {imported}"
        for importer in sorted(graph().modules)
        for imported in sorted(graph().find_modules_directly_imported_by(importer))
        if feature_of(importer) in FEATURES
        and feature_of(imported) in FEATURES
        and feature_of(importer) != feature_of(imported)
        and imported.split(".")[-1] in PRIVATE
    ]
    assert wrong == []


def test_every_feature_keeps_its_rooms_in_order() -> None:
    """The contract of rooms names each feature; one that is forgotten would be unchecked."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = set(contracts["importlinter:contract:rooms"]["containers"].split())
    built = {f"portal.{name}" for name in FEATURES if (ROOT / "portal" / name / "__init__.py").exists()}
    assert built == named


def test_the_house_has_no_unknown_rooms() -> None:
    floors = {"web", "work", "policy", "models", "infra"}
    there = {feature_of(module) for module in graph().modules} - {""}
    assert there <= floors | TOP | set(FEATURES), there - floors - TOP - set(FEATURES)


def test_pure_rules_reach_no_database_even_through_others() -> None:
    """The contract says it of named modules; this says that those modules exist, so that a renamed one is not lost."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = contracts["importlinter:contract:pure"]["source_modules"].split()
    assert [name for name in named if name not in graph().modules] == []
