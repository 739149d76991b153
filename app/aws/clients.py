"""boto3 clients: created at first use, shared, and with timeouts shorter than the functions'."""

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    import boto3

CLIENT_CONFIG = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)
# Each attempt after a lost reply sends another email, so the SDK makes only one. The next one is
# made when the message is delivered again.
# https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
EMAIL_CONFIG = Config(
    connect_timeout=1, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1}
)
# Presigned forms post to the bucket's own address in its region, the only origin that pages allow
# besides ours. Without version 4, newer regions refuse them; us-east-1 is regional only on request.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
S3_CONFIG = CLIENT_CONFIG.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)
CONFIGS = {"sesv2": EMAIL_CONFIG, "s3": S3_CONFIG}


@cache
def _session() -> "boto3.Session":
    # The import takes 85 ms of CPU, and many cold starts need only DynamoDB, through PynamoDB.
    import boto3  # noqa: PLC0415

    return boto3.Session()


@cache
def client(service: str) -> Any:
    """Return the client of an AWS service. All clients share a session, which is costly to make."""
    return _session().client(service, config=CONFIGS.get(service, CLIENT_CONFIG))
