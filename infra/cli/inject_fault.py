"""`shop inject-fault`: fault injection for the running local shop."""

from typing import Annotated

import typer
from rich.table import Table

from infra.cli.terminal import STATE_FOLDER, out
from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector, find_fault
from infra.local.faults.kinds import FAULTS

Name = Annotated[str, typer.Argument(help="Name of a fault, see `shop inject-fault list`.")]
Strength = Annotated[
    int | None,
    typer.Option("--strength", help="Strength from 1 to 60; unit and default depend on the fault."),
]

inject_fault = typer.Typer(
    help="Inject faults into the running shop.",
    no_args_is_help=True,
)


@inject_fault.command("list")
def show() -> None:
    """List all faults, and which are active."""
    active = _injector().active()
    table = Table(box=None, pad_edge=False, show_header=False)
    for fault in FAULTS:
        state = f"[red]active[/] {active[fault.name] or ''}" if fault.name in active else "off"
        default = f" [dim](default {fault.strength} {fault.unit})[/]" if fault.unit else ""
        state = "" if fault.target == "once" else state
        table.add_row(fault.name, state, fault.description + default)
    out.print(table)


@inject_fault.command()
def on(name: Name, strength: Strength = None) -> None:
    """Enable a fault; `poison-message` sends its messages once."""
    _injector().enable(name, strength)
    fault = find_fault(name)
    out.print(f"{fault.title}: {fault.description}")


@inject_fault.command()
def off(name: Name) -> None:
    """Disable a fault."""
    _injector().disable(name)
    out.print(f"{name} is off.")


@inject_fault.command()
def clear() -> None:
    """Disable all faults."""
    _injector().clear()
    out.print("All faults are off.")


def _injector() -> FaultInjector:
    return FaultInjector(LocalCloud.running_in(STATE_FOLDER))
