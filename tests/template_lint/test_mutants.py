"""The template lint detects every mutant of the template, but for known survivors."""

import pytest

from tests.printed_figures import PrintFigure
from tests.template_lint import Source
from tests.template_lint.mutation.mutants import Mutant
from tests.template_lint.mutation.run import (
    MutantResult,
    list_mutants,
    run_mutants,
    survivor_reasons,
)
from tests.template_lint.mutation.trees import REMOVED, get_at, replace_at

SOURCE = Source.in_folder()
STEP = 5  # every fifth mutant; `--long` and `shop mutation-test` run all


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> list[MutantResult]:
    mutants = list_mutants(SOURCE)
    long: bool = request.config.getoption("--long")
    return list(run_mutants(SOURCE, mutants if long else mutants[::STEP]))


def test_no_mutant_survives_without_a_reason(
    results: list[MutantResult], print_figure: PrintFigure
) -> None:
    survivors = [it.mutant.name for it in results if not it.detected_by]
    print_figure(f"mutants: {len(results) - len(survivors)} of {len(results)} detected")

    assert [name for name in survivors if name not in survivor_reasons()] == []


def test_there_are_more_than_two_hundred_distinct_mutants() -> None:
    names = [(it.name, machine) for it, machine in list_mutants(SOURCE)]

    assert len(names) == len(set(names)) > 200


def test_every_survival_reason_names_a_mutant() -> None:
    assert set(survivor_reasons()) <= {it.name for it, _ in list_mutants(SOURCE)}


def test_the_unchanged_template_has_no_finding() -> None:
    """Otherwise the lint would detect every mutant."""
    same = Mutant(("Resources", "EmailQueue", "Type"), "AWS::SQS::Queue")

    (result,) = run_mutants(SOURCE, [(same, "")])

    assert result.detected_by == ""


def test_replacing_one_value_leaves_the_tree_unchanged() -> None:
    tree = {"a": [{"b": 1}, {"c": 2}], "d": 3}

    assert replace_at(tree, ("a", 0, "b"), 9) == {"a": [{"b": 9}, {"c": 2}], "d": 3}
    assert replace_at(tree, ("a", 1), REMOVED) == {"a": [{"b": 1}], "d": 3}
    assert replace_at(tree, ("e",), 4) == {**tree, "e": 4}
    assert tree == {"a": [{"b": 1}, {"c": 2}], "d": 3}
    assert get_at(tree, ("a", 5), "nothing") == "nothing"
