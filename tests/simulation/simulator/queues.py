"""A topic and queues with AWS's guarantees: at least once, unordered, visibility timeouts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.simulation.simulator.dynamodb import STACK_NAME, resources
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Invocation, Outcome, Scheduler

BATCH_SIZE = 10

type Attributes = dict[str, str]
type Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(eq=False)
class Message:
    """A message in a queue. Its number serves as its id and as its receipt handle."""

    number: int
    body: str
    attributes: Attributes
    visible_at: datetime
    receive_count: int = 0


@dataclass(eq=False)
class Queue:
    """A queue with its worker and its dead-letter queue."""

    name: str
    handler: Handler
    scheduler: Scheduler
    faults: Faults
    visibility_timeout: int
    max_receive_count: int
    messages: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)
    numbers: int = 0

    def send(self, body: str, attributes: Attributes) -> None:
        """Add a message: sometimes twice, and sometimes late."""
        random = self.scheduler.random
        for _ in range(1 + self.faults.occurs("delivered twice")):
            delay = random.uniform(5, 240) if self.faults.occurs("delivered late") else 0
            self._enqueue(body, attributes, delay + random.uniform(0, 0.2))

    def _enqueue(self, body: str, attributes: Attributes, delay: float) -> None:
        self.numbers += 1
        visible_at = self.scheduler.now + timedelta(seconds=delay)
        self.messages.append(Message(self.numbers, body, dict(attributes), visible_at))
        self.scheduler.after(delay, self.poll)

    def poll(self) -> None:
        """As Lambda's poller: receive visible messages and invoke the worker with them."""
        batch = self._receive()
        if batch:
            event = {"Records": [_record(message, self.name) for message in batch]}
            invocation = self.scheduler.invoke(
                f"{self.name} {[message.number for message in batch]}",
                lambda context: self.handler(event, context),
            )
            invocation.clock_skew = self.faults.clock_skew()
            invocation.queue = self
            invocation.on_finish = lambda outcome: self._delete_handled(batch, outcome)

    def _receive(self) -> list[Message]:
        now = self.scheduler.now
        visible = [message for message in self.messages if message.visible_at <= now]
        if len(visible) > 1 and self.faults.occurs("delivered out of order"):
            self.scheduler.random.shuffle(visible)
        batch = []
        for message in visible[: self.scheduler.random.randint(1, BATCH_SIZE)]:
            self._hide(message, self.visibility_timeout)
            message.receive_count += 1
            if message.receive_count > self.max_receive_count:
                self.messages.remove(message)
                self.dead_letters.append(message)
            else:
                batch.append(message)
        if len(visible) > len(batch):
            self.scheduler.after(0.02, self.poll)
        return batch

    def _hide(self, message: Message, seconds: float) -> None:
        message.visible_at = self.scheduler.now + timedelta(seconds=seconds)
        self.scheduler.after(seconds, self.poll)

    def _delete_handled(self, batch: list[Message], outcome: Outcome) -> None:
        """Delete what is not reported as failed; if the invocation failed, delete nothing."""
        if outcome.error:
            return
        failures = (outcome.answer or {}).get("batchItemFailures", [])
        failed = {failure["itemIdentifier"] for failure in failures}
        for message in batch:
            if (
                str(message.number) not in failed
                and message in self.messages
                and not self.faults.occurs("handled, but not deleted")
            ):
                self.messages.remove(message)

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        for message in self.messages:
            if str(message.number) == receipt_handle:
                self._hide(message, seconds)

    def send_to_dlq(self, body: str, attributes: Attributes) -> None:
        self.numbers += 1
        message = Message(self.numbers, body, attributes, self.scheduler.now)
        self.dead_letters.append(message)

    def redrive(self, should_redrive: Callable[[str], bool]) -> None:
        """As an operator does: send the chosen dead letters back to their queue."""
        for message in [it for it in self.dead_letters if should_redrive(it.body)]:
            self.dead_letters.remove(message)
            self.scheduler.log(f"{self.name}: redriven {message.body[:80]}")
            self.send(message.body, {k: v for k, v in message.attributes.items() if k != "reason"})


def _record(message: Message, queue: str) -> dict[str, Any]:
    return {
        "messageId": str(message.number),
        "receiptHandle": str(message.number),
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receive_count)},
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:000000000000:{STACK_NAME}-{queue}",
    }


def make_queue(name: str, handler: Handler, scheduler: Scheduler, faults: Faults) -> Queue:
    """A queue as the template defines it."""
    properties = resources("AWS::SQS::Queue")[_logical_id(name)]
    receives = properties["RedrivePolicy"]["maxReceiveCount"]
    timeout = properties["VisibilityTimeout"]
    return Queue(name, handler, scheduler, faults, timeout, receives)


@cache
def _logical_id(name: str) -> str:
    """The resource of the queue with this name."""
    (logical_id,) = (
        logical_id
        for logical_id, properties in resources("AWS::SQS::Queue").items()
        if properties.get("QueueName") == {"Fn::Sub": f"${{AWS::StackName}}-{name}"}
    )
    return logical_id


@cache
def _subscribed_types(name: str) -> frozenset[str]:
    """The event types that the filter of this queue's subscription lets through."""
    return frozenset(
        event_type
        for properties in resources("AWS::SNS::Subscription").values()
        if properties["Endpoint"] == {"Fn::GetAtt": [_logical_id(name), "Arn"]}
        for event_type in properties["FilterPolicy"]["type"]
    )


@dataclass
class Topic:
    """The topic sends each message to the queues that subscribed to its type."""

    queues: dict[str, Queue]
    published: int = 0

    def publish(self, body: str, attributes: Attributes) -> None:
        self.published += 1
        for name, queue in self.queues.items():
            if attributes["type"] in _subscribed_types(name):
                queue.send(body, attributes)


def queue_of(invocation: object) -> Queue:
    """The queue whose worker is running."""
    assert isinstance(invocation, Invocation)
    assert isinstance(invocation.queue, Queue)
    return invocation.queue
