"""Ledgers of claims and their proofs: each proof is a test that is there and that nobody skips."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT

HERE = Path(__file__).parent
PUT_ASIDE = frozenset({"skip", "skipif", "xfail"})

type Rows = list[dict[str, Any]]


def ledger(name: str) -> Rows:
    rows: Rows = yaml_parse((HERE / name).read_text())
    return rows


def proofs(rows: Rows) -> Iterator[str]:
    for row in rows:
        yield from row.get("tests", ())


@cache
def evidence() -> frozenset[str]:
    """Every test that some ledger calls a proof."""
    return frozenset(it for name in ("asvs.yaml", "bad_inputs.yaml") for it in proofs(ledger(name)))


def not_proven(tests: Iterable[str]) -> list[str]:
    """Those that name no test, or one that need not pass."""
    return [it for it in tests if not _stands(it)]


def _stands(test: str) -> bool:
    file, _, name = test.partition("::")
    return name in _tests_in(file) if (ROOT / file).is_file() else False


@cache
def _tests_in(file: str) -> frozenset[str]:
    """The tests of a file that run, whatever the machine is and however they end."""
    functions = ast.parse((ROOT / file).read_text()).body
    return frozenset(
        it.name
        for it in functions
        if isinstance(it, ast.FunctionDef)
        and it.name.startswith("test_")
        and not PUT_ASIDE & {word for mark in it.decorator_list for word in _words(mark)}
    )


def _words(mark: ast.expr) -> Iterator[str]:
    return (it.attr for it in ast.walk(mark) if isinstance(it, ast.Attribute))
