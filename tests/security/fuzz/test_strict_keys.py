"""The rules of DynamoDB that tests hold the shop to, where the local cloud is more patient."""

from typing import Any

import pytest

from tests.security.fuzz.strict_keys import wrong_keys


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
def test_what_aws_would_refuse_is_refused(parameters: dict[str, Any]) -> None:
    assert wrong_keys(parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Key": key(owner="x" * 2_048, part="y" * 1_024)},
        {"RequestItems": {"stock": {"Keys": BATCH[:1]}}},
        {"UpdateExpression": "SET a = :0", "ExpressionAttributeValues": {":0": {"S": ""}}},
    ],
)
def test_what_aws_takes_is_taken(parameters: dict[str, Any]) -> None:
    assert not wrong_keys(parameters)
