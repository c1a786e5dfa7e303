"""Fixtures for all tests. What each promises is in its docstring; `tests/support` holds the machinery.

One run, two databases: a test that asks for a database, directly or through `app`, `client`, …, runs once on each that
`--database` names. `make test` names both.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import canary as canary_words
from tests.support import quick_addresses
from tests.support.network import stay_here

if TYPE_CHECKING:
    from flask import Flask

    from portal.infra.clock import FrozenClock
    from portal.infra.database import Database
    from portal.infra.settings import Settings
    from portal.work.services import Services
    from tests.support.demo import Clinic
    from tests.support.openid_provider import Provider
    from tests.support.page import PageClient
    from tests.support.statements import Statements

KINDS = ("sqlite", "postgresql")
NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # a Tuesday, 11:00 at the practice
SHARED = pytest.StashKey[Path]()
SERVER = pytest.StashKey[Any]()

# Nothing of the shell that starts the tests may reach the portal under test.
for _name in [name for name in os.environ if name.startswith(("PORTAL_", "FLASK_"))]:
    del os.environ[_name]


# --- one run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=[*KINDS, "both"],
        default="sqlite",
        help="which database the tests use that need one (make test: both)",
    )


def databases_of(config: pytest.Config) -> tuple[str, ...]:
    chosen = config.getoption("--database")
    return KINDS if chosen == "both" else (chosen,)


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads makes the folder (and the PostgreSQL server) that all workers share."""
    quick_addresses.install()
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[SHARED] = Path(given["shared"])
        return
    config.stash[SHARED] = Path(tempfile.mkdtemp(prefix="throughline-tests-", dir=_quick_folder()))
    config.stash[SHARED].chmod(0o755)  # PostgreSQL runs as another user when we are root
    if "postgresql" in databases_of(config) and not config.option.collectonly:
        from tests.support.postgres import PostgresServer

        config.stash[SERVER] = PostgresServer(config.stash[SHARED] / "postgresql")
        config.stash[SERVER].start()


def _quick_folder() -> str | None:
    """Memory, where there is enough: databases of tests are thrown away, and waiting for a disk proves nothing."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1_500_000_000:
        return str(memory)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if SERVER in config.stash:
        config.stash[SERVER].stop()
    if SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    return f"databases: {', '.join(databases_of(config))}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that needs a database runs on each database chosen."""
    if "database_kind" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_database") or "e2e" in metafunc.definition.path.parts
        kinds = ("sqlite",) if alone else databases_of(metafunc.config)
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """The canary in what was printed and logged: names and clinical words do not belong there."""
    report = yield
    if call.when == "call" and report.passed and not item.get_closest_marker("shows_names"):
        for place, content in report.sections:
            words = canary_words.found_in(content)
            if words:
                lines = [line for line in content.splitlines() if canary_words.found_in(line)]
                report.outcome = "failed"
                report.longrepr = f"the canary sang: {words} in {place.lower()}:\n" + "\n".join(lines[:5])
                break
    return report


# --- every test


@pytest.fixture(autouse=True)
def _on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stay_here(monkeypatch)


@pytest.fixture
def canary() -> Any:
    """Odd words to plant as names, texts and values; any that leaves the pages fails the test."""
    return canary_words


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at Tuesday 10 March 2026, 15:00 UTC, until `clock.move(minutes=5)` or `clock.set(…)`."""
    return _standing()


# --- databases


@pytest.fixture(scope="session")
def shared_folder(request: pytest.FixtureRequest) -> Path:
    """A folder for what all workers of this run make once and share."""
    return request.config.stash[SHARED]


@pytest.fixture(scope="session")
def _worker(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def _sqlite_databases(shared_folder: Path) -> Any:
    from tests.support.databases import SQLiteDatabases

    return SQLiteDatabases(shared_folder)


@pytest.fixture(scope="session")
def _postgres_databases(shared_folder: Path, _worker: str) -> Any:
    from tests.support.databases import PostgresDatabases

    return PostgresDatabases(shared_folder, shared_folder / "postgresql", _worker)


@pytest.fixture
def folder(shared_folder: Path, _worker: str) -> Iterator[Path]:
    """A folder of this test's own, in memory where there is enough of it."""
    path = Path(tempfile.mkdtemp(prefix=f"{_worker}-", dir=shared_folder))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`: which of the two this run of the test uses."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_url(
    database_kind: str, folder: Path, shared_folder: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a clean, migrated database. Afterwards its job, notice and audit rows hold no canary."""
    from tests.support.databases import leaks_in
    from tests.support.demo import copy_postgres, copy_sqlite

    with_demo = request.node.get_closest_marker("demo") is not None
    values = request.getfixturevalue("settings_values") if with_demo else {}
    if database_kind == "sqlite":
        sqlite = request.getfixturevalue("_sqlite_databases")
        url = copy_sqlite(sqlite, shared_folder, folder, values, _standing()) if with_demo else sqlite.new(folder)
        yield url
        leaked = leaks_in(url)
    else:
        postgres = request.getfixturevalue("_postgres_databases")
        name = ""
        if with_demo:
            name, url = copy_postgres(postgres, shared_folder, values, _standing())
        else:
            url = postgres.new()
        yield url
        leaked = leaks_in(url)
        if name:
            postgres.drop(name)
        else:
            postgres.wipe()
    assert not leaked, "the canary sang in the database:\n" + "\n".join(leaked)


def _standing() -> Any:
    from portal.infra.clock import FrozenClock

    return FrozenClock(NOW)


@pytest.fixture
def empty_database_url(database_kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without tables, for tests of the migrations themselves."""
    if database_kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.sqlite3'}"
        return
    databases = request.getfixturevalue("_postgres_databases")
    name, url = databases.copy()
    yield url
    databases.drop(name)


# --- the portal


@pytest.fixture
def settings_values(folder: Path) -> dict[str, Any]:
    """What `settings` is made of; a test or a conftest may override this fixture to change a value."""
    return {
        "environment": "test",
        "data_dir": folder / "var",
        "base_url": "http://localhost",
        "worker": "separate",
        "argon2_memory_kib": 8,
        "argon2_time": 1,
        "log_level": "debug",
    }


@pytest.fixture
def settings(settings_values: dict[str, Any], database_url: str) -> Settings:
    """Settings of a portal under test: folder and keys of its own, quick password hashes, jobs only when asked for."""
    from portal.infra.settings import Settings

    return Settings(database_url=database_url, **settings_values)


@pytest.fixture
def services(settings: Settings, clock: FrozenClock) -> Iterator[Services]:
    """What units of work stand on: settings, database, clock, keys."""
    from portal.work.services import Services

    made = Services.build(settings, clock)
    yield made
    made.database.dispose()


@pytest.fixture
def app(settings: Settings, services: Services, shared_folder: Path) -> Flask:
    """The whole portal on this test's database and clock, CSRF and guards on."""
    from jinja2 import FileSystemBytecodeCache

    from portal.app import create_app

    flask = create_app(settings, services=services)
    handle = flask.handle_user_exception

    def remember(error: Exception) -> Any:
        """People get a page; whoever reads a failed test gets the error behind it."""
        flask.extensions["last error"] = error
        return handle(error)

    flask.handle_user_exception = remember  # type: ignore[method-assign]
    compiled = shared_folder / "templates"
    compiled.mkdir(exist_ok=True)
    flask.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return flask


@pytest.fixture
def demo(services: Services, request: pytest.FixtureRequest) -> Clinic:
    """The demo clinic of a test that is marked `demo`: `demo.account("margery.gibson")`, `demo.person(…)`."""
    from tests.support.demo import Clinic

    assert request.node.get_closest_marker("demo"), "mark the test with @pytest.mark.demo"
    return Clinic(services)


@pytest.fixture
def database(services: Services) -> Database:
    """The migrated database of this test."""
    return services.database


@pytest.fixture
def count_statements(services: Services) -> Callable[[], AbstractContextManager[Statements]]:
    """`with count_statements() as seen: …` then `seen.at_most(12)`."""
    from tests.support.statements import count_statements

    return lambda: count_statements(services.database.engine)


@pytest.fixture
def client(app: Flask, settings: Settings) -> PageClient:
    """A browser without JavaScript where nobody is signed in; `client.as_(account)` gives one where somebody is."""
    from tests.support.page import PageClient
    from tests.support.sessions import sign_in

    return PageClient(app, settings.base_url, sign_in)


# --- an independent OpenID provider


@pytest.fixture
def openid_provider() -> Iterator[Callable[..., Provider]]:
    """`openid_provider(redirect_uris=[…], post_logout_redirect_uris=[…])` starts one, stopped when the test ends."""
    from contextlib import ExitStack

    from tests.support.openid_provider import start_provider

    with ExitStack() as running:
        yield lambda **given: running.enter_context(start_provider(**given))
