"""What the `shop` command says, and how: a few calm lines, with progress while there is some."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from infra.build.bundles import ROOT

HOME = ROOT / ".shop"

Port = Annotated[int, typer.Option("--port", help="Port of the shop.", show_default=True)]
CloudPort = Annotated[int, typer.Option("--cloud-port", help="Port of the local cloud.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def trouble_said(trouble: Exception) -> None:
    err.print(str(trouble), style="red", markup=False, soft_wrap=True)


class Progress:
    """One line for each step: named while it lasts, ticked off with its seconds when it is done."""

    def __init__(self) -> None:
        self._step = ""
        self._since = 0.0
        self._status = out.status("")

    def step(self, name: str) -> None:
        self.done()
        self._step, self._since = name, time.monotonic()
        self._status.update(f"{name} …")
        self._status.start()

    def detail(self, said: str) -> None:
        self._status.update(f"{self._step}: {said} …")

    def done(self) -> None:
        self._status.stop()
        if self._step:
            took = time.monotonic() - self._since
            out.print(f"  [green]✓[/] {self._step:<34} [dim]{took:5.1f} s[/]")
        self._step = ""

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Ticks off the last step at the end; a step that fails is left unticked."""
        try:
            yield self
            self.done()
        finally:
            self._status.stop()
