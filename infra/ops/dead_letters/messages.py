"""Messages in a dead-letter queue, with the order, the reason and the attempts of each."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.orders.events import UnreadableEvent, read_event
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import DeployedStack

VISIBILITY_TIMEOUT = 60  # seconds
MAX_MESSAGES = 500
MAX_EMPTY_RECEIVES = 2  # SQS samples its servers: one empty response does not mean an empty queue
# What workers, SNS and EventBridge add: the reason, and how often it was tried.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
REASONS = ("reason", "ErrorMessage", "ERROR_MESSAGE")
OF_EVENTBRIDGE = {
    *("ERROR_CODE", "ERROR_MESSAGE", "EXHAUSTED_RETRY_CONDITION", "RETRY_ATTEMPTS"),
    *("RULE_ARN", "TARGET_ARN"),
}
ADDED_ATTRIBUTES = {"reason", "ErrorCode", "ErrorMessage", "RequestID"} | OF_EVENTBRIDGE
ATTEMPTS = re.compile(r"after (\d+) attempts?")
UNKNOWN_REASON = "Its worker crashed, timed out or was throttled at every attempt."


@dataclass(frozen=True)
class DeadLetter:
    """A received message. ``content`` is its JSON body, or empty if the body is not JSON."""

    message_id: str
    receipt: str
    body: str
    attributes: dict[str, Any]
    sent_at: datetime
    content: dict[str, Any]

    @property
    def reason(self) -> str:
        """Why it failed: an attribute of a worker, SNS or EventBridge, or in the body by Lambda."""
        if found := next(filter(None, map(self._attribute, REASONS)), ""):
            code = self._attribute("ERROR_CODE")
            return f"{code}: {found}" if code else found
        failure = self.content.get("responsePayload") or self.content.get("requestContext")
        if not isinstance(failure, dict):
            return UNKNOWN_REASON
        return str(failure.get("errorMessage") or failure.get("condition") or UNKNOWN_REASON)

    @property
    def attempts(self) -> int:
        """0 if unknown, for example of a message that cannot be parsed and is not retried."""
        if stated := ATTEMPTS.search(self.reason):
            return int(stated[1])
        if retries := self._attribute("RETRY_ATTEMPTS"):
            return int(retries) + 1
        context = self.content.get("requestContext")
        return int(context.get("approximateInvokeCount", 0)) if isinstance(context, dict) else 0

    @property
    def order_id(self) -> str:
        """From the event, or from the execution name of a failed execution (``<id>-r2``)."""
        detail = self.content.get("detail")
        execution = str(detail.get("name", "")) if isinstance(detail, dict) else ""
        return str(self.content.get("order_id") or execution.partition("-")[0])

    @property
    def event_id(self) -> str:
        return str(self.content.get("event_id") or self.message_id)

    @property
    def kind(self) -> str:
        """The event's type, or "a message" if there is none."""
        return str(self.content.get("type") or self.content.get("detail-type") or "a message")

    @property
    def original_attributes(self) -> dict[str, Any]:
        """Without those that were added when it was moved to the dead-letter queue."""
        return {n: value for n, value in self.attributes.items() if n not in ADDED_ATTRIBUTES}

    def _attribute(self, name: str) -> str:
        return str(self.attributes.get(name, {}).get("StringValue", ""))


def unreadable_reason(queue: DeadLetterQueue, message: DeadLetter) -> str:
    """Why no worker can parse the message; empty if a redrive may succeed.

    EventBridge's message about a bounce, which the email worker reads too, is no order event.
    """
    if not queue.holds_events or "detail-type" in message.content:
        return ""
    try:
        read_event(message.body)
    except UnreadableEvent as error:
        return str(error)
    return ""


@contextmanager
def receive_dead_letters(
    shop: DeployedStack, queue: DeadLetterQueue, limit: int = MAX_MESSAGES
) -> Iterator[list[DeadLetter]]:
    """Receive the queue's messages; those not deleted become visible again at the end.

    After a crash of this process they become visible after ``VISIBILITY_TIMEOUT`` seconds.
    """
    sqs, received = shop.client("sqs"), dict[str, DeadLetter]()
    empty_receives = 0
    while len(received) < limit and empty_receives < MAX_EMPTY_RECEIVES:
        response = sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=min(10, limit - len(received)),
            VisibilityTimeout=VISIBILITY_TIMEOUT,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        batch = [_dead_letter(message) for message in response.get("Messages", [])]
        empty_receives = 0 if batch else empty_receives + 1
        received |= {message.message_id: message for message in batch}
    try:
        yield list(received.values())
    finally:
        for message in received.values():
            _make_visible(sqs, queue, message)


def _make_visible(sqs: Any, queue: DeadLetterQueue, message: DeadLetter) -> None:
    try:
        sqs.change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=message.receipt, VisibilityTimeout=0
        )
    except sqs.exceptions.ClientError:
        return  # already deleted or visible


def _dead_letter(message: dict[str, Any]) -> DeadLetter:
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    return DeadLetter(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        message.get("MessageAttributes", {}),
        datetime.fromtimestamp(sent, UTC),
        parse_body(message["Body"]),
    )


def parse_body(body: str) -> dict[str, Any]:
    """The body as a JSON object; empty for any other body."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
