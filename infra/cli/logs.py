"""`shop logs`: the log lines of the local functions."""

from typing import Annotated

import typer

from infra.cli.terminal import STATE_FOLDER, out
from infra.local.cloud import LocalCloud
from infra.local.function_logs import FunctionLogs, LogLine

Function = Annotated[
    str, typer.Argument(help="Part of a function's name, for example email. Default: all.")
]
Id = Annotated[
    str,
    typer.Option("--id", help="Only lines with this request id, order id, event id or trace id."),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Print new lines until Ctrl-C.")]


def logs(
    function: Function = "",
    follow: Follow = False,  # noqa: FBT002 (an option)
    id_: Id = "",
) -> None:
    """Print the functions' log lines, oldest first."""
    function_logs = FunctionLogs(LocalCloud.running_in(STATE_FOLDER), function)
    for line in function_logs.read_new():
        _print(line, id_)
    if follow:
        try:
            for line in function_logs.follow():
                _print(line, id_)
        except KeyboardInterrupt:
            return


def _print(line: LogLine, id_: str) -> None:
    if id_ not in line.message:
        return
    clock = line.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
    out.print(f"{clock} {line.function:<26} {line.message}", markup=False, soft_wrap=True)
