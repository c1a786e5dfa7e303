"""Every command that is listed exists, and says what it does."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from portal.cli import COMMANDS, Commands

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_listed_command_has_help(name: str) -> None:
    answer = CliRunner().invoke(Commands(), [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert "Usage:" in answer.output
