"""The data model's page tells of the tables as they are."""

from __future__ import annotations

import pytest

from portal.models import Base
from scripts.data_model import SEALED, page
from tests.architecture.source import ROOT

pytestmark = pytest.mark.one_database


def test_the_page_is_what_the_models_say():
    current = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    assert current == page(), "run: python scripts/data_model.py > docs/data-model.md"


def test_every_sealed_column_exists_and_holds_bytes():
    for table, column in SEALED:
        assert Base.metadata.tables[table].c[column].type.python_type is bytes
