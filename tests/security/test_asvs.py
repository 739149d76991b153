"""OWASP ASVS 5.0, levels 1 and 2: each requirement names its tests and mutants, or a reason.

tests/security/mutation removes the controls, and sees that the tests fail.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.printed_figures import PrintFigure
from tests.security.evidence import (
    all_evidence,
    evidence_of,
    load_requirements,
    missing_evidence,
    outcomes_of,
)

REQUIREMENTS = load_requirements("asvs.yaml")
# The number of requirements of levels 1 and 2 in each chapter of version 5.0.0.
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
OUTCOMES = ("mutants", "not_proven", "not_applicable", "deviation")


def test_every_asvs_requirement_has_exactly_one_outcome(print_figure: PrintFigure) -> None:
    ids = [row["id"] for row in REQUIREMENTS]
    outcomes = Counter(name for row in REQUIREMENTS for name in OUTCOMES if row.get(name))

    assert len(ids) == len(set(ids)) == 253
    assert Counter(int(number.partition(".")[0]) for number in ids) == CHAPTERS
    assert Counter(row["level"] for row in REQUIREMENTS) == {1: 70, 2: 183}
    assert outcomes.total() == len(REQUIREMENTS)
    assert all(row["section"] and row["requirement"] for row in REQUIREMENTS)
    print_figure(outcomes_of(REQUIREMENTS).summary)


def test_every_met_requirement_names_tests_that_run() -> None:
    assert missing_evidence(evidence_of(REQUIREMENTS)) == []
    assert all_evidence() >= {*evidence_of(REQUIREMENTS)}
    assert [row["id"] for row in REQUIREMENTS if bool(row.get("tests")) != _is_met(row)] == []


def _is_met(row: Any) -> bool:
    return "mutants" in row or "not_proven" in row


def test_every_exception_has_a_reason() -> None:
    reasons = [row[name] for row in REQUIREMENTS for name in OUTCOMES[1:] if row.get(name)]

    assert all(len(reason.split()) >= 3 for reason in reasons)


@pytest.mark.parametrize(
    "named",
    [
        "tests/security/test_asvs.py::test_that_does_not_exist",
        "tests/security/test_missing.py::test_every_met_requirement_names_tests_that_run",
        "tests/security/test_asvs.py",
        "tests/security/test_asvs.py::evidence_of",
    ],
)
def test_missing_evidence_is_found(named: str) -> None:
    assert missing_evidence([named]) == [named]


@pytest.mark.parametrize("mark", ["pytest.mark.skip", "pytest.mark.xfail(reason='later')"])
def test_test_that_may_be_skipped_is_no_evidence(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "test_later.py"
    file.write_text(f"@{mark}\ndef test_it(): ...\n\n\ndef test_this(): ...\n")

    missing = missing_evidence([f"{file}::test_it", f"{file}::test_this"])

    assert missing == [f"{file}::test_it"]


@pytest.mark.parametrize(("is_evidence", "outcome"), [(True, "failed"), (False, "skipped")])
def test_evidence_that_is_skipped_at_run_time_fails(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    is_evidence: bool,
    outcome: str,
) -> None:
    own = request.node.nodeid.partition("[")[0]
    monkeypatch.setattr("tests.conftest.all_evidence", lambda: {own} if is_evidence else set())
    skipped = pytest.CallInfo.from_call(lambda: pytest.skip("not today"), "call")

    report = request.node.ihook.pytest_runtest_makereport(item=request.node, call=skipped)

    assert report.outcome == outcome
