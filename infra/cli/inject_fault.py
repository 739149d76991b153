"""`shop fault`: make the open shop go wrong on purpose, and right again."""

from typing import Annotated

import typer
from rich.table import Table

from infra.cli.terminal import HOME, out
from infra.local.cloud import LocalCloud
from infra.local.faults.kinds import FAULTS
from infra.local.faults.switchboard import Switchboard, fault_called

Name = Annotated[str, typer.Argument(help="A fault's name, as `shop fault list` shows it.")]
Strength = Annotated[int | None, typer.Option("--strength", help="How strong; see the list.")]

fault = typer.Typer(help="Make the open shop go wrong on purpose.", no_args_is_help=True)


@fault.command("list")
def show() -> None:
    """Show every fault, what it does, and whether it is on."""
    on = _switchboard().on()
    table = Table(box=None, pad_edge=False, show_header=False)
    for it in FAULTS:
        state = f"[red]on[/] {on[it.name] or ''}" if it.name in on else "off"
        strength = f" [dim]({it.strength} {it.unit} usually)[/]" if it.unit else ""
        table.add_row(it.name, state if it.place != "once" else "", it.words + strength)
    out.print(table)


@fault.command()
def on(name: Name, strength: Strength = None) -> None:
    """Switch a fault on; `poison` sends its message once."""
    _switchboard().switch_on(name, strength)
    out.print(f"{fault_called(name).title}: {fault_called(name).words}")


@fault.command()
def off(name: Name) -> None:
    """Switch a fault off."""
    _switchboard().switch_off(name)
    out.print(f"{name} is off.")


@fault.command()
def clear() -> None:
    """Switch all faults off."""
    _switchboard().clear()
    out.print("All faults are off.")


def _switchboard() -> Switchboard:
    return Switchboard(LocalCloud.running_in(HOME))
