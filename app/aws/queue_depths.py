"""SQS: which queues have messages that are not processed yet."""

from collections.abc import Mapping

from app.aws.clients import client

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def waiting_consumers(queue_urls: Mapping[str, str]) -> frozenset[str]:
    """The consumers whose queue is not empty. The counts of SQS are about a minute old at worst.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    """
    return frozenset(name for name, url in queue_urls.items() if _count_messages(url))


def _count_messages(url: str) -> int:
    response = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[*COUNTS])
    return sum(int(response["Attributes"].get(name, 0)) for name in COUNTS)
