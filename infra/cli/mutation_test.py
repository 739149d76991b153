"""`shop mutate`: break the wiring one edge at a time, and say what nobody notices."""

import sys
from collections import Counter

from infra.cli.report import show
from infra.cli.terminal import out
from tests.template_lint import Source
from tests.template_lint.mutation.run import all_mutants, reasons, try_all


def mutate() -> None:
    """Try every wrong edge of the template against wirecheck, and print who caught it."""
    source = Source.in_folder()
    tried = list(try_all(source, all_mutants(source)))
    caught = Counter(it.caught_by for it in tried if it.caught_by)
    show(("Caught by", "mutants"), sorted(caught.items()))
    survived = [it.mutant.name for it in tried if not it.caught_by]
    unexplained = [name for name in survived if name not in reasons()]
    for name in survived:
        out.print(
            f"survived: {name}: {reasons().get(name, 'NO REASON')}", markup=False, soft_wrap=True
        )
    out.print(f"{len(tried) - len(survived)} of {len(tried)} caught.")
    sys.exit(1 if unexplained else 0)
