"""The budgets of this codebase, measured and printed: module and function sizes, mocks, names."""

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure

APPLICATION = [
    path
    for folder in ("app", "workers", "workflow", "infra")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
# Tools that live beside the tests which use them: load test, chaos test, simulator, benchmarks ...
TEST_TOOL_FOLDERS = (
    *("benchmarks", "browser", "chaos", "code_mutation", "load", "security", "simulation"),
    "template_lint",
)
TEST_TOOLS = [
    path
    for folder in TEST_TOOL_FOLDERS
    for path in sorted((ROOT / "tests" / folder).rglob("*.py"))
    if not path.name.startswith(("test_", "conftest"))
]
CODE = [*APPLICATION, *TEST_TOOLS]
MODULES = [path for path in CODE if path.name != "__init__.py"]
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path not in TEST_TOOLS]
TEMPLATES = sorted((ROOT / "frontend").rglob("*.html"))
VAGUE_NAMES = {
    *("utils", "helpers", "common", "core", "base"),
    *("manager", "service", "handler", "misc", "types"),
}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


def count_lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def relative_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def syntax_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions_in(path: Path) -> Iterator[Function]:
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: Function) -> int:
    """Lines of the body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def count_parameters(function: Function) -> int:
    arguments = function.args
    names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([it for it in names if it.arg not in ("self", "cls")])


def first_sentence(path: Path) -> str:
    words = " ".join((ast.get_docstring(syntax_tree(path)) or "").split())
    return re.split(r"(?<=[.!?])\s", words)[0]


def test_modules_have_at_most_300_lines_and_half_of_them_75(print_figure: PrintFigure) -> None:
    lengths = [count_lines(path) for path in MODULES]
    median = statistics.median(lengths)
    print_figure(f"modules: {len(lengths)}, median {median:g} lines, max {max(lengths)}")

    assert median <= 75
    assert [relative_name(path) for path in MODULES if count_lines(path) > 300] == []


def test_functions_are_short(print_figure: PrintFigure) -> None:
    sizes = sorted(body_lines(it) for path in MODULES for it in functions_in(path))
    median, p90 = statistics.median(sizes), sizes[int(len(sizes) * 0.9)]
    print_figure(f"functions: {len(sizes)}, median {median:g} lines, p90 {p90}, max {sizes[-1]}")

    assert median <= 8
    assert p90 <= 20
    assert sizes[-1] <= 40


@pytest.mark.parametrize("path", CODE, ids=relative_name)
def test_functions_take_at_most_five_parameters(path: Path) -> None:
    assert [it.name for it in functions_in(path) if count_parameters(it) > 5] == []


def test_tests_are_between_one_and_two_times_the_application(print_figure: PrintFigure) -> None:
    code, tests = (sum(map(count_lines, paths)) for paths in (APPLICATION, TESTS))
    print_figure(f"application {code} lines, tests {tests}: {tests / code:.2f} to 1")

    assert 1.0 <= tests / code <= 2.0


def test_there_are_at_most_three_mocks_per_1000_lines(print_figure: PrintFigure) -> None:
    mocks = [
        f"{relative_name(path)}:{number}"
        for path in TESTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bmonkeypatch\.setattr\(|\bpatch\(|\bMagicMock\b", line)
        and path != Path(__file__)
    ]
    print_figure(f"mocks: {len(mocks)}")

    assert len(mocks) * 1_000 <= 3 * sum(map(count_lines, TESTS)), mocks


@pytest.mark.parametrize("path", TEMPLATES, ids=relative_name)
def test_html_templates_have_at_most_120_lines(path: Path) -> None:
    assert count_lines(path) <= 120


def test_no_module_has_a_vague_name() -> None:
    assert [relative_name(path) for path in CODE if path.stem in VAGUE_NAMES] == []


@pytest.mark.parametrize("path", CODE, ids=relative_name)
def test_module_docstring_begins_with_a_sentence_of_at_most_140_characters(path: Path) -> None:
    sentence = first_sentence(path)

    assert sentence.endswith(".")
    assert len(sentence) <= 140
