"""`portal people`: the first administrator, and help without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli.people import people
from portal.identity.provider.service import find_user
from portal.infra.crypto import write_secret_file
from portal.infra.errors import Misconfigured
from portal.models import Account
from tests.factories.people import made, make_account
from tests.support.page import PageClient
from tests.support.people_at_provider import SECRET, make_user

pytestmark = pytest.mark.shows_names("the operator asked who has an account")


@pytest.fixture
def run(services: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """The command on this test's database and keys."""
    keys = folder / "ring.json"
    write_secret_file(keys, services.ring.dump())
    monkeypatch.setenv("PORTAL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PORTAL_KEY_FILE", str(keys))
    monkeypatch.setenv("PORTAL_BASE_URL", settings.base_url)
    monkeypatch.setenv("PORTAL_ENVIRONMENT", "test")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(people, list(arguments), catch_exceptions=True)

    return call


def test_the_first_administrator_gets_a_one_time_link(run: Any, client: PageClient, services: Any, clock: Any) -> None:
    from datetime import UTC, datetime

    clock.set(datetime.now(UTC))
    done = run("create-admin", "Ada Administrator", "--email", "ada@example.org")
    assert done.exit_code == 0, done.output
    link = done.output.splitlines()[0]
    assert link.startswith("http://localhost/invitation/")
    assert client.get(link).h1 == "Welcome"
    with made(services) as session:
        assert session.query(Account).one().is_admin
    assert "Ada Administrator" in run("list", "--admins").output


def test_a_new_link_for_somebody_who_has_none(run: Any, services: Any) -> None:
    with made(services) as session:
        account_id = str(make_account(session).id)
    assert "/invitation/" in run("invite", account_id).output
    assert isinstance(run("invite", "nonsense").exception, Misconfigured)


def test_no_link_for_somebody_who_signs_in_already(run: Any, services: Any) -> None:
    with made(services) as session:
        account = make_account(session)
    make_user(services, account=account)
    assert isinstance(run("invite", str(account.id)).exception, Misconfigured)


def test_a_lost_second_step_is_reset_after_asking(run: Any, services: Any) -> None:
    with made(services) as session:
        account = make_account(session)
    user = make_user(services, account=account, totp_secret=SECRET)
    assert run("reset-factor", str(account.id)).exit_code == 1, "without an answer nothing happens"
    done = run("reset-factor", str(account.id), "--yes")
    assert done.exit_code == 0, done.output
    found = find_user(services, user_id=user.id)
    assert found is not None
    assert not found.has_totp
