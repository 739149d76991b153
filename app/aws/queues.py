"""Putting aside a message that no retry can help, with the reason written on it."""

from app.aws.clients import client
from app.settings import settings


def bury(body: str, reason: str) -> None:
    """Send the message, unchanged, to the worker's own dead-letter queue."""
    client("sqs").send_message(
        QueueUrl=settings().dead_letters_url,
        MessageBody=body,
        MessageAttributes={"reason": {"DataType": "String", "StringValue": reason[:250]}},
    )
