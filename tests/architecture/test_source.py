"""House rules that a reader of the source can check: no clock but one, no raw SQL, no long modules, no inline code."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import ROOT, calls, imported_from, modules, templates

LONGEST = 400
LONGER: dict[str, int] = {}  # exceptions; they only shrink
SQL_ALLOWED = ("portal/infra/", "portal/models/", "portal/work/", "portal/policy/")  # models: conditions of indexes
CLOCK = "portal/infra/clock.py"
READS_THE_CLOCK = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today|fromtimestamp|utcfromtimestamp)$|^time\.(time|time_ns|localtime|gmtime)$"
)
HAS_TIME = {"fromtimestamp"}  # with an argument it reads nothing


def test_only_one_module_reads_the_clock() -> None:
    wrong = [
        f"{path}:{call.lineno} {name}"
        for path, tree in modules().items()
        if path != CLOCK
        for name, call in calls(tree)
        if READS_THE_CLOCK.search(name) and name.rsplit(".", 1)[-1] not in HAS_TIME
    ]
    assert wrong == [], "take the time from uow.now or from the clock that was passed in"


def test_raw_sql_and_sessions_belong_to_the_ground() -> None:
    wrong = []
    for path, tree in modules().items():
        if path.startswith(SQL_ALLOWED):
            continue
        names = imported_from(tree, "sqlalchemy")
        for name, call in calls(tree):
            last = name.rsplit(".", 1)[-1]
            raw = last == "exec_driver_sql" or (name in names and name in ("text", "Session", "sessionmaker"))
            if raw or name in ("sa.text", "sqlalchemy.text", "orm.Session"):
                wrong.append(f"{path}:{call.lineno} {name}(")
    assert wrong == [], "queries are built from the models and go through a unit of work"


def test_nothing_commits_but_the_unit_of_work() -> None:
    wrong = [
        f"{path}:{call.lineno} {name}()"
        for path, tree in modules().items()
        if not path.startswith(("portal/infra/", "portal/work/", "portal/worker.py"))
        for name, call in calls(tree)
        if name.endswith((".commit", ".rollback"))
    ]
    assert wrong == []


def test_the_policy_never_catches() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if path.startswith("portal/policy/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
    ]
    assert wrong == [], "a door that opens on error gets used"


def test_no_module_is_longer_than_one_can_read() -> None:
    lengths = {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in modules("portal", "tests", "scripts", "benchmarks")
    }
    assert {path: n for path, n in lengths.items() if n > LONGER.get(path, LONGEST)} == {}


def test_html_is_made_by_templates_only() -> None:
    """Markup made by hand escapes nothing; only filters, texts and kept pieces, which escape values, may make it."""
    wrong = [
        f"{path}:{call.lineno}"
        for path, tree in modules().items()
        if path
        not in ("portal/web/filters.py", "portal/web/forms.py", "portal/web/fragments.py", "portal/web/wording.py")
        for name, call in calls(tree)
        if name.rsplit(".", 1)[-1] == "Markup"
    ]
    assert wrong == []


BANNED = {
    r"\|\s*safe\b": "nothing is marked safe by hand",
    r"autoescape\s+false": "everything is escaped",
    r"<script(?![^>]*\bsrc=)": "no inline script",
    r"<style\b": "no style element",
    r"\sstyle\s*=": "no inline style",
    r"<[^>{%]*\son[a-z]+\s*=": "no inline handler",
    r"\bhx-on\b|\bhx-on:": "no inline handler of htmx",
    r"javascript:": "no code in addresses",
    r"""(?:src|href)=["']https?://(?!\{)""": "no address of another host in a page",
}


@pytest.mark.parametrize("pattern", BANNED, ids=BANNED.values())
def test_templates_hold_no(pattern: str) -> None:
    wrong = []
    for path in templates():
        if "emails" in path.parts:
            continue
        source = re.sub(
            r"\{#.*?#\}", lambda m: "\n" * m.group().count("\n"), path.read_text(encoding="utf-8"), flags=re.S
        )
        for match in re.finditer(pattern, source, flags=re.I):
            wrong.append(f"{path.relative_to(ROOT)}:{source[: match.start()].count(chr(10)) + 1} {match.group()!r}")
    assert wrong == [], BANNED[pattern]


def test_locks_name_no_host() -> None:
    locks = [
        *ROOT.glob("requirements/*.txt"),
        *ROOT.glob("package-lock.json"),
        *ROOT.glob("tests/**/package-lock.json"),
    ]
    assert locks
    wrong = []
    for path in locks:
        if "node_modules" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"https?://|\bgit\+|\"resolved\"", line) and '"url": "https://' not in line:
                wrong.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}")
    assert wrong == []


def test_locks_pin_everything_with_hashes() -> None:
    for path in ROOT.glob("requirements/*.txt"):
        entries = re.split(r"\n(?=[a-zA-Z0-9])", path.read_text(encoding="utf-8"))
        loose = [e.splitlines()[0] for e in entries if "==" in e and "--hash=sha256:" not in e]
        assert loose == [], path.name
