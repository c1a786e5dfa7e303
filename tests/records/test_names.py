"""Names of problems as people say them."""

import pytest

from portal.records.names import spoken


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("Anemia (disorder)", "Anemia"),
        ("Stress (finding)", "Stress"),
        ("Diabetes", "Diabetes"),
        ("Burn (of hand)", "Burn (of hand)"),
        ("(disorder)", "(disorder)"),
    ],
)
def test_the_terminologists_ending_is_not_said(sent, said):
    assert spoken(sent) == said
