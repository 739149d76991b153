"""The deploy guide: its table of traps covers all, and each test in it exists."""

import re

import pytest

from infra.aws.stack_states import ADVICE
from infra.build.bundles import ROOT

GUIDE = (ROOT / "infra/DEPLOYING.md").read_text("utf-8")
TRAPS = re.findall(r"^\| (\d+) \| .+ \| `(tests/[\w/]+\.py)::(\w+)` \|$", GUIDE, re.MULTILINE)


def test_every_trap_is_in_the_table() -> None:
    assert {int(number) for number, _, _ in TRAPS} == set(range(1, 14))


@pytest.mark.parametrize(("_", "path", "name"), TRAPS, ids=lambda it: it)
def test_trap_has_a_test(_: str, path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8")


def test_table_of_states_has_each_one_that_needs_an_action() -> None:
    assert [it for it in ADVICE if not re.search(rf"\b{it}\b", GUIDE)] == []
