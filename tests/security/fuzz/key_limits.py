"""DynamoDB's limits for keys, which AWS enforces with status 400 and the emulator does not.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infra.build.bundles import ROOT
from infra.local.packaging import read_template

MAX_HASH_KEY_BYTES = 2_048
MAX_RANGE_KEY_BYTES = 1_024
RANGE_KEYS = frozenset(
    key["AttributeName"]
    for resource in read_template(ROOT / "infra/template.yaml")["Resources"].values()
    if resource["Type"] == "AWS::DynamoDB::Table"
    for key in resource["Properties"]["KeySchema"]
    if key["KeyType"] == "RANGE"
)

type Key = dict[str, dict[str, str]]


@contextmanager
def enforce_key_limits() -> Iterator[None]:
    """Refuse keys that AWS would refuse, with the same error."""
    original: Callable[..., Any] = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if wrong := find_invalid_key(parameters):
            answer = {"Error": {"Code": "ValidationException", "Message": wrong}}
            raise ClientError(answer, operation)  # type: ignore[arg-type]
        return original(client, operation, parameters)

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]


def find_invalid_key(parameters: dict[str, Any]) -> str:
    """Why AWS would refuse this call; "" if it would not."""
    for request in parameters.get("RequestItems", {}).values():
        batch = request.get("Keys", ()) if isinstance(request, dict) else ()
        if len(batch) > 100 or len({str(it) for it in batch}) < len(batch):
            return "too many keys, or one twice"
    return next((wrong for name, it in _values(parameters) if (wrong := _wrong(name, it))), "")


def _values(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _keys(parameters):
        yield from ((name, value["S"]) for name, value in key.items() if "S" in value)
    condition = parameters.get("KeyConditionExpression", "")
    for name, value in parameters.get("ExpressionAttributeValues", {}).items():
        if "S" in value and name in condition.replace(",", " ").replace(")", " ").split():
            yield name, value["S"]


def _keys(parameters: dict[str, Any]) -> Iterator[Key]:
    if isinstance(key := parameters.get("Key"), dict):
        yield key
    for request in parameters.get("RequestItems", {}).values():
        yield from request.get("Keys", ()) if isinstance(request, dict) else ()


def _wrong(name: str, value: str) -> str:
    longest = MAX_RANGE_KEY_BYTES if name in RANGE_KEYS else MAX_HASH_KEY_BYTES
    return "" if 0 < len(value.encode()) <= longest else f"{name} is empty or too long"
