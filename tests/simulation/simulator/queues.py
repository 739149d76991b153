"""Topic and queues as AWS keeps them: at least once, in no order, and back after a while."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.faults import Weather
from tests.simulation.simulator.world import Invocation, Outcome, World

BATCH = 10

type Attributes = dict[str, str]
type Handler = Callable[[dict[str, Any], Any], Any]


@dataclass
class Message:
    """A message in a queue. Each receipt is a new handle; the message itself stays the same."""

    number: int
    body: str
    attributes: Attributes
    visible_at: datetime
    received: int = 0
    gone: bool = False


@dataclass
class Queue:
    """A queue with its worker, and its dead letters."""

    name: str
    handler: Handler
    world: World
    weather: Weather
    visibility: int
    most_receives: int
    delay: int = 0
    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    numbers: int = 0

    def send(self, body: str, attributes: Attributes) -> None:
        """From a topic, or from a hand: twice sometimes, and sometimes late."""
        for _ in range(1 + self.weather.strikes("delivered twice")):
            late = (
                self.world.random.uniform(5, 240) if self.weather.strikes("delivered late") else 0
            )
            self._put(body, attributes, self.delay + late + self.world.random.uniform(0, 0.2))

    def _put(self, body: str, attributes: Attributes, seconds: float) -> None:
        self.numbers += 1
        at = self.world.now + timedelta(seconds=seconds)
        self.messages.append(Message(self.numbers, body, dict(attributes), at))
        self.world.after(seconds, self.poll)

    def poll(self) -> None:
        """What Lambda's poller does: takes what can be seen, and hands it to a function."""
        batch = self._taken()
        if batch:
            given = {"Records": [_record(it, self.name) for it in batch]}
            run = self.world.call(
                f"{self.name} {[it.number for it in batch]}",
                lambda context: self.handler(given, context),
            )
            run.skew = self.weather.skew()
            run.queue = self
            run.then = lambda outcome: self._handled(batch, outcome)

    def _taken(self) -> list[Message]:
        seen = [it for it in self.messages if it.visible_at <= self.world.now]
        if len(seen) > 1 and self.weather.strikes("delivered out of order"):
            self.world.random.shuffle(seen)
        batch = []
        for message in seen[: self.world.random.randint(1, BATCH)]:
            self._put_off(message, self.visibility)
            message.received += 1
            if message.received > self.most_receives:
                self.messages.remove(message)
                self.dead.append(message)
            else:
                batch.append(message)
        if len(seen) > len(batch):
            self.world.after(0.02, self.poll)
        return batch

    def _put_off(self, message: Message, seconds: float) -> None:
        message.visible_at = self.world.now + timedelta(seconds=seconds)
        self.world.after(seconds, self.poll)

    def _handled(self, batch: list[Message], outcome: Outcome) -> None:
        """What is not named as failed is deleted; when the function failed as a whole, nothing."""
        if outcome.error:
            return
        failed = {
            it["itemIdentifier"] for it in (outcome.answer or {}).get("batchItemFailures", [])
        }
        for message in batch:
            done = str(message.number) not in failed
            if (
                done
                and message in self.messages
                and not self.weather.strikes("handled, but not deleted")
            ):
                self.messages.remove(message)

    def change_visibility(self, receipt: str, seconds: int) -> None:
        for message in self.messages:
            if str(message.number) == receipt:
                self._put_off(message, seconds)

    def bury(self, body: str, attributes: Attributes) -> None:
        self.numbers += 1
        self.dead.append(Message(self.numbers, body, attributes, self.world.now))

    def redrive(self, wanted: Callable[[str], bool]) -> None:
        """As an operator does: what lies dead and should not goes back to where it came from."""
        for message in [it for it in self.dead if wanted(it.body)]:
            self.dead.remove(message)
            self.world.tell(f"{self.name}: redriven {message.body[:80]}")
            self.send(message.body, {k: v for k, v in message.attributes.items() if k != "reason"})


def _record(message: Message, queue: str) -> dict[str, Any]:
    return {
        "messageId": str(message.number),
        "receiptHandle": str(message.number),
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.received)},
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:000000000000:hearth-and-clay-{queue}",
    }


def queue(name: str, handler: Handler, world: World, weather: Weather) -> Queue:
    """A queue as the template describes it: ``EmailQueue`` for "email"."""
    properties = resources("AWS::SQS::Queue")[f"{name.capitalize()}Queue"]
    receives = properties["RedrivePolicy"]["maxReceiveCount"]
    return Queue(name, handler, world, weather, properties["VisibilityTimeout"], receives)


@dataclass
class Topic:
    """The topic: each subscription's queue takes the types that its filter names."""

    queues: dict[str, Queue]
    published: int = 0

    def publish(self, body: str, attributes: Attributes) -> None:
        self.published += 1
        for name, queue in self.queues.items():
            subscription = resources("AWS::SNS::Subscription").get(
                f"{name.capitalize()}Subscription"
            )
            if subscription and attributes["type"] in subscription["FilterPolicy"]["type"]:
                queue.send(body, attributes)


def queue_of(run: object) -> Queue:
    """The queue whose worker is running: each function is told its own addresses."""
    assert isinstance(run, Invocation)
    assert isinstance(run.queue, Queue)
    return run.queue
