"""Reads the lists of security requirements, and checks the tests that they name as evidence.

A test counts as evidence only if it exists and is never skipped.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT

HERE = Path(__file__).parent
REQUIREMENTS = ("asvs.yaml", "bad_inputs.yaml")
SKIPPING_MARKS = frozenset({"skip", "skipif", "xfail"})

type Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Outcomes:
    """How many requirements of a list apply, and what is true of each."""

    total: int
    not_applicable: int
    met: int
    not_proven: int
    deviations: int

    @property
    def summary(self) -> str:
        return (
            f"ASVS 5.0 level 2: {self.met} of {self.total - self.not_applicable} applicable met, "
            f"each with a mutant; {self.not_proven} not proven, {self.deviations} deviations"
        )


def load_requirements(file_name: str) -> Rows:
    return parse_requirements((HERE / file_name).read_text())


def parse_requirements(text: str) -> Rows:
    rows: Rows = yaml_parse(text) or []
    return rows


def outcomes_of(rows: Rows) -> Outcomes:
    return Outcomes(
        total=len(rows),
        not_applicable=sum("not_applicable" in row for row in rows),
        met=sum("mutants" in row for row in rows),
        not_proven=sum("not_proven" in row for row in rows),
        deviations=sum("deviation" in row for row in rows),
    )


def evidence_of(rows: Rows) -> Iterator[str]:
    for row in rows:
        yield from row.get("tests", ())


@cache
def all_evidence() -> frozenset[str]:
    """Every test that a requirement names."""
    return frozenset(test for name in REQUIREMENTS for test in evidence_of(load_requirements(name)))


def missing_evidence(tests: Iterable[str]) -> list[str]:
    """Those that do not exist, or that may be skipped or fail."""
    return [test for test in tests if not _is_evidence(test)]


def _is_evidence(test: str) -> bool:
    file, _, name = test.partition("::")
    return name in _tests_in(file) if (ROOT / file).is_file() else False


@cache
def _tests_in(file: str) -> frozenset[str]:
    """The tests of a file without a mark that skips them or lets them fail."""
    return frozenset(
        node.name
        for node in ast.parse((ROOT / file).read_text()).body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not SKIPPING_MARKS & {name for mark in node.decorator_list for name in _names(mark)}
    )


def _names(mark: ast.expr) -> Iterator[str]:
    return (node.attr for node in ast.walk(mark) if isinstance(node, ast.Attribute))
