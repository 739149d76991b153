"""`shop mutation-test --code` as a process: test a sample of mutants, and list the survivors."""

import argparse
import os
import sys
from functools import cache, partial
from pathlib import Path
from typing import TextIO

import pytest
import yaml  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from infra.cli.subprocesses import exit_with
from infra.cli.terminal import out
from infra.user_error import UserError
from tests.code_mutation.changes import changed_places
from tests.code_mutation.judge import MutantJudge, MutantResult
from tests.code_mutation.mutants import Mutant, list_mutants, of_functions, sample_of
from tests.code_mutation.score import confidence_interval, rows_by_package
from tests.markdown_reports import print_table

# The tests of the mutated packages, and the pages that alone call some of their functions. Those of
# all pages would find more, but take three times as long.
REPORTED = (
    "order_numbers",
    "address_lines",
    "regions",
    "image_colours",
    "image_limits",
    "phone_images",
)
JUDGES = (
    *(
        f"tests/unit/app/{it}"
        for it in (
            *("orders", "payments", "inventory", "cart", "persistence", "emails", "analytics"),
            *("discounts", "returns"),
        )
    ),
    *("tests/unit/app/aws", "tests/unit/workers", "tests/unit/workflow"),
    *(
        f"tests/unit/app/web/storefront/test_{it}.py"
        for it in ("addresses", "checkout", "checkout_addresses", "order_access", "order_links")
    ),
    *(f"tests/unit/app/privacy/test_{it}.py" for it in ("order_erasure", "retention")),
    *(f"tests/unit/app/web/admin/test_{it}.py" for it in ("orders", "order_list", "stock")),
    *(f"tests/unit/reported/test_{it}.py" for it in REPORTED),
)
SIMULATOR = "tests/code_mutation/simulated_schedules.py"
PYTEST_OPTIONS = ("-qq", "-p", "no:cacheprovider", "--no-header", "--no-summary")
REASONS_FILE = Path(__file__).with_name("survivors.yaml")


def main() -> int:
    options = read_options()
    mutants = choose_mutants(options)
    out.print(f"{len(mutants)} mutants. The tests run twice without one first.")
    os.chdir(ROOT)
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as terminal:  # pytest captures stdout
        judge = MutantJudge(mutants, partial(print_progress, terminal))
        status = pytest.main([*PYTEST_OPTIONS, *JUDGES, SIMULATOR], plugins=[judge])
    if judge.baseline_failures:
        raise UserError("These tests fail without a mutant:\n" + "\n".join(judge.baseline_failures))
    if status == pytest.ExitCode.INTERNAL_ERROR:  # pytest has printed it; a part is no score
        raise UserError(f"Stopped after {len(judge.results)} of {len(mutants)} mutants.")
    for name in judge.unrepeatable_tests:
        out.print(f"no judge, fails when it is repeated: {name}", markup=False, soft_wrap=True)
    return report(judge.results)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changed-since", default="")
    parser.add_argument("--only", default="", help="a part of the mutant's name")
    return parser.parse_args()


def choose_mutants(options: argparse.Namespace) -> list[Mutant]:
    mutants = [mutant for mutant in list_mutants() if options.only in mutant.name]
    if options.changed_since:
        mutants = of_functions(mutants, changed_places(options.changed_since))
    return sample_of(mutants, options.sample, options.seed)


def print_progress(terminal: TextIO, result: MutantResult) -> None:
    name = result.verdict.name.replace("_", " ").lower()
    terminal.write("." if result.is_killed else f"\n{name}: {result.mutant}\n")
    terminal.flush()


def report(results: list[MutantResult]) -> int:
    """Print the score and the survivors. Returns 1 if a survivor has no reason."""
    out.print()
    if not results:
        out.print("No mutant to test.")
        return 0
    rows = [(package, f"{killed} of {all_}") for package, killed, all_ in rows_by_package(results)]
    print_table(("Package", "killed"), rows)
    killed = sum(result.is_killed for result in results)
    low, high = confidence_interval(killed, len(results))
    reasons = survivor_reasons()
    survivors = [result.mutant for result in results if not result.is_killed]
    for mutant in survivors:
        reason = reasons.get(mutant.name, "NO REASON")
        out.print(f"survived: {mutant.name}: {reason}", markup=False, soft_wrap=True)
    out.print(
        f"{killed} of {len(results)} killed: {killed / len(results):.1%}, "
        f"95 % confidence interval {low:.1%} to {high:.1%}."
    )
    return 1 if any(mutant.name not in reasons for mutant in survivors) else 0


@cache
def survivor_reasons() -> dict[str, str]:
    """Why a mutant may survive, by its name: it changes nothing that can be observed."""
    return yaml.safe_load(REASONS_FILE.read_text()) or {}


if __name__ == "__main__":
    exit_with(main)
