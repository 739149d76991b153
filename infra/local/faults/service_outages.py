"""Outages in the emulator: the calls of functions fail, and those of the operator do not.

Lambda, which polls queues and streams, is stopped as well. SNS would repeat a delivery to a queue
that is away for weeks; here the message waits in the queue, which delivers nothing.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from ministack.core.iam_evaluator import request_caller_arn  # type: ignore[import-untyped]
from ministack.core.responses import (  # type: ignore[import-untyped]
    error_response_json,
    error_response_xml,
)
from ministack.services import dynamodb, ses_v2, sns, sqs, stepfunctions  # type: ignore[import-untyped]

from infra.local.faults.outage_file import OutageFile
from infra.local.faults.outages import Service

ASSUMED = ":assumed-role/"  # in the ARN of each function's credentials
UNANSWERED_SECONDS = 4  # longer than every client of the functions waits for an answer
UNAVAILABLE = ("ServiceUnavailable", 503)
THROTTLED: Mapping[Service, tuple[str, int]] = {
    "dynamodb": ("ThrottlingException", 400),
    "provider": ("ThrottlingException", 400),
    "carrier": ("ThrottlingException", 400),
    "sns": ("ThrottledException", 429),
    "sqs": ("RequestThrottled", 403),
    "ses": ("TooManyRequestsException", 429),
    "stepfunctions": ("ThrottlingException", 400),
}
MODULES: Mapping[Service, Any] = {
    "dynamodb": dynamodb,
    "sns": sns,
    "sqs": sqs,
    "ses": ses_v2,
    "stepfunctions": stepfunctions,
}
# The sandbox provider and carrier keep their records in tables, which are no part of the shop.
TABLES: Mapping[str, Service] = {"-provider-records": "provider", "-carrier-records": "carrier"}


def fail_during_outages(outages: OutageFile) -> None:
    """Patch MiniStack in this process."""
    for service, module in MODULES.items():
        module.handle_request = _failing(service, module.handle_request, outages)
    receive, read_stream = sqs._receive_messages_for_esm, dynamodb.stream_records_since

    def receive_or_wait(*args: Any, **options: Any) -> Any:
        return [] if "sqs" in outages.active() else receive(*args, **options)

    def read_stream_or_wait(*args: Any, **options: Any) -> Any:
        return [] if "dynamodb" in outages.active() else read_stream(*args, **options)

    sqs._receive_messages_for_esm = receive_or_wait
    dynamodb.stream_records_since = read_stream_or_wait


def _failing(service: Service, handle: Any, outages: OutageFile) -> Any:
    async def handle_or_fail(
        method: str, path: str, headers: Any, body: bytes, *args: Any, **options: Any
    ) -> Any:
        active = outages.active()
        if active and ASSUMED in request_caller_arn(headers):
            called = called_service(service, body)
            if called in active:
                return await _fail(called, active[called].kind)
        return await handle(method, path, headers, body, *args, **options)

    return handle_or_fail


def called_service(service: Service, body: bytes) -> Service:
    """The service that a request is for; a table of the provider stands for the provider."""
    if service != "dynamodb":
        return service
    return next((it for suffix, it in TABLES.items() if f'{suffix}"'.encode() in body), service)


async def _fail(service: Service, kind: str) -> Any:
    code, status = THROTTLED[service] if kind == "throttled" else UNAVAILABLE
    if kind == "unavailable":
        await asyncio.sleep(UNANSWERED_SECONDS)
    respond = error_response_xml if service == "sns" else error_response_json
    return respond(code, f"{service} is {kind}.", status)
