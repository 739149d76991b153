"""Clients of AWS, made late and once, with time limits that fit into ours."""

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    import boto3

LIMITS = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)


@cache
def _session() -> "boto3.Session":
    # Late: it takes 85 ms of CPU, and many a cold start only ever speaks to DynamoDB, by PynamoDB.
    import boto3  # noqa: PLC0415

    return boto3.Session()


@cache
def client(service: str) -> Any:
    """One client for each service; they share a session, which is most of the cost."""
    return _session().client(service, config=LIMITS)
