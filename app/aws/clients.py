"""Clients of AWS, made late and once, with time limits that fit into ours."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

LIMITS = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@cache
def client(service: str) -> Any:
    """One client for each service; they share a session, which is most of the cost."""
    return _session().client(service, config=LIMITS)
