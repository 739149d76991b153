"""SQS: send a message to the dead-letter queue, or delay its next delivery."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import client
from app.settings import settings

MAX_ATTRIBUTES = 10  # the limit of SQS for one message


def send_to_dlq(body: str, reason: str, attributes: Mapping[str, Any]) -> None:
    """Send a message with its attributes and the reason to the worker's dead-letter queue.

    ``attributes`` have the shape of a Lambda event: ``{"type": {"stringValue": "order_placed"}}``.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    strings = {
        name: attribute["stringValue"]
        for name, attribute in attributes.items()
        if "stringValue" in attribute
    }
    values = dict(list(strings.items())[: MAX_ATTRIBUTES - 1])
    values["reason"] = reason[:250] or "unknown"
    client("sqs").send_message(
        QueueUrl=settings().dead_letter_queue_url,
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        },
    )


def delay_retry(seconds: int, receipt_handle: str) -> bool:
    """Set when a received message becomes visible again.

    Returns False if SQS refuses. The queue's own visibility timeout then applies, which is as
    safe, only slower.
    """
    try:
        client("sqs").change_message_visibility(
            QueueUrl=settings().queue_url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=seconds,
        )
    except (BotoCoreError, ClientError):
        return False
    return True
