"""A value is as private as the report it stands in."""

from __future__ import annotations

import pytest

from tests.interop.conftest import Importer, observation, patient
from tests.interop.conftest import importer as importer

REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "category": [{"coding": [{"code": "LAB"}]}],
    "code": {"text": "HIV-1 antibody test"},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-11-02T08:00:00Z",
    "result": [{"reference": "Observation/k1"}],
}
PLAIN = observation(code={"text": "Comment"}, valueQuantity=None, valueString="See the report.")
PLAIN.pop("valueQuantity")


@pytest.mark.parametrize("together", [True, False])
def test_a_plain_line_of_a_private_report_is_private(importer: Importer, together: bool) -> None:
    if together:
        importer(importer.write(patient(), PLAIN, REPORT))
    else:
        importer(importer.write(patient(), PLAIN))
        importer(importer.write(REPORT))
    assert importer.one("SELECT sensitivity FROM report") == "HIV"
    assert importer.one("SELECT sensitivity FROM result") == "HIV"


def test_one_private_value_does_not_make_the_others_of_a_panel_private(importer: Importer) -> None:
    panel = {**REPORT, "code": {"text": "Blood panel"}}
    panel["result"] = [{"reference": "Observation/k1"}, {"reference": "Observation/k2"}]
    private = observation(id="k2", code={"text": "HIV-1 antibody"}, valueString="Not detected")
    private.pop("valueQuantity")
    importer(importer.write(patient(), observation(), private, panel))
    assert importer.rows("SELECT sensitivity FROM result ORDER BY sensitivity IS NULL") == [("HIV",), (None,)]
