"""`shop debug`: one invocation of a function of the local cloud, under the debugger."""

from typing import Annotated

import typer

from infra.cli.subprocesses import run_process
from infra.cli.terminal import STATE_FOLDER
from infra.local.cloud import LocalCloud
from infra.local.debugging.session import debug_command

Function = Annotated[
    str, typer.Argument(help="A function's name or a part of it, for example email or charge.")
]
Event = Annotated[
    str,
    typer.Argument(
        help="An order id (consumers and workflow steps), a path such as /products (web), or a "
        "JSON file with the event."
    ),
]
Stop = Annotated[bool, typer.Option(help="Stop in pdb at the handler's first line.")]


def debug(function: Function, event: Event, *, stop: Stop = True) -> None:
    """Call a function's handler in a process of this machine and stop in its first line (pdb).

    The process has the function's environment and its role's permissions, and uses the running
    local cloud, so the call has the effects of any other invocation.
    """
    command = debug_command(LocalCloud.running_in(STATE_FOLDER), function, event, stops=stop)
    run_process(command.arguments, command.environment)  # Ctrl-C is for pdb
