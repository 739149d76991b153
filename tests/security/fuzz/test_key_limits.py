"""DynamoDB's key limits, which the emulator does not enforce."""

from typing import Any

import pytest

from tests.security.fuzz.key_limits import find_invalid_key


def key(**values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


BATCH: list[dict[str, Any]] = [key(sku="A"), key(sku="A")]


@pytest.mark.parametrize(
    "parameters",
    [
        {"Key": key(sku="")},
        {"Key": key(sku="x" * 2_049)},
        {"Key": key(owner="x", part="y" * 1_025)},
        {"RequestItems": {"stock": {"Keys": [key(sku="")]}}},
        {"RequestItems": {"stock": {"Keys": BATCH}}},
        {
            "KeyConditionExpression": "#0 = :0",
            "ExpressionAttributeValues": {":0": {"S": ""}},
        },
    ],
)
def test_invalid_key_is_found(parameters: dict[str, Any]) -> None:
    assert find_invalid_key(parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Key": key(owner="x" * 2_048, part="y" * 1_024)},
        {"RequestItems": {"stock": {"Keys": BATCH[:1]}}},
        {"UpdateExpression": "SET a = :0", "ExpressionAttributeValues": {":0": {"S": ""}}},
    ],
)
def test_valid_key_is_accepted(parameters: dict[str, Any]) -> None:
    assert not find_invalid_key(parameters)
