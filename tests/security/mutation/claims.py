"""The claims of asvs.yaml that name tests, and what their mutants show about each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.security.evidence import load_requirements

type DetectedBy = Mapping[str, frozenset[str]]  # the tests that detect a mutant, by its name


@dataclass(frozen=True)
class Claim:
    """A requirement that is met, as its tests show."""

    id: str
    requirement: str
    tests: tuple[str, ...]
    mutants: tuple[str, ...]


@dataclass(frozen=True)
class ClaimResult:
    """``survivors`` are mutants that no test of the claim detects, ``idle`` tests detect none."""

    claim: Claim
    survivors: tuple[str, ...]
    idle: tuple[str, ...]

    @property
    def bites(self) -> bool:
        return not self.survivors and not self.idle


@cache
def load_claims() -> list[Claim]:
    return parse_claims(load_requirements("asvs.yaml"))


def parse_claims(rows: Iterable[Mapping[str, Any]]) -> list[Claim]:
    """The claims with mutants; one that is marked as not proven has none."""
    return [
        Claim(row["id"], row["requirement"], tuple(row["tests"]), tuple(row["mutants"]))
        for row in rows
        if row.get("mutants")
    ]


def judge(claim: Claim, detected_by: DetectedBy) -> ClaimResult:
    detecting = {name: detected_by[name] & {*claim.tests} for name in claim.mutants}
    return ClaimResult(
        claim,
        survivors=tuple(name for name in claim.mutants if not detecting[name]),
        idle=tuple(it for it in claim.tests if it not in frozenset().union(*detecting.values())),
    )


def named_tests(claims: Iterable[Claim]) -> dict[str, tuple[str, ...]]:
    """The tests of all claims that name a mutant."""
    tests: dict[str, dict[str, None]] = {}
    for claim in claims:
        for name in claim.mutants:
            tests.setdefault(name, {}).update(dict.fromkeys(claim.tests))
    return {name: tuple(named) for name, named in tests.items()}
