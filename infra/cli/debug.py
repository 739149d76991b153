"""`shop debug`: one invocation of a function of the local cloud, under the debugger."""

import subprocess
import sys
from typing import Annotated

import typer

from infra.build.bundles import ROOT
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
    process = subprocess.Popen(command.arguments, cwd=ROOT, env=command.environment)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # Ctrl-C is for pdb
            continue
