"""W11: every call that a test run recorded is granted, and every grant was used."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.template_lint.findings import Finding
from tests.template_lint.grants import all_grants, calls_by_aws, missing_grants, unused_grants
from tests.template_lint.policy_statements import Call
from tests.template_lint.wiring import Wiring

# Written by `pytest tests/integration/wiring/test_roles.py --record`, which makes the calls.
FILE = Path(__file__).with_name("recorded_calls.txt")


@cache
def read_calls(file: Path = FILE) -> frozenset[Call]:
    return frozenset(Call(*line.split()) for line in file.read_text().splitlines())


def write_calls(calls: frozenset[Call]) -> None:
    lines = (f"{it.owner} {it.action} {it.resource}\n" for it in sorted(calls))
    FILE.write_text("".join(lines))
    read_calls.cache_clear()


def check_recorded_calls_are_granted(wiring: Wiring) -> Iterator[Finding]:
    for it in missing_grants(all_grants(wiring), wiring.recorded_calls):
        yield Finding(
            it.owner,
            f"calls {it.action} on {it.resource}: allow it in its Policies.",
            f"{it.action} {wiring.owner_of(it.resource)}",
        )


def check_grants_are_used(wiring: Wiring) -> Iterator[Finding]:
    for it in unused_grants(all_grants(wiring), {*wiring.recorded_calls, *calls_by_aws(wiring)}):
        yield Finding(
            it.owner,
            f"may {it.action} on {it.resource_pattern}, but never did in the recorded run: remove "
            "the grant, or suppress the finding with its reason.",
            f"{it.action} {wiring.owner_of(it.resource_pattern)}",
        )
