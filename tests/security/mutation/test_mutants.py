"""The control mutants fit the code, each claim names some, and a sample of them is detected."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure
from tests.security.mutation.changes import changed_claims
from tests.security.mutation.claims import Claim, judge, load_claims, named_tests
from tests.security.mutation.mutants import Mutant, load_mutants
from tests.security.mutation.workspace import Workspace

MUTANTS = load_mutants()
CLAIM = Claim("1.1.1", "A control", ("test_a", "test_b"), ("one", "other"))
MUTANT = Mutant("one", "app.py", "if denied", "if False")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda it: it.name)
def test_mutant_fits_its_file(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text()

    assert mutant.applied(text) != text
    if mutant.file.endswith(".py"):
        compile(mutant.applied(text), mutant.file, "exec")


def test_every_mutant_serves_a_claim() -> None:
    assert {*named_tests(load_claims())} == {*MUTANTS}


def test_each_claim_with_mutants_names_tests() -> None:
    assert [claim.id for claim in load_claims() if not claim.tests] == []


@pytest.mark.parametrize("text", ["nothing of it", "if denied: if denied:"])
def test_mutant_that_does_not_occur_once_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"one: its text must occur once in app\.py"):
        MUTANT.applied(text)


@pytest.mark.parametrize(
    ("detected_by", "survivors", "idle"),
    [
        ({"one": {"test_a"}, "other": {"test_b", "test_c"}}, (), ()),
        ({"one": {"test_a", "test_b"}, "other": {"test_c"}}, ("other",), ()),
        ({"one": {"test_a"}, "other": {"test_a"}}, (), ("test_b",)),
    ],
)
def test_claim_bites_if_each_mutant_is_detected_and_each_test_detects_one(
    detected_by: dict[str, set[str]], survivors: tuple[str, ...], idle: tuple[str, ...]
) -> None:
    result = judge(CLAIM, {name: frozenset(tests) for name, tests in detected_by.items()})

    assert (result.survivors, result.idle) == (survivors, idle)
    assert result.bites == (not survivors and not idle)


def test_mutant_is_planted_in_the_copy_only_while_it_is_tested(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("if denied: raise\n")
    times = [file.stat().st_mtime]

    with Workspace(tmp_path).planted(MUTANT):
        assert file.read_text() == "if False: raise\n"
        times.append(file.stat().st_mtime)
    times.append(file.stat().st_mtime)

    assert file.read_text() == "if denied: raise\n"
    assert len({*times}) == 3


def test_claim_that_a_revision_does_not_have_counts_as_changed() -> None:
    before_all_claims = changed_claims([CLAIM], {"one": MUTANT, "other": MUTANT}, "HEAD")

    assert before_all_claims == [CLAIM]


def test_sample_and_changed_claims_bite(print_figure: PrintFigure) -> None:
    """A few, as a quick check; `shop mutation-test --asvs` removes every control."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.security.mutation", "--quick"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    print_figure(result.stdout.splitlines()[-2])
