"""The simulated AWS services that the app calls: DynamoDB, SNS, SQS, S3, SES, Step Functions."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from typing import Any

from botocore.client import BaseClient
from greenlet import getcurrent  # type: ignore[import-untyped]

from app.settings import settings
from app.shipping.fake_carrier import FORCED_OUTCOME_ID
from app.verification import RecordedResponse, Snapshot, Violation
from tests.simulation.simulator.buckets import MEDIA, UPLOADS, Buckets
from tests.simulation.simulator.dynamodb import READS, Store
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.queues import Message, Queue, Topic, current_queue, make_queue
from tests.simulation.simulator.roles import unauthorized_calls
from tests.simulation.simulator.scheduler import Callback, Invocation, Scheduler
from tests.simulation.simulator.sent_emails import SentEmails
from tests.simulation.simulator.staleness import MAX_LAG, RowHistory, tables_read
from tests.simulation.simulator.stream import Stream
from tests.simulation.simulator.workflows import RUNNING, Workflows
from workers import analytics, email, fulfillment, inventory, reconcile

FAILED_EXECUTIONS = "failed-executions"
WORKERS = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfillment": fulfillment.handler,
    FAILED_EXECUTIONS: reconcile.handler,
}
STALE_READ_RATE = 0.5
DECISIVE_PARTS = ("order", "payment", "review", "return")


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
        self.verified_lines = 0  # of ``log_lines``: none of them is verified twice
        self.on_write: Callback = lambda: None
        self.emails = SentEmails()
        self.refused_addresses: set[str] = set()
        self.row_history = RowHistory()
        self.violations: list[Violation] = []

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
        if isinstance(invocation := getcurrent(), Invocation):
            self.violations += unauthorized_calls(invocation.name, operation, parameters)
        if operation in READS:
            return self._read(operation, parameters)
        with self.row_history.recording(operation, parameters, self.scheduler.now):
            response = self.store.call(operation, parameters)
        self._record_sent_email(parameters)
        self.on_write()
        self.scheduler.after(self.scheduler.random.uniform(0, 0.5), self.stream.poll)
        return response

    def _read(self, operation: str, parameters: dict[str, Any]) -> Any:
        """An eventually consistent read sometimes returns what the rows were a moment ago."""
        if inconsistent := _inconsistent_decision(operation, parameters):
            self.violations.append(inconsistent)
        stale: AbstractContextManager[None] = nullcontext()
        tables = tables_read(operation, parameters)
        earliest = self.scheduler.now - MAX_LAG
        if self.row_history.has_changed(tables, earliest) and self.faults.occurs(
            "stale read", STALE_READ_RATE
        ):
            lag = MAX_LAG * self.scheduler.random.random() ** 2
            stale = self.row_history.as_of(tables, self.scheduler.now - lag)
        with stale:
            return self.store.call(operation, parameters)

    def _record_sent_email(self, parameters: dict[str, Any]) -> None:
        """Notice when the running function records that it has sent an email."""
        key = parameters.get("Key") or parameters.get("Item") or {}
        part = key.get("part", {}).get("S", "")
        if part.startswith("email#"):
            event_id = part.split("#")[1]
            rows = self.store.partition("orders", key["order_id"]["S"])
            if any(row["part"] == part and row.get("sent") for row in rows):
                self.emails.record(event_id)

    def _sns(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        """SNS may refuse some messages of a batch."""
        assert operation == "PublishBatch", operation
        accepted, refused = list[dict[str, Any]](), list[dict[str, Any]]()
        for entry in parameters["PublishBatchRequestEntries"]:
            if self.faults.occurs("message of a batch refused"):
                refused.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.topic.publish(entry["Message"], _attributes(entry))
                accepted.append({"Id": entry["Id"], "MessageId": str(self.topic.published)})
        return {"Successful": accepted, "Failed": refused}

    def _sqs(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        queue = current_queue()
        if operation == "ChangeMessageVisibility":
            queue.change_visibility(parameters["ReceiptHandle"], parameters["VisibilityTimeout"])
        elif parameters["QueueUrl"] == settings().dead_letter_queue_url:
            queue.send_to_dlq(parameters["MessageBody"], _attributes(parameters))
        else:
            queue.send_again(parameters["MessageBody"], _attributes(parameters))
        return {}

    def _ses(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "SendEmail", operation
        header, *_ = parameters["Content"]["Simple"]["Headers"]
        addresses = parameters["Destination"]["ToAddresses"]
        if self.refused_addresses.intersection(addresses):
            raise _client_error(client, "MessageRejected", operation)
        for address in addresses:
            self.emails.accept(header["Value"], address, self.scheduler.now)
        return {}

    def _step_functions(
        self, client: BaseClient, operation: str, parameters: dict[str, Any]
    ) -> Any:
        if operation == "StartExecution":
            return self._start_execution(client, parameters)
        if not self.workflows.resume_with_token(parameters["taskToken"]):
            raise _client_error(client, "TaskTimedOut", operation)
        return {}

    def _start_execution(self, client: BaseClient, parameters: dict[str, Any]) -> Any:
        name = parameters["name"]
        if not self.workflows.start(name, parameters["input"]):
            raise _client_error(client, "ExecutionAlreadyExists", "StartExecution")
        order_id = name.partition("-")[0]
        for other, execution in self.workflows.executions.items():
            same_order = other != name and other.partition("-")[0] == order_id
            if same_order and execution.status == RUNNING:
                message = f"it starts while {other} is running."
                self.violations.append(Violation("W1", name, message))
        arn = parameters["stateMachineArn"].replace(":stateMachine:", ":execution:")
        return {"executionArn": f"{arn}:{name}", "startDate": self.scheduler.now}

    def snapshot(self) -> Snapshot:
        """The data that ``app.verification`` checks."""
        rows = self.store.rows
        return Snapshot(
            orders=rows("orders"),
            stock=rows("stock"),
            ledger=rows("stock-ledger"),
            sales=rows("sales"),
            catalog=[row for row in rows("catalog") if row["catalog_id"].startswith("discount")],
            provider=[
                row for row in rows("provider-records") if row["record_id"] != FORCED_OUTCOME_ID
            ],
            carrier=[
                row for row in rows("carrier-records") if row["reference"] != FORCED_OUTCOME_ID
            ],
            emails=list(self.emails.about_events()),
            uploads=self.buckets.keys(UPLOADS),
            media=self.buckets.keys(MEDIA),
            queues=dict(self._queue_bodies()),
            poison_messages=self.poison_messages,
            responses=self.history,
            prices=self.prices,
            may_duplicate=self.emails.excused,
            log_lines=self.log_lines[self.verified_lines :],
        )

    def _queue_bodies(self) -> Iterator[tuple[str, list[str]]]:
        """Dead letters without duplicates: SQS may deliver a poison message to the DLQ twice.

        An address that SES refuses belongs there: its message has the hash of that recipient.
        """
        for name, queue in self.queues.items():
            yield name, [message.body for message in queue.messages]
            dead = (it.body for it in queue.dead_letters if not self._is_refused_address(it))
            yield f"{name}-dead-letters", sorted(set(dead))

    def _is_refused_address(self, message: Message) -> bool:
        recipient = message.attributes.get("recipient")
        if recipient is None:
            return False
        order_id = json.loads(message.body)["order_id"]
        texts = (f"{order_id} {address}" for address in self.refused_addresses)
        return recipient in {sha256(text.encode()).hexdigest()[:12] for text in texts}

    def send_poison_message(self, name: str) -> None:
        """Send a message that no worker can read; it must end in the dead-letter queue."""
        body = f"{{'event_id': poison-{len(self.poison_messages)}}}"  # no JSON
        self.send_for_dlq(name, body, {"type": "order_placed"})
        self.faults.record("poison message")

    def send_for_dlq(self, name: str, body: str, attributes: dict[str, str]) -> None:
        """Send a message that must end in the dead-letter queue, once."""
        expected = (f"{name}-dead-letters", body)
        if expected not in self.poison_messages:
            self.poison_messages.append(expected)
            self.queues[name].send(body, attributes)

    @property
    def has_messages(self) -> bool:
        """Whether a queue holds a message. Dead letters need an operator."""
        return any(queue.messages for queue in self.queues.values())

    @property
    def has_dead_letters(self) -> bool:
        """Whether a dead-letter queue holds a message that an operator would redrive."""
        return any(
            self._can_be_redriven(message)
            for queue in self.queues.values()
            for message in queue.dead_letters
        )

    def redrive(self) -> None:
        """As an operator does: send back to their queues all dead letters that can be processed."""
        for queue in self.queues.values():
            queue.redrive(self._can_be_redriven)

    def _can_be_redriven(self, message: Message) -> bool:
        poison = {body for _, body in self.poison_messages}
        return message.body not in poison and not self._is_refused_address(message)


def _inconsistent_decision(operation: str, parameters: dict[str, Any]) -> Violation | None:
    """R1: a function decides by the rows of one order, so it reads them consistently."""
    part = parameters.get("Key", {}).get("part", {}).get("S", "").partition("#")[0]
    is_consistent = parameters.get("ConsistentRead", False)
    if operation != "GetItem" or part not in DECISIVE_PARTS or is_consistent:
        return None
    order_id = parameters["Key"]["order_id"]["S"]
    return Violation("R1", order_id, f"{part} was read without ConsistentRead.")


def _attributes(parameters: dict[str, Any]) -> dict[str, str]:
    attributes = parameters["MessageAttributes"].items()
    return {name: attribute["StringValue"] for name, attribute in attributes}


def _client_error(client: BaseClient, code: str, operation: str) -> Exception:
    error_class: Any = client.exceptions.from_code(code)
    error: Exception = error_class({"Error": {"Code": code, "Message": code}}, operation)
    return error
