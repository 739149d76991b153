"""`shop mutation-test --asvs` as a process: remove each control, and list the claims it proves."""

import argparse
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.cli.subprocesses import exit_with
from infra.cli.terminal import out
from infra.user_error import UserError
from tests.security.evidence import load_requirements, outcomes_of
from tests.security.mutation.changes import base_revision, changed_claims
from tests.security.mutation.claims import (
    Claim,
    ClaimResult,
    judge,
    load_claims,
    named_tests,
)
from tests.security.mutation.mutants import Mutant, load_mutants
from tests.security.mutation.run import TestRun, TestRunner
from tests.security.mutation.shared_cloud import shared_cloud
from tests.security.mutation.workspace import Workspace, copied_tree

# `make test` tests claims of different kinds whose tests are fast, and a few that have changed.
SAMPLE = ("3.2.2", "6.5.1", "9.1.1", "12.3.1")
MAX_CHANGED = 3


def main() -> int:
    options = read_options()
    claims = choose_claims(options)
    if not claims:
        out.print("No claim to test.")
        return 0
    return report(evaluate(claims))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changed-since", default="", help="a Git revision")
    parser.add_argument("--quick", action="store_true", help="a sample, and what has changed")
    parser.add_argument("--only", default="", help="claims or mutants, separated by commas")
    return parser.parse_args()


def choose_claims(options: argparse.Namespace) -> list[Claim]:
    claims = load_claims()
    if options.only:
        names = {*options.only.split(",")}
        claims = [it for it in claims if it.id in names or names & {*it.mutants}]
    if options.quick:
        return quick_choice(claims)
    if options.changed_since:
        return changed_claims(claims, load_mutants(), options.changed_since)
    return claims


def quick_choice(claims: Sequence[Claim]) -> list[Claim]:
    """The sample, and the first changed claims; how to test the others is printed."""
    changed = changed_claims(claims, load_mutants(), base_revision())
    others = [claim for claim in changed if claim.id not in SAMPLE]
    if left := ",".join(claim.id for claim in others[MAX_CHANGED:]):
        out.print(f"Not tested here: shop mutation-test --asvs --only {left}", soft_wrap=True)
    return [*(it for it in claims if it.id in SAMPLE), *others[:MAX_CHANGED]]


def evaluate(claims: Sequence[Claim]) -> list[ClaimResult]:
    """Plant each mutant, and run the tests of its claims.

    A test that fails without a mutant detects none, and a mutant that breaks the tests themselves
    is detected by none.
    """
    wanted, mutants = named_tests(claims), load_mutants()
    detected_by = {}
    with _runner() as (workspace, runner):
        failing = _failing_without_mutant(runner, {it for tests in wanted.values() for it in tests})
        for number, (name, tests) in enumerate(wanted.items(), 1):
            judges = [it for it in tests if it not in failing]
            run = _run_mutant(workspace, runner, mutants[name], judges)
            out.print(
                f"{number}/{len(wanted)} {name}: {_result(run)}", markup=False, soft_wrap=True
            )
            detected_by[name] = frozenset[str]() if run.faults else frozenset(run.failed)
    return [judge(claim, detected_by) for claim in claims]


def _run_mutant(
    workspace: Workspace, runner: TestRunner, mutant: Mutant, tests: Sequence[str]
) -> TestRun:
    """Without tests nothing runs. A mutant that does not fit its file is a fault."""
    try:
        with workspace.planted(mutant):
            return runner.run(tests) if tests else TestRun()
    except (OSError, ValueError) as error:
        return TestRun(faults=[str(error)])


@contextmanager
def _runner() -> Iterator[tuple[Workspace, TestRunner]]:
    with (
        copied_tree() as workspace,
        tempfile.TemporaryDirectory() as cloud,
        shared_cloud(Path(cloud)),
    ):
        yield workspace, TestRunner(workspace.folder, Path(cloud))


def _failing_without_mutant(runner: TestRunner, tests: Collection[str]) -> frozenset[str]:
    out.print(f"{len(tests)} tests run first, without a mutant.")
    run = runner.run(sorted(tests), needs_all=True)
    for name, reason in run.failed.items():
        out.print(f"fails without a mutant: {name}: {reason}", markup=False, soft_wrap=True)
    if run.faults:
        raise UserError("The tests cannot run:\n" + "\n".join(run.faults))
    return frozenset(run.failed)


def _result(run: TestRun) -> str:
    if run.faults:
        return "FAULT: " + "; ".join(run.faults)
    found = (f"{test.rpartition('::')[2]} ({reason[:80]})" for test, reason in run.failed.items())
    return "; ".join(found) or "SURVIVED"


def report(results: Sequence[ClaimResult]) -> int:
    """Print what does not bite, and the counts. Returns 1 if a claim does not bite."""
    for result in results:
        for name in result.survivors:
            out.print(f"{result.claim.id}: no test detects {name}", markup=False, soft_wrap=True)
        for test in result.idle:
            out.print(f"{result.claim.id}: detects nothing: {test}", markup=False, soft_wrap=True)
    biting = sum(result.bites for result in results)
    out.print(f"{biting} of {len(results)} tested claims bite.")
    out.print(outcomes_of(load_requirements("asvs.yaml")).summary, soft_wrap=True)
    return 0 if biting == len(results) else 1


if __name__ == "__main__":
    os.nice(5)
    exit_with(main)
