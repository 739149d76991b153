"""`shop aws status`: print the state of a stack, and the DNS records of its sender."""

from collections.abc import Mapping

from infra.aws.dns_records import OUTPUT, read_dns_records
from infra.aws.stack_advice import advise
from infra.aws.stack_states import require_exists
from infra.aws.status import read_status
from infra.cli.terminal import out
from infra.ops.deployed_stack import DeployedStack

HEADINGS = ("Type", "Name", "Priority", "Value")


def print_status(stack: DeployedStack) -> None:
    """Print state, addresses, alarms, dead letters and DNS records of a stack.

    A state in which it cannot be updated comes with what to do. Raises ``UserError`` if there is no
    such stack.
    """
    require_exists(stack)
    state = read_status(stack)
    out.print(f"{stack.stack_name}: {state.status}")
    if advice := advise(state.status, stack.stack_name):
        out.print(advice, style="yellow", markup=False, soft_wrap=True)
    for name, value in sorted(state.outputs.items()):
        if name != OUTPUT:
            out.print(f"  {name}: {value}", markup=False, soft_wrap=True)
    out.print(f"In ALARM: {', '.join(state.alarms) or 'none'}")
    held = [f"{name} {number}" for name, number in state.dead_letters.items() if number]
    out.print(f"Dead letters: {', '.join(held) or 'none'}")
    print_dns_records(state.outputs)


def print_dns_records(outputs: Mapping[str, str]) -> None:
    """Print a table to be typed in at a DNS provider, if the stack verifies a domain.

    No line is wrapped, since the values are copied.
    """
    records = read_dns_records(outputs.get(OUTPUT, ""))
    if not records:
        return
    out.print("DNS records of the sender's domain:")
    rows = [HEADINGS, *records]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print("  " + "  ".join(cells).rstrip(), markup=False, soft_wrap=True)
