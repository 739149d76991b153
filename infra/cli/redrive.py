"""`shop redrive`: send messages from a dead-letter queue to their original destination."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.terminal import StackName, find_stack, out
from infra.ops.dead_letters.audit_log import Operator
from infra.ops.dead_letters.queues import (
    DeadLetterQueue,
    dead_letter_queues,
    find_dead_letter_queue,
)
from infra.ops.dead_letters.redrive import RedrivePlan, RedriveResult
from infra.ops.dead_letters.redrive import redrive as redrive_messages
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

Queue = Annotated[
    str,
    typer.Argument(
        help="email, analytics, inventory, fulfillment, failed-executions, publish, thumbnail "
        "or import."
    ),
]
AllQueues = Annotated[bool, typer.Option("--all", help="Redrive all dead-letter queues.")]
Limit = Annotated[
    int, typer.Option("--max", min=1, max=500, help="Maximum number of messages from each queue.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list the messages.")]


def redrive(
    queue: Queue = "",
    *,
    all_queues: AllQueues = False,
    limit: Limit = 100,
    dry_run: DryRun = False,
    stack: StackName = "",
) -> None:
    """Redrive the messages of one or all dead-letter queues, five per second.

    Safe to repeat, because consumers are idempotent. Messages that no worker can read stay in the
    queue. Each redriven message is recorded in the audit log.
    """
    shop = find_stack(stack)
    plan = RedrivePlan(limit=limit, dry_run=dry_run)
    for dead_letter_queue in choose_queues(shop, queue, all_queues=all_queues):
        _redrive_queue(shop, dead_letter_queue, plan)


def choose_queues(shop: DeployedStack, name: str, *, all_queues: bool) -> list[DeadLetterQueue]:
    """Raises ``UserError`` unless one queue is named, or all are."""
    if bool(name) == all_queues:
        raise UserError("Name one dead-letter queue, or use --all for all of them.")
    return dead_letter_queues(shop) if all_queues else [find_dead_letter_queue(shop, name)]


def _redrive_queue(shop: DeployedStack, queue: DeadLetterQueue, plan: RedrivePlan) -> None:
    results = redrive_messages(shop, queue, plan, Operator(getpass.getuser()))
    for result in results:
        _print(result)
    sent = sum(result.sent for result in results)
    verb = "would go" if plan.dry_run else "sent"
    out.print(f"{sent} {verb} to {queue.destination}, {len(results) - sent} stay.")


def _print(result: RedriveResult) -> None:
    message = result.message
    seconds = (datetime.now(UTC) - message.sent_at).total_seconds()
    description = f"{message.kind} {message.event_id} ({message.reason}; {seconds:.0f} s old)"
    out.print(f"{description} {result.outcome}", markup=False, soft_wrap=True)
