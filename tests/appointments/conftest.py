"""What tests of visits share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.appointments.world import World


@pytest.fixture
def world(services: Any) -> World:
    return World(services)
