"""The ledger of OWASP ASVS 5.0, level 2: nothing is met without a test that runs and passes."""

from collections import Counter
from pathlib import Path

import pytest

from tests.printed_figures import PrintFigure
from tests.security.ledger import evidence, ledger, not_proven, proofs

LEDGER = ledger("asvs.yaml")
# How many requirements of levels 1 and 2 each chapter of version 5.0.0 has.
CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
OUTCOMES = ("tests", "not_applicable", "deviation")


def test_every_requirement_is_answered_once(print_figure: PrintFigure) -> None:
    ids = [it["id"] for it in LEDGER]
    answers = Counter(name for it in LEDGER for name in OUTCOMES if it.get(name))

    assert len(ids) == len(set(ids)) == 253
    assert Counter(int(it.partition(".")[0]) for it in ids) == CHAPTERS
    assert Counter(it["level"] for it in LEDGER) == {1: 70, 2: 183}
    assert answers.total() == len(LEDGER)
    applicable = len(LEDGER) - answers["not_applicable"]
    print_figure(f"ASVS 5.0 level 2: {answers['tests']} of {applicable} met that apply")


def test_what_is_met_names_a_test_that_runs() -> None:
    assert not_proven(proofs(LEDGER)) == []
    assert evidence() >= {*proofs(LEDGER)}


def test_a_reason_is_a_sentence_of_its_own() -> None:
    reasons = [it[name] for it in LEDGER for name in OUTCOMES[1:] if it.get(name)]

    assert all(len(reason.split()) >= 3 for reason in reasons)


@pytest.mark.parametrize(
    "named",
    [
        "tests/security/test_asvs.py::test_that_was_never_written",
        "tests/security/test_nowhere.py::test_what_is_met_names_a_test_that_runs",
        "tests/security/test_asvs.py",
        "tests/security/test_asvs.py::proofs",
    ],
)
def test_a_claim_without_a_test_is_noticed(named: str) -> None:
    assert not_proven([named]) == [named]


@pytest.mark.parametrize("mark", ["pytest.mark.skip", "pytest.mark.xfail(reason='later')"])
def test_a_test_that_need_not_pass_proves_nothing(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "test_later.py"
    file.write_text(f"@{mark}\ndef test_it(): ...\n\n\ndef test_this(): ...\n")

    assert not_proven([f"{file}::test_it", f"{file}::test_this"]) == [f"{file}::test_it"]


@pytest.mark.parametrize(("proof", "outcome"), [(True, "failed"), (False, "skipped")])
def test_a_proof_that_is_skipped_while_it_runs_has_failed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, proof: bool, outcome: str
) -> None:
    own = request.node.nodeid.partition("[")[0]
    monkeypatch.setattr("tests.conftest.evidence", lambda: {own} if proof else set())
    skipped = pytest.CallInfo.from_call(lambda: pytest.skip("not today"), "call")

    report = request.node.ihook.pytest_runtest_makereport(item=request.node, call=skipped)

    assert report.outcome == outcome
