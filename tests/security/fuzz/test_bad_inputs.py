"""Every row of the catalog of bad inputs is tested, or names the reason why it does not apply."""

from tests.printed_figures import PrintFigure
from tests.security.evidence import evidence_of, load_requirements, missing_evidence
from tests.security.fuzz.test_one_request import ROWS

CATALOG = load_requirements("bad_inputs.yaml")
SINGLE_REQUEST_ROWS = {bad.row for bad in ROWS}


def test_every_bad_input_is_tested_or_not_applicable(print_figure: PrintFigure) -> None:
    tested = [it for it in CATALOG if it["row"] in SINGLE_REQUEST_ROWS or it.get("tests")]
    not_applicable = [it for it in CATALOG if it.get("not_applicable")]

    assert len(tested) + len(not_applicable) == len(CATALOG)
    assert len({it["row"] for it in CATALOG}) == len(CATALOG)
    assert {it["row"] for it in CATALOG} >= SINGLE_REQUEST_ROWS
    print_figure(f"bad inputs: {len(tested)} rows tested, with {len(ROWS)} single requests")


def test_every_test_named_in_the_catalog_exists() -> None:
    assert missing_evidence(evidence_of(CATALOG)) == []
