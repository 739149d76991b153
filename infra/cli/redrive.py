"""`shop redrive`: send messages from a dead-letter queue to their original destination."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.terminal import StackName, find_stack, out
from infra.ops.dead_letters.audit_log import Operator
from infra.ops.dead_letters.queues import find_dead_letter_queue
from infra.ops.dead_letters.redrive import RedrivePlan, RedriveResult
from infra.ops.dead_letters.redrive import redrive as redrive_messages

Queue = Annotated[
    str,
    typer.Argument(
        help="email, analytics, inventory, fulfillment, failed-executions, publish, thumbnail "
        "or import."
    ),
]
Limit = Annotated[int, typer.Option("--max", min=1, max=500, help="Maximum number of messages.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=100, help="Messages per second.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list the messages.")]


def redrive(
    queue: Queue,
    limit: Limit = 100,
    rate: Rate = 5,
    dry_run: DryRun = False,  # noqa: FBT002 (an option of the command line)
    stack: StackName = "",
) -> None:
    """Redrive the messages of a dead-letter queue.

    Safe to repeat, because consumers are idempotent. Messages that no worker can read stay in the
    queue. Each redriven message is recorded in the audit log.
    """
    shop = find_stack(stack)
    dead_letter_queue = find_dead_letter_queue(shop, queue)
    plan = RedrivePlan(limit=limit, rate=rate, dry_run=dry_run)
    results = redrive_messages(shop, dead_letter_queue, plan, Operator(getpass.getuser()))
    for result in results:
        _print(result)
    sent = sum(result.sent for result in results)
    verb = "would go" if dry_run else "sent"
    out.print(f"{sent} {verb} to {dead_letter_queue.destination}, {len(results) - sent} stay.")


def _print(result: RedriveResult) -> None:
    message = result.message
    seconds = (datetime.now(UTC) - message.sent_at).total_seconds()
    description = f"{message.kind} {message.event_id} ({message.reason}; {seconds:.0f} s old)"
    out.print(f"{description} {result.outcome}", markup=False, soft_wrap=True)
