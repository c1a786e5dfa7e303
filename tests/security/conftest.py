"""The practice that attacks are tried on."""

from __future__ import annotations

import pytest

from portal.work.services import Services
from tests.messaging.world import World


@pytest.fixture
def world(services: Services) -> World:
    return World(services)
