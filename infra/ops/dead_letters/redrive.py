"""Redrive messages from a dead-letter queue, or discard them; both are safe to repeat.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html

A message is sent first, then recorded, then deleted. A crash in between leaves a copy, which is
harmless because every consumer is idempotent.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from infra.ops.dead_letters import audit_log
from infra.ops.dead_letters.audit_log import Operator
from infra.ops.dead_letters.messages import (
    DeadLetter,
    receive_dead_letters,
    unreadable_reason,
)
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import DeployedStack


@dataclass(frozen=True)
class RedrivePlan:
    """The messages to redrive (all if no id is given): at most ``limit``, ``rate`` per second."""

    message_ids: frozenset[str] = frozenset()
    limit: int = 100
    rate: float = 5
    dry_run: bool = False


@dataclass(frozen=True)
class RedriveResult:
    """What was done, or in a dry run would be done, with one message."""

    message: DeadLetter
    sent: bool
    outcome: str


def redrive(
    shop: DeployedStack, queue: DeadLetterQueue, plan: RedrivePlan, operator: Operator
) -> list[RedriveResult]:
    """Send messages to their original destination. Unreadable messages stay in the queue."""
    with receive_dead_letters(shop, queue) as messages:
        ids = plan.message_ids
        chosen = [message for message in messages if not ids or message.message_id in ids]
        return [_redrive(shop, queue, it, plan, operator) for it in chosen[: plan.limit]]


def discard(
    shop: DeployedStack, queue: DeadLetterQueue, message_id: str, operator: Operator
) -> bool:
    """Record the message in the audit log and delete it; ``False`` if it is not in the queue."""
    with receive_dead_letters(shop, queue) as messages:
        message = next((it for it in messages if it.message_id == message_id), None)
        if message is None:
            return False
        audit_log.record(shop, "discarded", queue, message, operator)
        _delete(shop, queue, message)
        return True


def _redrive(
    shop: DeployedStack,
    queue: DeadLetterQueue,
    message: DeadLetter,
    plan: RedrivePlan,
    operator: Operator,
) -> RedriveResult:
    if reason := unreadable_reason(queue, message):
        return RedriveResult(
            message, sent=False, outcome=f"stays: no worker can read it ({reason})"
        )
    if plan.dry_run:
        return RedriveResult(message, sent=True, outcome=f"would go to {queue.destination}")
    _send(shop, queue, message)
    audit_log.record(shop, "redriven", queue, message, operator)
    _delete(shop, queue, message)
    time.sleep(1 / plan.rate)
    return RedriveResult(message, sent=True, outcome=f"sent to {queue.destination}")


def _send(shop: DeployedStack, queue: DeadLetterQueue, message: DeadLetter) -> None:
    if queue.target_kind == "queue":
        shop.client("sqs").send_message(
            QueueUrl=queue.target,
            MessageBody=message.body,
            MessageAttributes=message.original_attributes,
        )
        return
    is_function = queue.target_kind == "function"
    payload: Any = message.content.get("requestPayload", {}) if is_function else {}
    shop.client("lambda").invoke(
        FunctionName=queue.target, InvocationType="Event", Payload=json.dumps(payload).encode()
    )


def _delete(shop: DeployedStack, queue: DeadLetterQueue, message: DeadLetter) -> None:
    shop.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=message.receipt)
