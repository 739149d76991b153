"""`shop redrive`: send dead letters back to where they were meant to go."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.terminal import out
from infra.cli.verify import StackName, shop_called
from infra.ops.dead_letters.audit_trail import Person
from infra.ops.dead_letters.queues import dead_queue
from infra.ops.dead_letters.redrive import Done, Plan
from infra.ops.dead_letters.redrive import redrive as send_back

Queue = Annotated[str, typer.Argument(help="email, analytics, inventory, fulfilment, rescue, ...")]
Most = Annotated[int, typer.Option("--max", min=1, max=500, help="How many at most.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=100, help="How many in a second.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]


def redrive(
    queue: Queue,
    most: Most = 100,
    rate: Rate = 5,
    dry_run: Dry = False,  # noqa: FBT002 (an option of the command line)
    stack: StackName = "",
) -> None:
    """Send a queue's dead letters back; safe to repeat, since every event is acted on once."""
    shop = shop_called(stack)
    letters = dead_queue(shop, queue)
    plan = Plan(most=most, rate=rate, dry=dry_run)
    done = send_back(shop, letters, plan, Person(getpass.getuser()))
    for it in done:
        _show(it)
    sent = sum(it.sent for it in done)
    verb = "would go" if dry_run else "went"
    out.print(f"{sent} {verb} to {letters.destination}, {len(done) - sent} stay.")


def _show(done: Done) -> None:
    letter = done.letter
    seconds = (datetime.now(UTC) - letter.sent_at).total_seconds()
    about = f"{letter.about} {letter.event_id} ({letter.reason}; {seconds:.0f} s old)"
    out.print(f"{about} {done.said}", markup=False, soft_wrap=True)
