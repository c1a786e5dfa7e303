"""A patient, somebody to ask, and the pages between them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.caregivers.house import House
from tests.support.page import PageClient


@pytest.fixture
def house(services: Any, client: PageClient) -> House:
    return House(services, client)
