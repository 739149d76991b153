"""An in-process cloud without delays that counts every call of a design's functions.

Unlike the simulator it injects no faults and runs nothing concurrently, and batches have a fixed
size, so that every run gives the same counts.
"""

import io
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import batched
from math import ceil
from threading import RLock
from typing import Any

from botocore.client import BaseClient
from ministack.services import dynamodb  # type: ignore[import-untyped]

from app.aws import secrets
from tests.benchmarks.cost.design import DEFAULT_MEGABYTES, Design, Handler
from tests.benchmarks.cost.dynamodb import MeteredStore
from tests.benchmarks.cost.meter import Meter
from tests.benchmarks.cost.workflow import run_execution
from tests.builders import LambdaContextStub
from tests.crash_injection import Call
from tests.simulation.simulator.dynamodb import Store

BILLED_BYTES = 64 * 1024  # of an SNS request: https://aws.amazon.com/sns/pricing/

type Message = tuple[str, dict[str, str]]


class _Context(LambdaContextStub):
    aws_request_id = "5f0c3fbd-92f1-4f0e-8b0d-0123456789ab"  # in each log line


class CountingCloud:
    """The AWS services that a design calls."""

    def __init__(self, design: Design, store: Store) -> None:
        self.design, self.meter = design, Meter()
        self._store = MeteredStore(store, self.meter)
        self._queues: defaultdict[str, list[Message]] = defaultdict(list)
        self._executions: list[dict[str, Any]] = []
        self._stream_position = self.calls = 0
        self.output = ""  # of the latest invocation
        self.store_seconds = 0.0  # CPU seconds of the emulated DynamoDB, which are not the shop's

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace botocore's network calls inside the block."""
        original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]
        one_at_a_time = RLock()  # parallel reads are counted one after the other

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            with one_at_a_time:
                self.calls += 1
                name = client.meta.service_model.service_name
                return getattr(self, f"_{name}")(operation, parameters)

        BaseClient._make_api_call = call  # type: ignore[attr-defined]
        secrets.signing_secret.cache_clear()
        try:
            yield
        finally:
            BaseClient._make_api_call = original  # type: ignore[attr-defined]
            secrets.signing_secret.cache_clear()

    def invoke(self, name: str, handler: Handler, event: dict[str, Any]) -> Any:
        """Invoke a function, and count the invocation as Lambda bills it."""
        before, output = self.calls, io.StringIO()
        self._store.function = name
        with redirect_stderr(output), redirect_stdout(output):
            result = handler(event, _Context())
        self.output = output.getvalue()
        self.meter.add_invocation(
            megabytes=self.design.megabytes.get(name, DEFAULT_MEGABYTES),
            calls=self.calls - before,
            logged=len(self.output.encode()),
        )
        return result

    def settle(self, batch: int) -> None:
        """Deliver events and run executions until none is left; ``batch`` is the batch size."""
        while self._publish_events(batch) + self._deliver_messages(batch) + self._run_executions():
            pass

    def _publish_events(self, batch: int) -> int:
        if self.design.publish is None:
            return 0
        records = dynamodb.stream_records_since(
            self.design.stream, self._stream_position, 1_000_000
        )
        self._stream_position += len(records)
        events = [it for it in records if it["eventName"] == "INSERT" and _is_event(it)]
        for some in batched(events, batch):
            self.invoke("publish", self.design.publish, {"Records": list(some)})
        return len(records)

    def _deliver_messages(self, batch: int) -> int:
        waiting, self._queues = self._queues, defaultdict(list)
        for name, messages in waiting.items():
            for some in batched(messages, batch):
                self.meter.add("queue_requests", 2)  # one receive and one batch delete
                records = [_record(number, *it) for number, it in enumerate(some)]
                result = self.invoke(
                    name, self.design.consumers[name].handler, {"Records": records}
                )
                assert not (result or {}).get("batchItemFailures"), f"{name} failed: {result}"
        return len(waiting)

    def _run_executions(self) -> int:
        started, self._executions = self._executions, []
        for event in started:
            run_execution(self.design, event, invoke=self.invoke, count=self.meter.add)
        return len(started)

    def _dynamodb(self, operation: str, parameters: dict[str, Any]) -> Any:
        began = time.process_time()
        try:
            return self._store.call(operation, parameters)
        finally:
            self.store_seconds += time.process_time() - began

    def _sns(self, _: str, parameters: dict[str, Any]) -> Any:
        """A request, of one message or of a batch, is billed for each 64 KB that it has."""
        messages = parameters.get("PublishBatchRequestEntries", [parameters])
        size = sum(len(it["Message"].encode()) for it in messages)
        self.meter.add("topic_publishes", ceil(size / BILLED_BYTES))
        for message in messages:
            self._deliver(message)
        accepted = [{"Id": it["Id"], "MessageId": "one"} for it in messages if "Id" in it]
        return {"MessageId": "one", "Successful": accepted, "Failed": []}

    def _deliver(self, message: dict[str, Any]) -> None:
        sent = message.get("MessageAttributes", {}).items()
        attributes = {name: it["StringValue"] for name, it in sent}
        for name, consumer in self.design.consumers.items():
            if attributes["type"] in consumer.types:
                self.meter.add("queue_requests")
                self._queues[name].append((message["Message"], attributes))

    def _sqs(self, operation: str, _: dict[str, Any]) -> Any:
        """The verifier asks whether the consumers' queues are empty."""
        assert operation == "GetQueueAttributes", operation
        self.meter.add("queue_requests")
        return {"Attributes": {}}

    def _sesv2(self, _: str, parameters: dict[str, Any]) -> Any:
        self.meter.add("emails", len(parameters["Destination"]["ToAddresses"]))
        return {}

    def _stepfunctions(self, operation: str, parameters: dict[str, Any]) -> Any:
        assert operation == "StartExecution", operation
        self._executions.append(json.loads(parameters["input"]))
        return {"executionArn": parameters["name"]}

    def _secretsmanager(self, *_: Any) -> Any:
        self.meter.add("secret_reads")
        return {"SecretString": "a secret of the counting cloud"}


def _is_event(record: dict[str, Any]) -> bool:
    kind: str = record["dynamodb"]["NewImage"].get("kind", {}).get("S", "")
    return kind == "event"


def _record(number: int, body: str, attributes: dict[str, str]) -> dict[str, Any]:
    received = {name: {"stringValue": it, "dataType": "String"} for name, it in attributes.items()}
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "a receipt",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": received,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:a-queue",
        "awsRegion": "us-east-1",
    }
