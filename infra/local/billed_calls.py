"""Record what AWS would bill for each call of a function, for the trace of an order.

The functions do nothing for it: botocore sends the trace header of each invocation, as on AWS, and
here it is made of the invocation's request id.
"""

import json
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]
from ministack.services import dynamodb, ses_v2, sns, sqs  # type: ignore[import-untyped]

from infra.local.dynamodb_units import (
    READS,
    RowUnits,
    is_sandbox,
    row_reads,
    row_writes,
    written_items,
)
from infra.local.emulator_endpoint import Query
from infra.local.emulator_limits import SEND_EMAIL_PATH

PATH = "/_ministack/billed-calls"
MAX_ROWS = 20_000  # kept: of about 200 orders
BILLED_BYTES = 64 * 1024  # of an SNS or SQS request: https://aws.amazon.com/sns/pricing/
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
# A write whose condition fails is billed like a successful one.
CONDITION_FAILED = re.compile(rb"ConditionalCheckFailed")
TRACE_HEADER = "x-amzn-trace-id"
TRACE_ID = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})")
# In the body of a message, in a row of the stream, or in the input of a workflow step.
ORDER_ID = re.compile(r"order_id\W+(?:S\W+)?([0-9A-Z]{26})")


class BilledRow(NamedTuple):
    """``unit`` is one of the price list; ``row`` has the order's id where the call names one.

    ``request`` are the hexadecimal digits of the invocation's request id, ``at`` is in nanoseconds
    since 1970.
    """

    request: str
    at: int
    unit: str
    operation: str
    resource: str
    row: str
    units: float


class BilledCalls:
    """Patches MiniStack in this process, and answers with the rows of some invocations."""

    def __init__(self) -> None:
        self._rows: deque[BilledRow] = deque(maxlen=MAX_ROWS)
        self._record_invocations()
        for module, count in ((sns, _topic_rows), (sqs, _queue_rows), (ses_v2, _email_rows)):
            self._record_requests(module, count)
        self._record_dynamodb()

    async def answer(self, query: Query) -> list[BilledRow]:
        """``requests`` are request ids, separated by commas."""
        wanted = {it.replace("-", "") for it in query.get("requests", "").split(",")}
        return [it for it in list(self._rows) if it.request in wanted]

    def _record_invocations(self) -> None:
        invoke = Worker.invoke

        def invoke_traced(worker: Any, event: Any, request_id: str, **options: Any) -> Any:
            digits = request_id.replace("-", "")
            root = f"Root=1-{digits[:8]}-{digits[8:]};Parent={digits[:16]};Sampled=0"
            self._add(digits, invocation_rows(event))
            return invoke(worker, event, request_id, **{**options, "trace_id": root})

        Worker.invoke = invoke_traced

    def _record_requests(self, module: Any, count: Any) -> None:
        handle = module.handle_request

        async def handle_and_record(
            method: str, path: str, headers: Mapping[str, str], body: bytes, *args: Any, **kw: Any
        ) -> Any:
            answer = await handle(method, path, headers, body, *args, **kw)
            if request := traced_request(headers):
                self._add(request, count(_operation(headers) or path, body))
            return answer

        module.handle_request = handle_and_record

    def _record_dynamodb(self) -> None:
        handle = dynamodb.handle_request

        async def handle_and_record(
            method: str, path: str, headers: Mapping[str, str], body: bytes, *args: Any, **kw: Any
        ) -> Any:
            request = traced_request(headers)
            operation = _operation(headers)
            if not request or operation not in (*READS, *WRITES):
                return await handle(method, path, headers, body, *args, **kw)
            parameters = json.loads(body)
            before = [*written_items(parameters)] if operation in WRITES else []
            answer = await handle(method, path, headers, body, *args, **kw)
            status, _, content = answer
            if operation in WRITES and (status == 200 or CONDITION_FAILED.search(content)):
                self._add(request, map(_dynamodb_row, row_writes(operation, parameters, before)))
            elif status == 200:
                read = row_reads(operation, parameters, json.loads(content))
                self._add(request, map(_dynamodb_row, read))
            return answer

        dynamodb.handle_request = handle_and_record

    def _add(self, request: str, rows: Iterator[BilledRow]) -> None:
        at = time.time_ns()
        self._rows.extend(it._replace(request=request, at=at) for it in rows)


def traced_request(headers: Mapping[str, str]) -> str:
    """The digits of the request id of the invocation that makes this call, or an empty text."""
    match = TRACE_ID.match(headers.get(TRACE_HEADER, ""))
    return match[1] + match[2] if match else ""


def _operation(headers: Mapping[str, str]) -> str:
    """The operation of DynamoDB or SQS; other services have it in the path or the body."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def invocation_rows(event: Any) -> Iterator[BilledRow]:
    """The invocation, and the requests of SQS before and after it, shared by all messages.

    SNS sends a message to the queue once; Lambda receives and deletes a batch with a request each.
    """
    records = (event.get("Records") if isinstance(event, dict) else None) or [event]
    for record in records:
        text = json.dumps(record)
        order = next(iter(ORDER_ID.findall(text)), "")
        yield _row("function_requests", "Invoke", "Lambda", order, 1 / len(records))
        if isinstance(record, dict) and record.get("eventSource") == "aws:sqs":
            is_first = record["attributes"]["ApproximateReceiveCount"] == "1"
            queue = record.get("eventSourceARN", "").rpartition(":")[2]
            if is_first:
                yield _row("queue_requests", "SendMessage", queue, order, 1)
            yield _row("queue_requests", "ReceiveMessage", queue, order, 1 / len(records))
            yield _row("queue_requests", "DeleteMessageBatch", queue, order, 1 / len(records))
        elif isinstance(record, dict) and "requestContext" in record:
            yield _row("api_requests", record.get("rawPath", ""), "API Gateway", "", 1)


def _topic_rows(_: str, body: bytes) -> Iterator[BilledRow]:
    """A request, of one message or of a batch, is billed for each 64 KB that it has."""
    fields = {name: it[0] for name, it in parse_qs(body.decode()).items()}
    messages = [it for name, it in fields.items() if name.endswith("Message")]
    units = ceil(sum(len(it.encode()) for it in messages) / BILLED_BYTES)
    for message in messages:
        order = next(iter(ORDER_ID.findall(message)), "")
        topic = fields.get("TopicArn", "").rpartition(":")[2]
        share = units / len(messages)
        yield _row("topic_publishes", fields.get("Action", ""), topic, order, share)


def _queue_rows(operation: str, body: bytes) -> Iterator[BilledRow]:
    order = next(iter(ORDER_ID.findall(body.decode())), "")
    units = max(1, ceil(len(body) / BILLED_BYTES))
    yield _row("queue_requests", operation, "SQS", order, units)


def _email_rows(path: str, body: bytes) -> Iterator[BilledRow]:
    if path.rstrip("/").endswith(SEND_EMAIL_PATH):
        recipients = json.loads(body)["Destination"]["ToAddresses"]
        yield _row("emails", "SendEmail", "SES", "", len(recipients))


def _dynamodb_row(row: RowUnits) -> BilledRow:
    owner = "sandbox_" if is_sandbox(row.table) else ""
    kind = "read_units" if row.operation in READS else "write_units"
    return _row(f"{owner}{kind}", row.operation, row.table, row.row, row.units)


def _row(unit: str, operation: str, resource: str, row: str, units: float) -> BilledRow:
    return BilledRow("", 0, unit, operation, resource, row, units)
