"""W11: the calls that were seen in a day in the shop, against what the roles grant."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.template_lint.findings import Finding
from tests.template_lint.grants import calls_of_aws, grants, missing, unused
from tests.template_lint.policy_statements import Call
from tests.template_lint.wiring import Wiring

# Written by `pytest tests/integration/wiring/test_roles.py --record`, which makes the calls and compares.
SEEN = Path(__file__).with_name("recorded_calls.txt")


@cache
def seen(file: Path = SEEN) -> frozenset[Call]:
    return frozenset(Call(*line.split()) for line in file.read_text().splitlines())


def write(calls: frozenset[Call]) -> None:
    lines = (f"{it.owner} {it.action} {it.resource}\n" for it in sorted(calls))
    SEEN.write_text("".join(lines))
    seen.cache_clear()


def grants_what_is_called(wiring: Wiring) -> Iterator[Finding]:
    for it in missing(grants(wiring), wiring.seen):
        yield Finding(
            it.owner,
            f"calls {it.action} on {it.resource}: allow it in its Policies.",
            f"{it.action} {wiring.owner_of(it.resource)}",
        )


def grants_nothing_else(wiring: Wiring) -> Iterator[Finding]:
    for it in unused(grants(wiring), {*wiring.seen, *calls_of_aws(wiring)}):
        yield Finding(
            it.owner,
            f"may {it.action} on {it.where}, but was never seen to: take it away, or say in its "
            "metadata when it will.",
            f"{it.action} {wiring.owner_of(it.where)}",
        )
