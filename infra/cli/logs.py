"""`shop logs`: what the functions of the open shop say."""

from typing import Annotated

import typer

from infra.cli.terminal import HOME, out
from infra.local.cloud import LocalCloud
from infra.local.function_logs import FunctionLogs, Line

Function = Annotated[str, typer.Argument(help="Part of a function's name; all when left out.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")]


def logs(function: Function = "", follow: Follow = False) -> None:  # noqa: FBT002 (an option)
    """Show the functions' log lines, oldest first."""
    found = FunctionLogs(LocalCloud.running_in(HOME), function)
    for line in found.so_far():
        _show(line)
    if follow:
        try:
            for line in found.from_now_on():
                _show(line)
        except KeyboardInterrupt:
            return


def _show(line: Line) -> None:
    clock = line.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
    out.print(f"{clock} {line.function:<20} {line.said}", markup=False, soft_wrap=True)
