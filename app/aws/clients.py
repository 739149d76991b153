"""Clients of AWS, made late and once, with time limits that fit into ours."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

LIMITS = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)


@cache
def _session() -> Session:
    """botocore's own: boto3 would add half a megabyte to each bundle, and nothing that we use."""
    return get_session()


@cache
def client(service: str) -> Any:
    """One client for each service; they share a session, which is most of the cost."""
    return _session().create_client(service, config=LIMITS)
