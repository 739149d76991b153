"""`shop inject-fault`: fault injection for the running local shop."""

import re
from datetime import timedelta
from typing import Annotated, Literal

import typer
from rich.table import Table

from infra.cli.terminal import STATE_FOLDER, out
from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector, find_fault, outage_name
from infra.local.faults.kinds import FAULTS
from infra.local.faults.outage_file import UNTIL_DISABLED
from infra.user_error import UserError

Name = Annotated[str, typer.Argument(help="Name of a fault, see `shop inject-fault list`.")]
Strength = Annotated[
    int | None,
    typer.Option("--strength", help="Strength from 1 to 60; unit and default depend on the fault."),
]
Duration = Annotated[
    str,
    typer.Option(
        "--for",
        help="How long an outage lasts, such as 90s, 10m or 2h. Without it: until disabled.",
    ),
]
Kind = Annotated[
    Literal["unavailable", "throttled"] | None,
    typer.Option(
        "--kind",
        help="How each call fails: after 4 s without an answer (unavailable, the default) or at "
        "once (throttled).",
    ),
]
DURATION = re.compile(r"([1-9][0-9]{0,5})([smh])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}

inject_fault = typer.Typer(
    help="Inject faults into the running shop.",
    no_args_is_help=True,
)


@inject_fault.command("list")
def show() -> None:
    """List all faults, and which are active."""
    injector = _injector()
    active = injector.active()
    kinds = {outage_name(it.service): it.kind for it in injector.outages()}
    table = Table(box=None, pad_edge=False, show_header=False)
    for fault in FAULTS:
        state = f"[red]active[/] {active[fault.name] or ''}" if fault.name in active else "off"
        if fault.name in kinds:
            left = f" for {active[fault.name]} min" if active[fault.name] else ""
            state = f"[red]{kinds[fault.name]}[/]{left}"
        with_default = fault.unit and fault.target != "outage"
        default = f" [dim](default {fault.strength} {fault.unit})[/]" if with_default else ""
        state = "" if fault.target == "once" else state
        table.add_row(fault.name, state, fault.description + default)
    out.print(table)


@inject_fault.command()
def on(name: Name, strength: Strength = None, duration: Duration = "", kind: Kind = None) -> None:
    """Enable a fault; `poison-message` sends its messages once.

    An outage, such as `ses-outage --for 10m`, affects the functions. It does not affect this
    command, `shop verify` or the other tools of operators.
    """
    if duration or kind:
        lasting = read_duration(duration) if duration else UNTIL_DISABLED
        _injector().start_outage(name, lasting, kind or "unavailable")
    else:
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


def read_duration(text: str) -> timedelta:
    """Raises ``UserError`` with examples if the text is not a duration."""
    match = DURATION.fullmatch(text.strip())
    if match is None:
        raise UserError(f"--for {text}: enter a number and its unit, such as 90s, 10m or 2h.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _injector() -> FaultInjector:
    return FaultInjector(LocalCloud.running_in(STATE_FOLDER))
