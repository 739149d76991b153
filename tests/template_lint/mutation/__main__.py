"""`shop mutation-test` as a process: print how many mutants each rule detected, and survivors."""

from collections import Counter

from infra.cli.subprocesses import exit_with
from infra.cli.terminal import out
from tests.markdown_reports import print_table
from tests.template_lint import Source
from tests.template_lint.mutation.run import list_mutants, run_mutants, survivor_reasons


def main() -> int:
    source = Source.in_folder()
    results = list(run_mutants(source, list_mutants(source)))
    detected = Counter(result.detected_by for result in results if result.detected_by)
    print_table(("Detected by", "mutants"), sorted(detected.items()))
    survivors = [result.mutant.name for result in results if not result.detected_by]
    reasons = survivor_reasons()
    for name in survivors:
        out.print(
            f"survived: {name}: {reasons.get(name, 'NO REASON')}", markup=False, soft_wrap=True
        )
    out.print(f"{len(results) - len(survivors)} of {len(results)} detected.")
    return 1 if any(name not in reasons for name in survivors) else 0


if __name__ == "__main__":
    exit_with(main)
