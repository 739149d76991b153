"""Every wrong edge of the template is caught by a rule, or says why not."""

import pytest

from tests.printed_figures import PrintFigure
from tests.template_lint import Source
from tests.template_lint.mutation.mutants import Mutant
from tests.template_lint.mutation.run import Tried, all_mutants, reasons, try_all
from tests.template_lint.mutation.trees import GONE, at, changed

OURS = Source.in_folder()
QUICK = 5  # each fifth of them; `--long` and `shop mutate` try all


@pytest.fixture(scope="module")
def tried(request: pytest.FixtureRequest) -> list[Tried]:
    mutants = all_mutants(OURS)
    long: bool = request.config.getoption("--long")
    return list(try_all(OURS, mutants if long else mutants[::QUICK]))


def test_no_mutant_survives_without_a_reason(tried: list[Tried], print_figure: PrintFigure) -> None:
    survived = [it.mutant.name for it in tried if not it.caught_by]
    print_figure(f"mutants: {len(tried) - len(survived)} of {len(tried)} caught")

    assert [name for name in survived if name not in reasons()] == []


def test_there_are_more_than_two_hundred_and_each_is_another() -> None:
    names = [(it.name, machine) for it, machine in all_mutants(OURS)]

    assert len(names) == len(set(names)) > 200


def test_every_reason_is_about_a_mutant() -> None:
    assert set(reasons()) <= {it.name for it, _ in all_mutants(OURS)}


def test_what_is_right_is_not_called_wrong() -> None:
    """The score would be perfect if every template were refused."""
    same = Mutant(("Resources", "EmailQueue", "Type"), "AWS::SQS::Queue")

    (tried,) = try_all(OURS, [(same, "")])

    assert tried.caught_by == ""


def test_a_change_leaves_the_rest_as_it_was() -> None:
    tree = {"a": [{"b": 1}, {"c": 2}], "d": 3}

    assert changed(tree, ("a", 0, "b"), 9) == {"a": [{"b": 9}, {"c": 2}], "d": 3}
    assert changed(tree, ("a", 1), GONE) == {"a": [{"b": 1}], "d": 3}
    assert changed(tree, ("e",), 4) == {**tree, "e": 4}
    assert tree == {"a": [{"b": 1}, {"c": 2}], "d": 3}
    assert at(tree, ("a", 5), "nothing") == "nothing"
