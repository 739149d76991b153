"""Parses S3 event notifications.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

# Lambda repeats a failed notification one and two minutes later, and then sends it to the
# dead-letter queue: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRY_PERIOD = timedelta(minutes=2)


def parse_uploads(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the sequencer of each upload. S3 encodes keys like form fields.

    S3 delivers notifications at least once and in any order; sequencers give the order.
    """
    for record in event["Records"]:
        uploaded = record["s3"]["object"]
        yield unquote_plus(uploaded["key"]), uploaded.get("sequencer", "")


def is_retried_by_lambda(event: dict[str, Any], *, now: datetime) -> bool:
    """Whether an error should be raised, because Lambda will repeat the notification soon.

    An older notification is left to the function's schedule: an outage must not fill the
    dead-letter queue with uploads that are processed in the end.
    """
    times = (record.get("eventTime") for record in event["Records"])
    return all(now - datetime.fromisoformat(time) < RETRY_PERIOD for time in times if time)
