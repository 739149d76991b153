"""Every row of the catalogue of bad inputs is tested, or says why there is nothing to test."""

from tests.printed_figures import PrintFigure
from tests.security.fuzz.test_one_request import ROWS
from tests.security.ledger import ledger, not_proven, proofs

CATALOGUE = ledger("bad_inputs.yaml")
ASKED = {bad.row for bad in ROWS}


def test_every_row_is_tested_or_says_why_not(print_figure: PrintFigure) -> None:
    tested = [it for it in CATALOGUE if it["row"] in ASKED or it.get("tests")]
    left_out = [it for it in CATALOGUE if it.get("not_here")]

    assert len(tested) + len(left_out) == len(CATALOGUE) == len({it["row"] for it in CATALOGUE})
    assert {it["row"] for it in CATALOGUE} >= ASKED
    print_figure(f"bad inputs: {len(tested)} rows tested, {len(ROWS)} single requests among them")


def test_every_test_that_a_row_names_is_there() -> None:
    assert not_proven(proofs(CATALOGUE)) == []


def test_a_proof_that_is_none_is_found() -> None:
    here = "tests/security/fuzz/test_catalogue.py"

    assert not_proven([f"{here}::test_a_proof_that_is_none_is_found"]) == []
    assert not_proven([f"{here}::test_that_never_was", "tests/nowhere.py::test_it", here]) != []
