"""Mutants of the code: which there are, and that one changes a running process."""

import ast
import os
import signal
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import app.orders.checkout_errors
import app.orders.issues  # noqa: F401 (mutants change both)
from app.cart import cart as carts
from tests.code_mutation.changes import changed_lines
from tests.code_mutation.judge import FAULT_OF_THE_JUDGE, Verdict, judge, verdict_of
from tests.code_mutation.mutants import (
    Mutant,
    apply_mutant,
    list_mutants,
    mutants_of_file,
    sample_of,
)
from tests.code_mutation.operators import OPERATORS
from tests.code_mutation.score import confidence_interval

MUTANTS = list_mutants()

OPERATOR_EXAMPLES = {
    "a == b": "a != b",
    "a < b": "a <= b",
    "a in b": "a not in b",
    "a + b": "a - b",
    "a & b": "a | b",
    "a and b": "a or b",
    "a if b else c": "a if not b else c",
    "not a": "a",
    "return a": "return None",
    "f(a)": "pass",
    "raise A": "pass",
    "a += b": "pass",
    "f(a, condition=b)": "f(a)",
    "[a, b]": "[b]",
    "True": "False",
    "3": "4",
}


def changes_of(source: str) -> set[str]:
    tree = ast.parse(source)
    changes = set()
    for node in ast.walk(tree):
        for _, changed in (pair for operator in OPERATORS for pair in operator(node)):
            changes.add(ast.unparse(ast.fix_missing_locations(ast.copy_location(changed, node))))
    return changes


@pytest.mark.parametrize(("source", "changed"), OPERATOR_EXAMPLES.items())
def test_operator_changes_one_node(source: str, changed: str) -> None:
    assert changed in changes_of(source)


@pytest.mark.parametrize("source", ['"a text"', 'log("a line", count=1)', "x = None"])
def test_texts_and_log_lines_are_not_mutated(source: str) -> None:
    assert changes_of(source) <= {"2"}  # the number in the log line


def test_mutants_have_unique_names() -> None:
    names = [mutant.name for mutant in MUTANTS]

    assert len(set(names)) == len(names) > 1_500


def test_sample_is_repeatable() -> None:
    assert sample_of(MUTANTS, 50, 1) == sample_of(list_mutants(), 50, 1)
    assert sample_of(MUTANTS, 50, 1) != sample_of(MUTANTS, 50, 2)


def in_child_process(check: Callable[[], bool]) -> bool:
    """The change stays in the child process."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    try:
        os._exit(0 if check() else 1)
    finally:
        os._exit(2)


def mutants_of(path: str, function: str) -> list[Mutant]:
    return [mutant for mutant in MUTANTS if mutant.place == (path, function)]


def test_mutant_replaces_the_code_of_a_method_in_this_process() -> None:
    mutants = mutants_of("app/cart/cart.py", "Cart.quantity_of")
    assert mutants
    cart = carts.Cart((carts.CartLine("A-CUP", 3, 1_000),))

    def changes_the_answer(mutant: Mutant) -> bool:
        return apply_mutant(mutant) >= 1 and cart.quantity_of("A-CUP") != 3

    assert any(in_child_process(partial(changes_the_answer, it)) for it in mutants)
    assert cart.quantity_of("A-CUP") == 3


def test_decorated_function_is_replaced_too() -> None:
    (mutant, *_) = mutants_of("app/orders/issues.py", "open_issue")

    assert in_child_process(lambda: apply_mutant(mutant) >= 1)


def test_mutant_may_remove_the_only_use_of_a_free_variable() -> None:
    """The call of ``super()`` is the only use of ``__class__``, which the function object keeps."""
    mutants = mutants_of("app/orders/checkout_errors.py", "AlreadyPlaced.__init__")
    (mutant,) = [it for it in mutants if it.change == "without the call"]

    assert in_child_process(lambda: apply_mutant(mutant) == 1)


def test_mutant_of_a_function_that_this_process_has_not_is_not_killed(tmp_path: Path) -> None:
    source = tmp_path / "never_imported.py"
    source.write_text("def double(number):\n    return 2 * number\n")
    (mutant, *_) = mutants_of_file(source, root=tmp_path)

    assert judge(replace(mutant, path=str(source)), ()) is Verdict.NOT_CALLED


def test_process_without_a_verdict_kills_no_mutant() -> None:
    exit_status = 256  # as of waitpid, times the exit code

    assert verdict_of(MUTANTS[0], 0) is Verdict.SURVIVED
    assert verdict_of(MUTANTS[0], 1 * exit_status) is Verdict.KILLED
    assert verdict_of(MUTANTS[0], signal.SIGSEGV) is Verdict.KILLED
    with pytest.raises(RuntimeError):
        verdict_of(MUTANTS[0], FAULT_OF_THE_JUDGE * exit_status)


def test_changed_lines_of_a_diff_are_those_of_the_new_version() -> None:
    diff = textwrap.dedent(
        """\
        --- a/app/money.py
        +++ b/app/money.py
        @@ -3,0 +4,2 @@ def f
        @@ -9 +12 @@ def g
        """
    )

    assert changed_lines(diff) == {"app/money.py": {4, 5, 12}}


def test_confidence_interval_of_a_proportion() -> None:
    """Wilson's interval of 270 of 300, as statistical packages give it."""
    low, high = confidence_interval(270, 300)

    assert (round(low, 4), round(high, 4)) == (0.8608, 0.9291)
    assert confidence_interval(300, 300)[1] == pytest.approx(1.0)
