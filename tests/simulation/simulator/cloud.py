"""The cloud as the shop meets it: tables and their stream, topic, queues, workflows, letters."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.client import BaseClient
from greenlet import getcurrent  # type: ignore[import-untyped]

from app.verification import Books, Deed, SentLetter
from tests.simulation.simulator.buckets import MEDIA, UPLOADS, Buckets
from tests.simulation.simulator.dynamodb import Store, resources
from tests.simulation.simulator.faults import Weather
from tests.simulation.simulator.queues import Queue, Topic, queue, queue_of
from tests.simulation.simulator.workflows import Workflows
from tests.simulation.simulator.world import Act, World
from workers import analytics, email, fulfillment, inventory, publish, reconcile

WORKERS = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfilment": fulfillment.handler,
    "rescue": reconcile.handler,
}
A_MOMENT = timedelta(seconds=15)  # no claim on a letter is over so soon, however wrong the clocks
SIGN_IN = "sign-in-"  # a letter that no event asked for
MOOD = "mood"  # by which provider and carrier are told to misbehave: no entry in their books


@dataclass
class _Sent:
    letter: SentLetter
    by: object
    at: datetime


class Stream:
    """The orders table's stream, as the template's mapping hands it to the publisher."""

    def __init__(self, store: Store, world: World, weather: Weather) -> None:
        self._store, self._world, self._weather = store, world, weather
        (mapping,) = (
            it
            for it in resources("AWS::Lambda::EventSourceMapping").values()
            if "FilterCriteria" in it
        )
        self._size, self._retries = mapping["BatchSize"], mapping["MaximumRetryAttempts"]
        self._read = 0
        self._waiting: list[tuple[list[dict[str, Any]], int]] = []
        self._at_work = False
        self.silent = False

    def poll(self) -> None:
        """Polled all the time; one batch at a time, in order, the shard waits for it."""
        fresh = self._store.changes(self._read)
        self._read += len(fresh)
        events = [it for it in fresh if it["eventName"] == "INSERT" and _is_event(it)]
        if events and self._weather.strikes("stream repeated"):
            events = events + events
        if events and not (self.silent and self._weather.strikes("stream silent", 1)):
            self._waiting += [
                (events[n : n + self._size], 0) for n in range(0, len(events), self._size)
            ]
        self._next()

    def fall_silent(self) -> None:
        self.silent = True

    def speak(self) -> None:
        self.silent = False

    def _next(self) -> None:
        if self._waiting and not self._at_work:
            self._at_work = True
            records, tries = self._waiting.pop(0)
            run = self._world.call(
                "publish", lambda context: publish.handler({"Records": records}, context)
            )
            run.then = lambda outcome: self._handled(records, tries, bool(outcome.error))

    def _handled(self, records: list[dict[str, Any]], tries: int, failed: bool) -> None:
        self._at_work = False
        if failed and len(records) > 1:
            half = len(records) // 2
            self._waiting[:0] = [(records[:half], tries), (records[half:], tries)]
        elif failed and tries < self._retries:
            self._waiting.insert(0, (records, tries + 1))
        self._world.after(0.2, self._next)


def _is_event(record: dict[str, Any]) -> bool:
    kind: str = record["dynamodb"]["NewImage"].get("kind", {}).get("S", "")
    return kind == "event"


class Cloud:
    """Everything that the shop's calls reach."""

    def __init__(self, store: Store, world: World, weather: Weather) -> None:
        self.store, self.world, self.weather = store, world, weather
        self.queues: dict[str, Queue] = {
            name: queue(name, handler, world, weather) for name, handler in WORKERS.items()
        }
        self.topic = Topic(self.queues)
        self.stream = Stream(store, world, weather)
        self.workflows = Workflows(
            world, weather, lambda notice: self.queues["rescue"].send(notice, {})
        )
        self.buckets = Buckets(world)
        self.history: list[Deed] = []
        self.planted: list[tuple[str, str]] = []
        self.prices: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
        self.said: list[str] = []
        self.watched: Act = lambda: None
        self._sent: list[_Sent] = []
        self._may_repeat: set[str] = set()
        self._may_not: set[str] = set()

    @property
    def services(self) -> dict[str, Any]:
        return {
            "dynamodb": self._dynamodb,
            "sns": self._sns,
            "sqs": self._sqs,
            "s3": self.buckets.call,
            "sesv2": self._ses,
            "stepfunctions": self._states,
            "secretsmanager": lambda *_: {"SecretString": "a secret of the simulator"},
        }

    def _dynamodb(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        before = self.store.writes
        answer = self.store.call(operation, parameters)
        if self.store.writes != before:
            self.wrote()
        return answer

    def wrote(self) -> None:
        """Something may have changed."""
        self.watched()
        self.world.after(self.world.random.uniform(0, 0.5), self.stream.poll)

    def _sns(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "Publish", operation
        told = parameters["MessageAttributes"].items()
        attributes = {name: it["StringValue"] for name, it in told}
        self.topic.publish(parameters["Message"], attributes)
        return {"MessageId": str(self.topic.published)}

    def _sqs(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        mine = queue_of(getcurrent())
        if operation == "ChangeMessageVisibility":
            mine.change_visibility(parameters["ReceiptHandle"], parameters["VisibilityTimeout"])
        else:
            told = parameters["MessageAttributes"].items()
            mine.bury(parameters["MessageBody"], {name: it["StringValue"] for name, it in told})
        return {}

    def _ses(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "SendEmail", operation
        (header,) = parameters["Content"]["Simple"]["Headers"]
        letters = [
            SentLetter(header["Value"], to) for to in parameters["Destination"]["ToAddresses"]
        ]
        for letter in letters:
            sent = _Sent(letter, getcurrent(), self.world.now)
            for earlier in self._sent_before(letter):
                excused = self._excused(earlier, sent)
                (self._may_repeat if excused else self._may_not).add(letter.event_id)
            self._sent.append(sent)
        return {}

    def _sent_before(self, letter: SentLetter) -> Iterator[_Sent]:
        return (it for it in self._sent if it.letter == letter)

    def _excused(self, earlier: _Sent, sent: _Sent) -> bool:
        """A second letter may only go out when the first one's sender got no answer, or died.

        The SDK itself tries again; a worker does when the claim is over and no mark was made.
        """
        if earlier.by is sent.by:
            return True
        part = f"seen#email#{sent.letter.event_id}"
        marked = any(row["part"] == part and row.get("sent") for row in self.store.rows("orders"))
        return not marked and sent.at - earlier.at > A_MOMENT

    def _states(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "StartExecution":
            if not self.workflows.start(parameters["name"], parameters["input"]):
                raise _named(client, "ExecutionAlreadyExists", operation)
            return {}
        if operation == "DescribeExecution":
            name = parameters["executionArn"].rpartition(":")[2]
            return {"status": self.workflows.runs[name].status}
        if not self.workflows.woken(parameters["taskToken"]):
            raise _named(client, "TaskTimedOut", operation)
        return {}

    def books(self) -> Books:
        """What the auditor is shown."""
        rows = self.store.rows
        return Books(
            orders=rows("orders"),
            stock=rows("stock"),
            ledger=rows("stock-ledger"),
            sales=rows("sales"),
            provider=[row for row in rows("provider-books") if row["entry"] != MOOD],
            carrier=[row for row in rows("carrier-books") if row["reference"] != MOOD],
            letters=[it.letter for it in self._sent if not it.letter.event_id.startswith(SIGN_IN)],
            uploads=self.buckets.keys(UPLOADS),
            media=self.buckets.keys(MEDIA),
            queues=dict(self._lying()),
            planted=self.planted,
            history=self.history,
            prices=self.prices,
            may_repeat=frozenset(self._may_repeat - self._may_not),
            said=self.said,
        )

    def _lying(self) -> Iterator[tuple[str, list[str]]]:
        """Poison that was put aside may be put aside again: SQS knows no "once" either."""
        for name, one in self.queues.items():
            yield name, [message.body for message in one.messages]
            yield f"{name}-dead-letters", sorted({message.body for message in one.dead})

    def put_poison(self, name: str) -> None:
        body = json.dumps({"type": "order_eaten", "event_id": f"poison-{len(self.planted)}"})
        self.planted.append((f"{name}-dead-letters", body))
        self.queues[name].send(body, {"type": "order_eaten"})
        self.weather.note("poison message")

    @property
    def has_mail(self) -> bool:
        """Whether anything lies in a queue, or dead and not by intent."""
        planted = {body for _, body in self.planted}
        dead = (it.body for one in self.queues.values() for it in one.dead)
        return any(one.messages for one in self.queues.values()) or any(
            body not in planted for body in dead
        )

    def redrive(self) -> None:
        planted = {body for _, body in self.planted}
        for one in self.queues.values():
            one.redrive(lambda body: body not in planted)


def _named(client: BaseClient, code: str, operation: str) -> Exception:
    error: Any = client.exceptions.from_code(code)
    named: Exception = error({"Error": {"Code": code, "Message": code}}, operation)
    return named
