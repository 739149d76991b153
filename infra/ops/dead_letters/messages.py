"""Dead letters as a person wants to see them: about which order, since when, and why."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.orders.events import UnreadableEvent, read_event
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import Deployed

HIDDEN = 60  # seconds for which others do not see what we look at
MOST = 500  # at once: nobody reads more
EMPTY_LOOKS = 2  # SQS may have some left when it says that it has none
ADDED_ON_THE_WAY = {"reason", "ErrorCode", "ErrorMessage", "RequestID"}
TRIES = re.compile(r"after (\d+) tries")
DIED = "Its worker was killed, ran out of time or was turned away at every try."


@dataclass(frozen=True)
class DeadLetter:
    message_id: str
    receipt: str
    body: str
    attributes: dict[str, Any]
    sent_at: datetime
    content: dict[str, Any]

    @property
    def reason(self) -> str:
        """As a worker or SNS wrote it on the message, or as Lambda wrote it into it."""
        told = self.attributes.get("reason") or self.attributes.get("ErrorMessage")
        if told:
            return str(told["StringValue"])
        said = self.content.get("responsePayload") or self.content.get("requestContext")
        if not isinstance(said, dict):
            return DIED
        return str(said.get("errorMessage") or said.get("condition") or DIED)

    @property
    def tries(self) -> int:
        """0 where nobody counted: a message that cannot be read is not tried again."""
        counted = TRIES.search(self.reason)
        if counted:
            return int(counted[1])
        context = self.content.get("requestContext")
        return int(context.get("approximateInvokeCount", 0)) if isinstance(context, dict) else 0

    @property
    def order_id(self) -> str:
        detail = self.content.get("detail")
        name = str(detail.get("name", "")) if isinstance(detail, dict) else ""
        return str(self.content.get("order_id") or name.partition("-")[0])

    @property
    def event_id(self) -> str:
        return str(self.content.get("event_id") or self.message_id)

    @property
    def about(self) -> str:
        return str(self.content.get("type") or self.content.get("detail-type") or "a message")

    @property
    def original_attributes(self) -> dict[str, Any]:
        return {n: it for n, it in self.attributes.items() if n not in ADDED_ON_THE_WAY}


def unreadable(queue: DeadLetterQueue, letter: DeadLetter) -> str:
    """Why no worker will ever understand it, or nothing: then sending it back may help."""
    if not queue.holds_events:
        return ""
    try:
        read_event(letter.body)
    except UnreadableEvent as reason:
        return str(reason)
    return ""


@contextmanager
def in_hand(shop: Deployed, queue: DeadLetterQueue, most: int = MOST) -> Iterator[list[DeadLetter]]:
    """Take what lies there; whatever is not deleted meanwhile lies there again afterwards.

    Should we die, it is back within a minute by itself.
    """
    sqs, found = shop.client("sqs"), dict[str, DeadLetter]()
    looks = 0
    while len(found) < most and looks < EMPTY_LOOKS:
        answer = sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=min(10, most - len(found)),
            VisibilityTimeout=HIDDEN,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        taken = [_letter(it) for it in answer.get("Messages", [])]
        looks = 0 if taken else looks + 1
        found |= {it.message_id: it for it in taken}
    try:
        yield list(found.values())
    finally:
        for letter in found.values():
            _put_back(sqs, queue, letter)


def _put_back(sqs: Any, queue: DeadLetterQueue, letter: DeadLetter) -> None:
    try:
        sqs.change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )
    except sqs.exceptions.ClientError:
        return  # deleted meanwhile, or visible again already


def _letter(message: dict[str, Any]) -> DeadLetter:
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    return DeadLetter(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        message.get("MessageAttributes", {}),
        datetime.fromtimestamp(sent, UTC),
        _content(message["Body"]),
    )


def _content(body: str) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
