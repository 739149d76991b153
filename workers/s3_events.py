"""Parses S3 event notifications.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus


def parse_uploads(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the sequencer of each upload. S3 encodes keys like form fields.

    S3 delivers notifications at least once and in any order; sequencers give the order.
    """
    for record in event["Records"]:
        uploaded = record["s3"]["object"]
        yield unquote_plus(uploaded["key"]), uploaded.get("sequencer", "")
