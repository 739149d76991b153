"""`shop load`: a load test of the running shop, whose data is verified afterwards."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_module

Options = Annotated[
    list[str] | None,
    typer.Argument(help="users=20 or arrivals=2, seconds=60 ...; or clean, abuse or forecast."),
]
Headless = Annotated[bool, typer.Option("--headless", help="Run without Locust's web page.")]
CountsOnly = Annotated[
    bool, typer.Option("--counts-only", help="Check the counts only, not the response times.")
]
StackName = Annotated[str, typer.Option("--stack", help="A stack on AWS instead of the local one.")]
MaxUsd = Annotated[float, typer.Option("--max-usd", help="The most that a run on AWS may cost.")]


def load(
    options: Options = None,
    *,
    headless: Headless = False,
    counts_only: CountsOnly = False,
    stack: StackName = "",
    max_usd: MaxUsd = 1,
) -> None:
    """Run a load test, then check times, orders and data.

    Locust's page can change the number of users during the run; Ctrl-C there ends the load and
    starts the checks. `shop load clean` deletes everything that earlier runs created. `shop load
    abuse` attacks a shop of its own from one network while ten others buy; `shop load abuse report`
    also writes tests/reports/abuse.md. `shop load forecast` lists what limits the orders per second
    of a stack, the lowest limit first; `shop load forecast demo` those of a demo.
    """
    flags = {"--headless": headless, "--counts-only": counts_only}
    run_module(
        "tests.load",
        *(options or ()),
        *(flag for flag, enabled in flags.items() if enabled),
        f"--stack={stack}",
        f"--max-usd={max_usd}",
    )
