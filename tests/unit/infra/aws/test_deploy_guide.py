"""The deploy guide: its table of traps covers all, and each test in it exists."""

import re

import pytest
from typer.main import get_command

from infra.aws.stack_advice import ADVICE
from infra.build.bundles import ROOT
from infra.cli.aws import aws

GUIDE = (ROOT / "infra/DEPLOYING.md").read_text("utf-8")
TRAPS = re.findall(r"^\| (\d+) \| .+ \| `(tests/[\w/]+\.py)::(\w+)` \|$", GUIDE, re.MULTILINE)


def commands_to_copy() -> list[tuple[str, str]]:
    """Name and arguments of each `shop aws` command that stands on a line of its own."""
    text = (GUIDE + (ROOT / "README.md").read_text("utf-8")).replace("\\\n", " ")
    lines = re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)
    found = (re.search(r"shop aws ([a-z-]+)(.*)", it) for line in lines for it in line.split("&&"))
    return sorted({(match[1], match[2]) for match in found if match})


@pytest.mark.parametrize(("name", "arguments"), commands_to_copy(), ids=str)
def test_command_to_copy_has_all_options_that_it_requires(name: str, arguments: str) -> None:
    command = getattr(get_command(aws), "commands", {})[name]

    required = [it.opts[0] for it in command.params if it.required]

    assert [it for it in required if it not in arguments.split()] == []


def test_every_trap_is_in_the_table() -> None:
    assert {int(number) for number, _, _ in TRAPS} == set(range(1, 14))


@pytest.mark.parametrize(("_", "path", "name"), TRAPS, ids=lambda it: it)
def test_trap_has_a_test(_: str, path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8")


def test_table_of_states_has_each_one_that_needs_an_action() -> None:
    assert [it for it in ADVICE if not re.search(rf"\b{it}\b", GUIDE)] == []
