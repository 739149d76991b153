"""The budgets of this codebase, measured and printed; `pytest -s` prints the guided tour too."""

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import Say

CODE = [
    path
    for folder in ("app", "workers", "workflow", "infra")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
MODULES = [path for path in CODE if path.name != "__init__.py"]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "frontend").rglob("*.html"))
BANNED = {
    "utils",
    "helpers",
    "common",
    "core",
    "base",
    "manager",
    "service",
    "handler",
    "misc",
    "types",
}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions_in(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: Function) -> int:
    """Statements only: the docstring tells, and does not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> int:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return len([it for it in named if it.arg not in ("self", "cls")])


def first_sentence(path: Path) -> str:
    words = " ".join((ast.get_docstring(tree_of(path)) or "").split())
    return re.split(r"(?<=[.!?])\s", words)[0]


def sizes() -> list[int]:
    return sorted(body_lines(it) for path in MODULES for it in functions_in(path))


def test_modules_are_short(say: Say) -> None:
    lengths = [lines_of(path) for path in MODULES]
    say(f"modules: {len(lengths)}, median {statistics.median(lengths)}, max {max(lengths)}")

    assert statistics.median(lengths) <= 60
    assert [name_of(path) for path in MODULES if lines_of(path) > 250] == []


def test_functions_are_short(say: Say) -> None:
    found = sizes()
    ninth = found[int(len(found) * 0.9)]
    median = statistics.median(found)
    say(f"functions: {len(found)}, median {median}, p90 {ninth}, max {found[-1]}")

    assert median <= 8
    assert ninth <= 20
    assert found[-1] <= 40


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_functions_take_at_most_five_parameters(path: Path) -> None:
    assert [it.name for it in functions_in(path) if parameters(it) > 5] == []


def test_tests_are_between_one_and_two_times_the_code(say: Say) -> None:
    code, tests = (sum(map(lines_of, paths)) for paths in (CODE, TESTS))
    say(f"code {code} lines, tests {tests}: {tests / code:.2f} to 1")

    assert 1.0 <= tests / code <= 2.0


def test_there_are_hardly_any_mocks(say: Say) -> None:
    mocks = [
        f"{name_of(path)}:{number}"
        for path in TESTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bmonkeypatch\.setattr\(|\bpatch\(|\bMagicMock\b", line)
        and path != Path(__file__)
    ]
    say(f"mocks: {len(mocks)}")

    assert len(mocks) * 1_000 <= 3 * sum(map(lines_of, TESTS)), mocks


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_are_short(path: Path) -> None:
    assert lines_of(path) <= 120


def test_no_module_is_a_drawer_for_all_sorts() -> None:
    assert [name_of(path) for path in CODE if path.stem in BANNED] == []


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_every_module_opens_with_one_sentence(path: Path) -> None:
    sentence = first_sentence(path)

    assert sentence.endswith(".")
    assert len(sentence) <= 140


def test_the_guided_tour() -> None:
    for path in CODE:
        print(f"| `{name_of(path)}` | {first_sentence(path)} |")  # noqa: T201
