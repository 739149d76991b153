"""What a worker may do with a message it cannot handle: put it aside, or let it come back later."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import client
from app.settings import settings

MOST_ATTRIBUTES = 10  # SQS takes no more on one message


def bury(body: str, reason: str, attributes: Mapping[str, Any]) -> None:
    """Send the message, with its attributes, to the worker's own dead letters, and say why.

    ``attributes`` are as Lambda hands them over: ``{"type": {"stringValue": "order_placed"}}``.
    """
    told = {name: it["stringValue"] for name, it in attributes.items() if "stringValue" in it}
    kept = dict(list(told.items())[: MOST_ATTRIBUTES - 1]) | {"reason": reason[:250] or "unknown"}
    client("sqs").send_message(
        QueueUrl=settings().dead_letters_url,
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in kept.items()
        },
    )


def come_back_in(seconds: int, receipt: str) -> bool:
    """Let a received message be seen again after so long, instead of after the queue's usual time.

    False when SQS does not do so: then the usual time holds, which is as safe and only slower.
    """
    try:
        client("sqs").change_message_visibility(
            QueueUrl=settings().queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError):
        return False
    return True
