"""Settings: a typing error stops the start, and production refuses what is unsafe."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from portal.cli.checks import guard, problems
from portal.infra.crypto import KeyRing
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("PORTAL_"):
            monkeypatch.delenv(name)


def test_the_defaults_work_on_one_machine():
    settings = Settings.load()
    assert settings.issuer == "http://127.0.0.1:8000/idp"
    assert settings.database.startswith("sqlite:////")
    assert problems(settings) == []


def test_an_unknown_name_stops_the_start(monkeypatch):
    monkeypatch.setenv("PORTAL_BASE_ULR", "https://x.example")
    with pytest.raises(Misconfigured, match="PORTAL_BASE_ULR is not a setting"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "portal.example.org"),
        ("BASE_URL", "https://portal.example.org/path"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("IDLE_MINUTES", "600"),
        ("ENVIRONMENT", "prod"),
    ],
)
def test_a_bad_value_is_said_with_its_name(monkeypatch, name, value):
    monkeypatch.setenv(f"PORTAL_{name}", value)
    with pytest.raises(Misconfigured, match=f"PORTAL_{name}: "):
        Settings.load()


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    monkeypatch.setenv("PORTAL_SMTP_PASSWORD_FILE", str(secret))
    assert Settings.load().smtp_password.get_secret_value() == "s3cret"
    monkeypatch.setenv("PORTAL_SMTP_PASSWORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(Misconfigured, match="can't read"):
        Settings.load()


def test_secrets_do_not_print():
    assert "hush" not in repr(Settings(smtp_password=SecretStr("hush")))


def safe(tmp_path, **changes):
    values = {
        "environment": "production",
        "base_url": "https://portal.example.org",
        "mail": "smtp",
        "data_dir": tmp_path,
        **changes,
    }
    KeyRing.open(tmp_path / "keys.json", create=True)
    return Settings(**values)


def test_a_safe_production_starts(tmp_path):
    guard(safe(tmp_path))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_url": "http://portal.example.org"}, "PORTAL_BASE_URL"),
        ({"demo": True}, "PORTAL_DEMO"),
        ({"mail": "log"}, "PORTAL_MAIL"),
        ({"argon2_memory_kib": 1024}, "PORTAL_ARGON2"),
        ({"oidc_issuer": "http://idp.example"}, "PORTAL_OIDC_ISSUER"),
        ({"oidc_issuer": "https://idp.example"}, "PORTAL_OIDC_CLIENT_SECRET"),
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path, changes, words):
    with pytest.raises(Misconfigured, match=words):
        guard(safe(tmp_path, **changes))


def test_production_refuses_to_start_without_keys(tmp_path):
    settings = Settings(
        environment="production", base_url="https://portal.example.org", mail="smtp", data_dir=tmp_path / "none"
    )
    with pytest.raises(Misconfigured, match="key file"):
        guard(settings)
