"""Refuse the AWS calls that AWS would refuse for one of its limits, with AWS's own error.

The emulator accepts some of them. ``enforce_limits`` covers every boto3 client of this process;
``infra/local/emulator_limits.py`` covers the calls of the local functions.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from botocore.handlers import BUILTIN_HANDLERS

from infra.local import aws_limits as limits
from infra.local.aws_limits import AwsLimit, Refusal, above
from infra.local.dynamodb_refusals import dynamodb_refusals

type Parameters = Mapping[str, Any]
type Check = Callable[[Parameters], Iterator[Refusal]]

CLIENT_EVENT = "before-parameter-build"
# The characters of XML 1.0: https://www.w3.org/TR/REC-xml/#charsets
NOT_IN_MESSAGES = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_IN_EXECUTION_NAMES = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NOT_IN_EMAIL_HEADERS = re.compile(r"[^ -~]")


def enforce_limits() -> None:
    """All boto3 sessions that this process opens from now on refuse what AWS would refuse."""
    if (CLIENT_EVENT, refuse) not in BUILTIN_HANDLERS:
        BUILTIN_HANDLERS.append((CLIENT_EVENT, refuse))


def refuse(params: Any, model: Any, **_: object) -> None:
    """Handle botocore's event: raise AWS's error before the call is sent."""
    refusal = find_refusal(model.service_model.service_name, model.name, params)
    if refusal:
        error: Any = {
            "Error": {"Code": refusal.code, "Message": refusal.message},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }
        raise ClientError(error, model.name)


def find_refusal(service: str, operation: str, parameters: Parameters) -> Refusal | None:
    """Why AWS would refuse this call, or ``None`` if it is within the limits."""
    if service == "dynamodb":
        return next(dynamodb_refusals(parameters), None)
    check = CHECKS.get((service, operation)) or CHECKS.get((service, ""))
    return next(check(parameters), None) if check else None


# --- SES ------------------------------------------------------------------------------------


def _email_refusals(email: Parameters) -> Iterator[Refusal]:
    recipients = [it for kind in email.get("Destination", {}).values() for it in kind]
    addresses = [
        *recipients,
        *email.get("ReplyToAddresses", ()),
        email.get("FromEmailAddress", ""),
    ]
    yield from above(limits.SES_RECIPIENTS, len(recipients))
    if foreign := next((it for it in addresses if not it.isascii()), ""):
        yield Refusal(
            "BadRequestException",
            f"{foreign}: the local part may only contain ASCII characters, and the domain must be"
            f" encoded using Punycode ({limits.SES_ADDRESS})",
        )
    content = email.get("Content", {}).get("Simple", {})
    texts = [content.get("Subject", {}), *content.get("Body", {}).values()]
    yield from above(limits.SES_MESSAGE, sum(len(it.get("Data", "").encode()) for it in texts))
    if CONTROL_CHARACTERS.search(content.get("Subject", {}).get("Data", "")):
        yield Refusal("BadRequestException", "Control characters in the subject are not allowed.")
    for header in content.get("Headers", ()):
        yield from _header_refusals(header["Name"], header["Value"])


def _header_refusals(name: str, value: str) -> Iterator[Refusal]:
    yield from above(limits.SES_HEADER_NAME, len(name))
    yield from above(limits.SES_HEADER_VALUE, len(value))
    if NOT_IN_EMAIL_HEADERS.search(value) or NOT_IN_EMAIL_HEADERS.search(name):
        yield Refusal(limits.SES_HEADER_VALUE.code, limits.SES_HEADER_VALUE.message)


# --- SQS and SNS ----------------------------------------------------------------------------


def _message_refusals(message: Parameters) -> Iterator[Refusal]:
    body = message.get("MessageBody", "")
    yield from above(limits.SQS_MESSAGE, _message_bytes(message))
    yield from above(limits.SQS_ATTRIBUTES, len(message.get("MessageAttributes", {})))
    yield from above(limits.SQS_DELAY, message.get("DelaySeconds", 0))
    yield from above(limits.SQS_VISIBILITY, message.get("VisibilityTimeout", 0))
    yield from above(limits.SQS_RECEIVED, message.get("MaxNumberOfMessages", 1))
    if NOT_IN_MESSAGES.search(body):
        yield Refusal("InvalidMessageContents", "Invalid characters in the message.")
    entries: Sequence[Parameters] = message.get("Entries", ())
    yield from above(limits.SQS_BATCH_ENTRIES, len(entries))
    yield from above(limits.SQS_BATCH, sum(map(_message_bytes, entries)))
    for entry in entries:
        yield from _message_refusals(entry)


def _notification_refusals(message: Parameters) -> Iterator[Refusal]:
    entries: Sequence[Parameters] = message.get("PublishBatchRequestEntries", ())
    yield from above(limits.SNS_BATCH_ENTRIES, len(entries))
    yield from above(limits.SNS_MESSAGE, sum(map(_message_bytes, (message, *entries))))
    # Raw delivery to SQS drops a message with more attributes than SQS takes.
    yield from above(limits.SQS_ATTRIBUTES, len(message.get("MessageAttributes", {})))
    subject = message.get("Subject", "")
    yield from above(limits.SNS_SUBJECT, len(subject))
    if NOT_IN_EMAIL_HEADERS.search(subject):
        yield Refusal(limits.SNS_SUBJECT.code, limits.SNS_SUBJECT.message)


def _message_bytes(message: Parameters) -> int:
    """Bytes of the body and the attributes: their names, types and values."""
    text = message.get("MessageBody", message.get("Message", ""))
    attributes = message.get("MessageAttributes", {})
    parts = [
        part for name, it in attributes.items() for part in (name, *it.values()) if part is not None
    ]
    return sum(len(it if isinstance(it, bytes) else str(it).encode()) for it in (text, *parts))


# --- Step Functions, Lambda, S3, EventBridge ------------------------------------------------


def _workflow_refusals(call: Parameters) -> Iterator[Refusal]:
    yield from above(limits.STEP_FUNCTIONS_INPUT, len(call.get("input", "").encode()))
    yield from above(limits.STEP_FUNCTIONS_OUTPUT, len(call.get("output", "").encode()))
    yield from above(limits.STEP_FUNCTIONS_CAUSE, len(call.get("cause", "")))
    name = call.get("name", "")
    yield from above(limits.STEP_FUNCTIONS_NAME, len(name))
    if NOT_IN_EXECUTION_NAMES.search(name):
        yield Refusal("InvalidName", f"Invalid Name: {name!r}")


def _invocation_refusals(call: Parameters) -> Iterator[Refusal]:
    payload = call.get("Payload", b"")
    is_async = call.get("InvocationType") == "Event"
    limit = limits.LAMBDA_ASYNC_REQUEST if is_async else limits.LAMBDA_REQUEST
    yield from above(limit, len(payload.encode() if isinstance(payload, str) else payload))


def _object_refusals(call: Parameters) -> Iterator[Refusal]:
    yield from above(limits.S3_KEY, len(call.get("Key", "").encode()))
    metadata = call.get("Metadata", {}).items()
    yield from above(limits.S3_USER_METADATA, sum(len(f"{n}{it}".encode()) for n, it in metadata))


def _count(name: str, limit: AwsLimit) -> Check:
    return lambda call: above(limit, len(call.get(name, ())))


CHECKS: dict[tuple[str, str], Check] = {  # "" for all operations of a service
    ("sesv2", "SendEmail"): _email_refusals,
    ("sqs", ""): _message_refusals,
    ("sns", "Publish"): _notification_refusals,
    ("sns", "PublishBatch"): _notification_refusals,
    ("stepfunctions", "StartExecution"): _workflow_refusals,
    ("stepfunctions", "SendTaskSuccess"): _workflow_refusals,
    ("stepfunctions", "SendTaskFailure"): _workflow_refusals,
    ("lambda", "Invoke"): _invocation_refusals,
    ("s3", ""): _object_refusals,
    ("events", "PutEvents"): _count("Entries", limits.EVENTBRIDGE_ENTRIES),
}
