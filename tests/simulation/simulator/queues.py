"""Queues with SQS's guarantees: at least once, unordered, visibility timeouts, retention."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.simulation.simulator.dynamodb import STACK_NAME, parameter, resources
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Invocation, Outcome, Scheduler

BATCH_SIZE = 10
SERVICE = "sqs"

type Attributes = dict[str, str]
type Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(eq=False)
class Message:
    """A message in a queue. Its number serves as its id and as its receipt handle."""

    number: int
    body: str
    attributes: Attributes
    sent_at: datetime
    visible_at: datetime
    receive_count: int = 0


@dataclass(frozen=True)
class QueueSettings:
    """The queue and its event source as the template defines them."""

    visibility_timeout: int
    max_receive_count: int
    retention: timedelta
    delay: int
    max_concurrency: int


@dataclass(eq=False)
class Queue:
    """A queue with its worker and its dead-letter queue."""

    name: str
    handler: Handler
    scheduler: Scheduler
    faults: Faults
    settings: QueueSettings
    messages: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)
    numbers: int = 0
    running: int = 0
    unreachable_until: datetime | None = None  # SNS delivers nothing before, and retries
    refuses_delivery: bool = False  # while unreachable: its subscription's DLQ gets the messages

    def send(self, body: str, attributes: Attributes) -> None:
        """Add a message: sometimes twice, sometimes late, and after an outage of the queue."""
        if self.refuses_delivery and self._is_unreachable:
            self.send_to_dlq(body, attributes)
            return
        random = self.scheduler.random
        for _ in range(1 + self.faults.occurs("delivered twice")):
            late = random.uniform(5, 240) if self.faults.occurs("delivered late") else 0
            delay = max(late + random.uniform(0, 0.2), self._seconds_unreachable())
            self.scheduler.after(delay, lambda: self._enqueue(body, attributes))

    @property
    def _is_unreachable(self) -> bool:
        return bool(self.unreachable_until and self.unreachable_until > self.scheduler.now)

    def _seconds_unreachable(self) -> float:
        """Until SNS's first retry after the outage; SNS retries for 23 days, every 20 seconds.

        https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
        """
        outage = self.faults.outage_of(SERVICE, self.scheduler.now)
        ends = [outage.end] if outage else []
        if self._is_unreachable and self.unreachable_until:
            ends.append(self.unreachable_until)
        if not ends:
            return 0
        retry = self.scheduler.random.uniform(0, 20)
        return (max(ends) - self.scheduler.now).total_seconds() + retry

    def _enqueue(self, body: str, attributes: Attributes) -> None:
        self.numbers += 1
        now = self.scheduler.now
        visible_at = now + timedelta(seconds=self.settings.delay)
        self.messages.append(Message(self.numbers, body, dict(attributes), now, visible_at))
        self.scheduler.after(self.settings.delay, self.poll)

    def poll(self) -> None:
        """As Lambda's poller: receive visible messages and invoke the worker with them."""
        if outage := self.faults.outage_of(SERVICE, self.scheduler.now):
            remaining = (outage.end - self.scheduler.now).total_seconds()
            self.scheduler.after(remaining, self.poll)
            return
        if self.running >= self.settings.max_concurrency:
            return  # polls again when an invocation ends
        batch = self._receive()
        if batch and not self.faults.occurs("worker throttled"):
            self._invoke(batch)

    def _invoke(self, batch: list[Message]) -> None:
        event = {"Records": [_record(message, self.name) for message in batch]}
        invocation = self.scheduler.invoke(
            f"{self.name} {[message.number for message in batch]}",
            lambda context: self.handler(event, context),
        )
        self.running += 1
        invocation.clock_skew = self.faults.clock_skew()
        invocation.queue = self
        invocation.on_finish = lambda outcome: self._finish(batch, outcome)

    def _receive(self) -> list[Message]:
        now = self.scheduler.now
        self._drop_expired(now)
        visible = [message for message in self.messages if message.visible_at <= now]
        if len(visible) > 1 and self.faults.occurs("delivered out of order"):
            self.scheduler.random.shuffle(visible)
        batch = []
        for message in visible[: self.scheduler.random.randint(1, BATCH_SIZE)]:
            self._hide(message, self.settings.visibility_timeout)
            message.receive_count += 1
            if message.receive_count > self.settings.max_receive_count:
                self.messages.remove(message)
                self.dead_letters.append(message)
            else:
                batch.append(message)
        if len(visible) > len(batch):
            self.scheduler.after(0.02, self.poll)
        return batch

    def _drop_expired(self, now: datetime) -> None:
        """SQS deletes what is older than the retention period, without a dead letter."""
        oldest = now - self.settings.retention
        for message in [it for it in self.messages if it.sent_at < oldest]:
            self.messages.remove(message)
            self.scheduler.log(f"{self.name}: expired {message.body[:80]}")

    def _hide(self, message: Message, seconds: float) -> None:
        message.visible_at = self.scheduler.now + timedelta(seconds=seconds)
        self.scheduler.after(seconds, self.poll)

    def _finish(self, batch: list[Message], outcome: Outcome) -> None:
        self.running -= 1
        if not self.faults.outage_of(SERVICE, self.scheduler.now):
            self._delete_handled(batch, outcome)
        self.poll()

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

    def send_again(self, body: str, attributes: Attributes) -> None:
        """As a worker does that sends a message to its own queue."""
        self._enqueue(body, attributes)

    def send_to_dlq(self, body: str, attributes: Attributes) -> None:
        self.numbers += 1
        now = self.scheduler.now
        self.dead_letters.append(Message(self.numbers, body, attributes, now, now))

    def redrive(self, should_redrive: Callable[[Message], bool]) -> None:
        """As an operator does: send the chosen dead letters back to their queue."""
        for message in [it for it in self.dead_letters if should_redrive(it)]:
            self.dead_letters.remove(message)
            self.scheduler.log(f"{self.name}: redriven {message.body[:80]}")
            self.send(message.body, {k: v for k, v in message.attributes.items() if k != "reason"})


def _record(message: Message, queue: str) -> dict[str, Any]:
    milliseconds = str(int(message.sent_at.timestamp() * 1000))
    return {
        "messageId": str(message.number),
        "receiptHandle": str(message.number),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": milliseconds,
            "ApproximateFirstReceiveTimestamp": milliseconds,
        },
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:000000000000:{STACK_NAME}-{queue}",
    }


def make_queue(name: str, handler: Handler, scheduler: Scheduler, faults: Faults) -> Queue:
    """A queue as the template defines it."""
    return Queue(name, handler, scheduler, faults, _settings(name))


@cache
def _settings(name: str) -> QueueSettings:
    properties = resources("AWS::SQS::Queue")[_logical_id(name)]
    return QueueSettings(
        visibility_timeout=parameter(properties["VisibilityTimeout"]),
        max_receive_count=parameter(properties["RedrivePolicy"]["maxReceiveCount"]),
        retention=timedelta(seconds=parameter(properties["MessageRetentionPeriod"])),
        delay=parameter(properties.get("DelaySeconds", 0)),
        max_concurrency=_max_concurrency(name),
    )


def _max_concurrency(name: str) -> int:
    source = {"Fn::GetAtt": [_logical_id(name), "Arn"]}
    (mapping,) = (
        properties
        for properties in resources("AWS::Lambda::EventSourceMapping").values()
        if properties["EventSourceArn"] == source
    )
    return _in_production(mapping["ScalingConfig"]["MaximumConcurrency"])


def _in_production(concurrency: Any) -> int:
    """The number of a production stack that reserves no concurrency."""
    if isinstance(concurrency, int):
        return concurrency
    _, if_true, otherwise = concurrency["Fn::If"]
    return if_true if isinstance(if_true, int) else _in_production(otherwise)


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
def subscribed_types(name: str) -> frozenset[str]:
    """The event types that the filter of this queue's subscription lets through, if it has one."""
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
    on_publish: Callable[[str, Attributes], object] = lambda *_: None

    def publish(self, body: str, attributes: Attributes) -> None:
        self.published += 1
        self.on_publish(body, attributes)
        for name, queue in self.queues.items():
            if attributes["type"] in subscribed_types(name):
                queue.send(body, attributes)


def current_queue() -> Queue:
    """The queue whose worker is running."""
    invocation = getcurrent()
    assert isinstance(invocation, Invocation)
    assert isinstance(invocation.queue, Queue)
    return invocation.queue
