"""A carrier on loopback, a clinic that uses it, and a mail server that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.notifications import jobs
from tests.messaging.world import World
from tests.notifications.test_notices import Post
from tests.notifications.texting import Carrier, settings_of


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    found = Carrier()
    yield found
    found.stop()


@pytest.fixture
def texting(services: Any, carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> World:
    """A clinic that sends text messages."""
    monkeypatch.setattr(services, "settings", services.settings.model_copy(update=settings_of(carrier)))
    return World(services)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    found = Post()
    monkeypatch.setattr(jobs, "mailer", lambda _settings: found)
    return found
