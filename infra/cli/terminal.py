"""Terminal output of the `shop` command, and options that several sub-commands share."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from infra.build.bundles import ROOT
from infra.local.state_dir import StateDir
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import CAN_BE_REPEATED, UserError

STATE_FOLDER = ROOT / ".shop"

Port = Annotated[int, typer.Option("--port", help="Port of the shop on localhost.")]
CloudPort = Annotated[int, typer.Option("--cloud-port", help="Port of the local cloud.")]
StackName = Annotated[
    str, typer.Option("--stack", help="Name of a stack on AWS instead of the local shop.")
]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def find_stack(stack_name: str) -> DeployedStack:
    """The stack on AWS, or the running local shop if no name is given.

    Raises ``UserError`` if the local shop is not running.
    """
    if stack_name:
        return DeployedStack.on_aws(stack_name)
    return DeployedStack.running_here(StateDir(STATE_FOLDER))


def ask(question: Callable[[], bool]) -> bool:
    """The answer to a question of Typer, for which Ctrl-C is ``KeyboardInterrupt`` as elsewhere."""
    try:
        return question()
    except typer.Abort:
        raise KeyboardInterrupt from None


def require_terminal(question: str) -> None:
    """Raise ``UserError`` if no one can answer, such as in a job of CI."""
    if not sys.stdin.isatty():
        raise UserError(f"There is no terminal to confirm {question}: use --yes.")


def print_error(error: Exception) -> None:
    err.print(str(error), style="red", markup=False, soft_wrap=True)


def print_interrupted() -> None:
    """For commands that leave nothing half done, or continue when they are repeated."""
    err.print(CAN_BE_REPEATED, style="red")


class Progress:
    """One line per step: a spinner while it runs, then a check mark and its duration."""

    def __init__(self) -> None:
        self._step = ""
        self._since = 0.0
        self._status = out.status("")

    def step(self, name: str) -> None:
        """Finish the current step and start the next one."""
        self.done()
        self._step, self._since = name, time.monotonic()
        self._status.update(f"{name} …")
        self._status.start()

    def detail(self, text: str) -> None:
        self._status.update(f"{self._step}: {text} …")

    def done(self) -> None:
        self._status.stop()
        if self._step:
            seconds = time.monotonic() - self._since
            out.print(f"  [green]✓[/] {self._step:<34} [dim]{seconds:5.1f} s[/]")
        self._step = ""

    @contextmanager
    def display(self) -> Iterator["Progress"]:
        """Finish the last step at the end; a step that raises gets no check mark."""
        try:
            yield self
            self.done()
        finally:
            self._status.stop()
