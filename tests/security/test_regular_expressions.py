"""Regular expressions: all of the deployed code are unambiguous, and their time is linear.

https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
"""

import ast
import re
from typing import Any

import pytest

from app.orders.address_fields import countries
from app.shipping.postcodes import address_rules
from tests.security.cpu_time import superlinear_runs
from tests.security.deployed_expressions import (
    Expression,
    deployed_expressions,
    deployed_modules,
    expressions_in,
    re_function,
)
from tests.security.regular_expressions import (
    ASSERTIONS,
    CHARACTERS,
    LOOPS,
    is_ambiguous,
    parse_tree,
)

EXPRESSIONS = deployed_expressions()
FULL = frozenset({"fullmatch"})
SEARCH = frozenset({"search"})
OTHER_IMPORT = re.compile(r"^ *(?:from re import|import (?:regex|re as))", re.MULTILINE)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda it: it.place)
def test_expression_is_unambiguous(expression: Expression) -> None:
    assert not is_ambiguous(expression.pattern, expression.flags, expression.methods)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda it: it.place)
def test_time_of_an_expression_is_linear_for_runs_of_its_own_parts(expression: Expression) -> None:
    compiled = re.compile(expression.pattern, expression.flags)
    slow = [
        (method, runs)
        for start, unit in _runs(expression)
        for method in expression.methods
        if (runs := superlinear_runs(_reader(compiled, method), (unit,), start=start))
    ]

    assert slow == []


def test_every_expression_is_found() -> None:
    """Nothing imports ``re`` in another way, and every call of it is in the list."""
    sources = {str(path): path.read_text() for path in deployed_modules()}
    nodes = [it for source in sources.values() for it in ast.walk(ast.parse(source))]
    calls = [it for it in nodes if isinstance(it, ast.Call) and re_function(it)]

    assert [it for it, source in sources.items() if OTHER_IMPORT.search(source)] == []
    assert len(EXPRESSIONS) >= len(calls) > 40


def test_postcode_expressions_of_all_countries_are_unambiguous() -> None:
    patterns = {
        matcher.pattern for it in countries() for matcher in address_rules(it).postal_code_matchers
    }

    assert [it for it in patterns if is_ambiguous(it, re.IGNORECASE, FULL)] == []
    assert len(patterns) > 50


@pytest.mark.parametrize(
    ("pattern", "methods"),
    [
        (r"(a+)+", FULL),
        (r"(a*)*", FULL),
        (r"(?:[0-9]{1,3})*x", FULL),
        (r"[0-9]+[0-9 ]*", FULL),
        (r"\s*,?\s*x", FULL),
        (r".*-.*-", FULL),
        (r"(?>(a+)+b)c", FULL),
        (r"(?:a|ab|b)*", FULL),
        (r"[0-9](?:[ -]*[0-9]){12,}x", SEARCH),
        (r"[\w.+-]+@[\w-]+", SEARCH),
        (r"a++b", SEARCH),
        (r"[0-9]+$", SEARCH),
    ],
)
def test_ambiguous_expression_is_found(pattern: str, methods: frozenset[str]) -> None:
    assert is_ambiguous(pattern, 0, methods)


@pytest.mark.parametrize(
    ("pattern", "methods"),
    [
        (r"[a-z0-9]+(?:-[a-z0-9]+)*", FULL),
        (r"[0-9]++[0-9 ]*+x", FULL),
        (r"a+b", FULL),
        (r"[a-z]+", SEARCH),
        (r"(?:ab)+", SEARCH),
        (r"(?<![\w.+-])[\w.+-]++@[\w-]++\.", SEARCH),
    ],
)
def test_unambiguous_expression_is_accepted(pattern: str, methods: frozenset[str]) -> None:
    assert not is_ambiguous(pattern, 0, methods)


def test_planted_expression_is_found_in_the_source() -> None:
    source = 'CARD = re.compile(r"[0-9](?:[ -]*[0-9])*", re.I)\nCARD.search(text)\n'
    source += 'StringConstraints(pattern=r"^(a+)+$")\n'

    planted = list(expressions_in(ast.parse(source), "planted.py", {"CARD": SEARCH}))

    assert [(it.place, it.flags, it.methods) for it in planted] == [
        ("planted.py:1 CARD", re.I, SEARCH),
        ("planted.py:3", 0, SEARCH),
    ]
    assert is_ambiguous(planted[1].pattern)


def _reader(compiled: re.Pattern[Any], method: str) -> Any:
    is_bytes = isinstance(compiled.pattern, bytes)
    arguments = (b"" if is_bytes else "",) if method in ("sub", "subn") else ()
    exhaust = list if method == "finditer" else bool

    def read(text: str) -> object:
        subject = text.encode("latin-1", "replace") if is_bytes else text
        return exhaust(getattr(compiled, method)(*arguments, subject))

    return read


def _runs(expression: Expression) -> set[tuple[str, str]]:
    """For each loop of the expression: a text that leads to it, and one round of it."""
    runs: set[tuple[str, str]] = set()
    example = _example(parse_tree(expression.pattern, expression.flags), "", runs)
    return runs or {("", example or "x")}


def _example(tree: Any, before: str, runs: set[tuple[str, str]]) -> str:
    """A text that the tree matches. Adds the loops in it to the runs."""
    example = ""
    for kind, value in tree:
        if str(kind) in CHARACTERS:
            example += _character(str(kind), value)
        elif str(kind) in LOOPS:
            unit = _example(value[2], before + example, runs)
            runs.add((before + example, unit or "x"))
            example += unit * min(value[0], 64)
        elif str(kind) == "BRANCH":
            example += [_example(it, before + example, runs) for it in value[1]].pop()
        elif str(kind) not in ASSERTIONS:
            inner = value[3] if str(kind) == "SUBPATTERN" else value
            example += _example(inner, before + example, runs)
    return example


def _character(kind: str, value: Any) -> str:
    """A character that the node matches; of a class that is negated or by category a usual one."""
    if kind == "LITERAL":
        return chr(value)
    members = {str(member): inner for member, inner in value} if kind == "IN" else {}
    if "LITERAL" in members and "NEGATE" not in members:
        return chr(members["LITERAL"])
    if "RANGE" in members and "NEGATE" not in members:
        return chr(members["RANGE"][0])
    category = str(members.get("CATEGORY", ""))
    return {"CATEGORY_DIGIT": "4", "CATEGORY_SPACE": " "}.get(category, "x")
