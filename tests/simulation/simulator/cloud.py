"""The simulated AWS services that the app calls: DynamoDB, SNS, SQS, S3, SES, Step Functions."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.client import BaseClient
from greenlet import getcurrent  # type: ignore[import-untyped]

from app.shipping.fake_carrier import FORCED_OUTCOME_ID
from app.verification import RecordedResponse, SentEmail, Snapshot
from tests.simulation.simulator.buckets import MEDIA, UPLOADS, Buckets
from tests.simulation.simulator.dynamodb import Store, resources
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.queues import Queue, Topic, make_queue, queue_of
from tests.simulation.simulator.scheduler import Callback, Scheduler
from tests.simulation.simulator.workflows import Workflows
from workers import analytics, email, fulfillment, inventory, publish, reconcile

FAILED_EXECUTIONS = "failed-executions"
WORKERS = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfillment": fulfillment.handler,
    FAILED_EXECUTIONS: reconcile.handler,
}
# Shorter than any send lease, however wrong the clocks are.
MIN_SEND_LEASE = timedelta(seconds=15)
SIGN_IN = "sign-in-"  # begins the id of an email that no event caused


@dataclass
class _SentEmail:
    email: SentEmail
    sender: object
    at: datetime


class Stream:
    """The stream of the orders table, read by the publisher as the template's mapping defines."""

    def __init__(self, store: Store, scheduler: Scheduler, faults: Faults) -> None:
        self._store, self._scheduler, self._faults = store, scheduler, faults
        (mapping,) = (
            properties
            for properties in resources("AWS::Lambda::EventSourceMapping").values()
            if "FilterCriteria" in properties
        )
        self._batch_size, self._retries = mapping["BatchSize"], mapping["MaximumRetryAttempts"]
        self._position = 0
        self._waiting: list[tuple[list[dict[str, Any]], int]] = []
        self._is_publishing = False
        self.is_silent = False

    def poll(self) -> None:
        """Read new records. A shard's batches are handled one at a time, in order."""
        records = self._store.changes(self._position)
        self._position += len(records)
        events = [it for it in records if it["eventName"] == "INSERT" and _is_event(it)]
        if events and self._faults.occurs("stream repeated"):
            events = events + events
        if events and not (self.is_silent and self._faults.occurs("stream silent", 1)):
            size = self._batch_size
            self._waiting += [(events[n : n + size], 0) for n in range(0, len(events), size)]
        self._publish_next()

    def silence(self) -> None:
        """Lose all records until ``resume``."""
        self.is_silent = True

    def resume(self) -> None:
        self.is_silent = False

    def _publish_next(self) -> None:
        if self._waiting and not self._is_publishing:
            self._is_publishing = True
            records, attempts = self._waiting.pop(0)
            invocation = self._scheduler.invoke(
                "publish", lambda context: publish.handler({"Records": records}, context)
            )
            invocation.on_finish = lambda outcome: self._finish(
                records, attempts, failed=bool(outcome.error)
            )

    def _finish(self, records: list[dict[str, Any]], attempts: int, *, failed: bool) -> None:
        """A failed batch is bisected, then retried, then dropped."""
        self._is_publishing = False
        if failed and len(records) > 1:
            half = len(records) // 2
            self._waiting[:0] = [(records[:half], attempts), (records[half:], attempts)]
        elif failed and attempts < self._retries:
            self._waiting.insert(0, (records, attempts + 1))
        self._scheduler.after(0.2, self._publish_next)


def _is_event(record: dict[str, Any]) -> bool:
    kind: str = record["dynamodb"]["NewImage"].get("kind", {}).get("S", "")
    return kind == "event"


class Cloud:
    """All services, and what the verification needs to know about a run."""

    def __init__(self, store: Store, scheduler: Scheduler, faults: Faults) -> None:
        self.store, self.scheduler, self.faults = store, scheduler, faults
        self.queues: dict[str, Queue] = {
            name: make_queue(name, handler, scheduler, faults) for name, handler in WORKERS.items()
        }
        self.topic = Topic(self.queues)
        self.stream = Stream(store, scheduler, faults)
        self.workflows = Workflows(
            scheduler, faults, lambda event: self.queues[FAILED_EXECUTIONS].send(event, {})
        )
        self.buckets = Buckets(scheduler)
        self.history: list[RecordedResponse] = []
        self.poison_messages: list[tuple[str, str]] = []
        self.prices: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
        self.log_lines: list[str] = []
        self.on_write: Callback = lambda: None
        self._sent: list[_SentEmail] = []
        self._may_repeat: set[str] = set()
        self._must_not_repeat: set[str] = set()

    @property
    def services(self) -> dict[str, Any]:
        return {
            "dynamodb": self._dynamodb,
            "sns": self._sns,
            "sqs": self._sqs,
            "s3": self.buckets.call,
            "sesv2": self._ses,
            "stepfunctions": self._step_functions,
            "secretsmanager": lambda *_: {"SecretString": "a secret of the simulator"},
        }

    def _dynamodb(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        writes = self.store.writes
        response = self.store.call(operation, parameters)
        if self.store.writes != writes:
            self.on_write()
            self.scheduler.after(self.scheduler.random.uniform(0, 0.5), self.stream.poll)
        return response

    def _sns(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "Publish", operation
        self.topic.publish(parameters["Message"], _attributes(parameters))
        return {"MessageId": str(self.topic.published)}

    def _sqs(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        queue = queue_of(getcurrent())
        if operation == "ChangeMessageVisibility":
            queue.change_visibility(parameters["ReceiptHandle"], parameters["VisibilityTimeout"])
        else:
            queue.send_to_dlq(parameters["MessageBody"], _attributes(parameters))
        return {}

    def _ses(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "SendEmail", operation
        (header,) = parameters["Content"]["Simple"]["Headers"]
        for address in parameters["Destination"]["ToAddresses"]:
            email = SentEmail(header["Value"], address)
            sent = _SentEmail(email, getcurrent(), self.scheduler.now)
            for earlier in (it for it in self._sent if it.email == email):
                allowed = self._may_be_repeated(earlier, sent)
                (self._may_repeat if allowed else self._must_not_repeat).add(email.event_id)
            self._sent.append(sent)
        return {}

    def _may_be_repeated(self, earlier: _SentEmail, sent: _SentEmail) -> bool:
        """An email may be sent again only if its first sender got no response, or crashed.

        The SDK retries within one invocation. A worker sends again when the send lease has expired
        and the email was never marked as sent.
        """
        if earlier.sender is sent.sender:
            return True
        part = f"email#{sent.email.event_id}"
        marked = any(row["part"] == part and row.get("sent") for row in self.store.rows("orders"))
        return not marked and sent.at - earlier.at > MIN_SEND_LEASE

    def _step_functions(
        self, client: BaseClient, operation: str, parameters: dict[str, Any]
    ) -> Any:
        if operation == "StartExecution":
            if not self.workflows.start(parameters["name"], parameters["input"]):
                raise _client_error(client, "ExecutionAlreadyExists", operation)
            return {}
        if operation == "DescribeExecution":
            name = parameters["executionArn"].rpartition(":")[2]
            return {"status": self.workflows.executions[name].status}
        if not self.workflows.resume_with_token(parameters["taskToken"]):
            raise _client_error(client, "TaskTimedOut", operation)
        return {}

    def snapshot(self) -> Snapshot:
        """The data that ``app.verification`` checks."""
        rows = self.store.rows
        return Snapshot(
            orders=rows("orders"),
            stock=rows("stock"),
            ledger=rows("stock-ledger"),
            sales=rows("sales"),
            provider=[
                row for row in rows("provider-records") if row["record_id"] != FORCED_OUTCOME_ID
            ],
            carrier=[
                row for row in rows("carrier-records") if row["reference"] != FORCED_OUTCOME_ID
            ],
            emails=[it.email for it in self._sent if not it.email.event_id.startswith(SIGN_IN)],
            uploads=self.buckets.keys(UPLOADS),
            media=self.buckets.keys(MEDIA),
            queues=dict(self._queue_bodies()),
            poison_messages=self.poison_messages,
            responses=self.history,
            prices=self.prices,
            may_duplicate=frozenset(self._may_repeat - self._must_not_repeat),
            log_lines=self.log_lines,
        )

    def _queue_bodies(self) -> Iterator[tuple[str, list[str]]]:
        """Dead letters without duplicates: SQS may deliver a poison message to the DLQ twice."""
        for name, queue in self.queues.items():
            yield name, [message.body for message in queue.messages]
            yield f"{name}-dead-letters", sorted({message.body for message in queue.dead_letters})

    def send_poison_message(self, name: str) -> None:
        """Send a message that no worker can read; it must end in the dead-letter queue."""
        body = json.dumps(
            {"type": "order_eaten", "event_id": f"poison-{len(self.poison_messages)}"}
        )
        self.poison_messages.append((f"{name}-dead-letters", body))
        self.queues[name].send(body, {"type": "order_eaten"})
        self.faults.record("poison message")

    @property
    def has_messages(self) -> bool:
        """Whether a queue holds a message, or a dead-letter queue one that is no poison."""
        poison = {body for _, body in self.poison_messages}
        dead = (message.body for queue in self.queues.values() for message in queue.dead_letters)
        return any(queue.messages for queue in self.queues.values()) or any(
            body not in poison for body in dead
        )

    def redrive(self) -> None:
        """Send dead letters back to their queues, but for poison messages."""
        poison = {body for _, body in self.poison_messages}
        for queue in self.queues.values():
            queue.redrive(lambda body: body not in poison)


def _attributes(parameters: dict[str, Any]) -> dict[str, str]:
    attributes = parameters["MessageAttributes"].items()
    return {name: attribute["StringValue"] for name, attribute in attributes}


def _client_error(client: BaseClient, code: str, operation: str) -> Exception:
    error_class: Any = client.exceptions.from_code(code)
    error: Exception = error_class({"Error": {"Code": code, "Message": code}}, operation)
    return error
