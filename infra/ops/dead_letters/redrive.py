"""Send dead letters back, or discard them with a reason; doing either twice does no harm.

A letter is sent first and deleted after: dying in between leaves a copy, and every worker acts once
on each event, however often it comes.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from infra.ops.dead_letters import audit_trail
from infra.ops.dead_letters.audit_trail import Person
from infra.ops.dead_letters.messages import MOST, DeadLetter, in_hand, unreadable
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import Deployed


@dataclass(frozen=True)
class Plan:
    """Which letters to send back, all when none is named, and how fast; `dry` only tells."""

    wanted: frozenset[str] = frozenset()
    most: int = 100
    rate: float = 5  # in a second
    dry: bool = False


@dataclass(frozen=True)
class Done:
    letter: DeadLetter
    sent: bool
    said: str


def redrive(shop: Deployed, queue: DeadLetterQueue, plan: Plan, person: Person) -> list[Done]:
    """What was, or in a dry run would be, done with each letter."""
    with in_hand(shop, queue) as letters:
        chosen = [it for it in letters if not plan.wanted or it.message_id in plan.wanted]
        return [_sent_back(shop, queue, it, plan, person) for it in chosen[: plan.most]]


def discard(shop: Deployed, queue: DeadLetterQueue, message_id: str, person: Person) -> bool:
    """Noted before it is gone. False when it is not there any more."""
    with in_hand(shop, queue, MOST) as letters:
        letter = next((it for it in letters if it.message_id == message_id), None)
        if letter is None:
            return False
        audit_trail.note(shop, "discarded", queue, letter, person)
        _delete(shop, queue, letter)
        return True


def _sent_back(
    shop: Deployed, queue: DeadLetterQueue, letter: DeadLetter, plan: Plan, person: Person
) -> Done:
    if why := unreadable(queue, letter):
        return Done(letter, sent=False, said=f"stays: no worker can read it ({why})")
    if plan.dry:
        return Done(letter, sent=True, said=f"would go to {queue.destination}")
    _send(shop, queue, letter)
    audit_trail.note(shop, "sent back", queue, letter, person)
    _delete(shop, queue, letter)
    time.sleep(1 / plan.rate)
    return Done(letter, sent=True, said=f"went to {queue.destination}")


def _send(shop: Deployed, queue: DeadLetterQueue, letter: DeadLetter) -> None:
    if queue.target_kind == "queue":
        shop.client("sqs").send_message(
            QueueUrl=queue.target,
            MessageBody=letter.body,
            MessageAttributes=letter.original_attributes,
        )
        return
    payload: Any = (
        letter.content.get("requestPayload", {}) if queue.target_kind == "function" else {}
    )
    shop.client("lambda").invoke(
        FunctionName=queue.target, InvocationType="Event", Payload=json.dumps(payload).encode()
    )


def _delete(shop: Deployed, queue: DeadLetterQueue, letter: DeadLetter) -> None:
    shop.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=letter.receipt)
