"""Refuse the DynamoDB calls that exceed one of its limits, or repeat a key in one request.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from infra.build.bundles import ROOT
from infra.local import aws_limits as limits
from infra.local.aws_limits import Refusal, above
from infra.local.packaging import read_template

type Parameters = Mapping[str, Any]
type Value = Mapping[str, Any]
type Item = Mapping[str, Value]

EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
INVALID = "ValidationException"
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot"
    " contain an empty string value. Key: "
)
REPEATED_KEY = "Provided list of item keys contains duplicates"
REPEATED_ITEM = "Transaction request cannot include multiple operations on one item"


def dynamodb_refusals(parameters: Parameters) -> Iterator[Refusal]:
    """Why AWS would refuse this call."""
    for request in _requests(parameters):
        yield from _request_refusals(request)
    yield from _batch_refusals(parameters)
    yield from _transaction_refusals(parameters.get("TransactItems", ()))


def item_size(item: Item) -> int:
    """Bytes of an item: its names and values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content.lstrip("-").replace(".", "").strip("0")) // 2 + 2
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind == "L":
        return 3 + sum(1 + _size(it) for it in content)
    if kind in ("NULL", "BOOL"):
        return 1
    parts = content if isinstance(content, (list, set, tuple)) else [content]
    return sum(len(part) for part in parts)


# --- one request ----------------------------------------------------------------------------


def _requests(parameters: Parameters) -> Iterator[Parameters]:
    """The call itself, or each part of a batch or a transaction."""
    if "TableName" in parameters:
        yield parameters
    for part in parameters.get("TransactItems", ()):
        yield from part.values()
    for table, content in parameters.get("RequestItems", {}).items():
        if isinstance(content, Mapping):
            yield from ({"TableName": table, "Key": key} for key in content["Keys"])
        else:
            parts = chain.from_iterable(part.values() for part in content)
            yield from ({"TableName": table, **part} for part in parts)


def _request_refusals(request: Parameters) -> Iterator[Refusal]:
    yield from above(limits.DYNAMODB_ITEM, _written_bytes(request))
    for name in EXPRESSIONS:
        yield from above(limits.DYNAMODB_EXPRESSION, len(request.get(name, "").encode()))
    hash_keys, range_keys = _key_names(request["TableName"])
    for name, text in _key_values(request, hash_keys | range_keys):
        if not text:
            yield Refusal(INVALID, EMPTY_KEY + name)
        is_range_key = name in range_keys and name not in hash_keys
        limit = limits.DYNAMODB_RANGE_KEY if is_range_key else limits.DYNAMODB_HASH_KEY
        yield from above(limit, len(text.encode()))


def _written_bytes(request: Parameters) -> int:
    """Bytes of a put item, or of the values of an update, which the whole item exceeds."""
    values = request.get("ExpressionAttributeValues", {})
    return item_size(request.get("Item", {})) + sum(_size(it) for it in values.values())


def _key_values(request: Parameters, key_names: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name, value in {**request.get("Key", {}), **request.get("Item", {})}.items():
        if "S" in value and name in key_names:
            yield name, value["S"]
    condition = request.get("KeyConditionExpression", "").replace(",", " ").replace(")", " ")
    for name, value in request.get("ExpressionAttributeValues", {}).items():
        if "S" in value and name in condition.split():
            yield name, value["S"]


@cache
def _key_names(table: str) -> tuple[frozenset[str], frozenset[str]]:
    """The attributes of a table of the template that are hash keys and range keys of it.

    Keys of its indexes count, too: they have the same limits.
    """
    schemas = [
        schema
        for properties in _tables()
        if table.endswith(properties["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}"))
        for schema in (
            properties["KeySchema"],
            *(index["KeySchema"] for index in properties.get("GlobalSecondaryIndexes", ())),
        )
    ]
    by_kind = {
        kind: frozenset(
            key["AttributeName"] for schema in schemas for key in schema if key["KeyType"] == kind
        )
        for kind in ("HASH", "RANGE")
    }
    return by_kind["HASH"], by_kind["RANGE"]


@cache
def _tables() -> tuple[dict[str, Any], ...]:
    resources = read_template(ROOT / "infra/template.yaml")["Resources"].values()
    return tuple(it["Properties"] for it in resources if it["Type"] == "AWS::DynamoDB::Table")


# --- several requests -----------------------------------------------------------------------


def _batch_refusals(parameters: Parameters) -> Iterator[Refusal]:
    tables = parameters.get("RequestItems", {}).values()
    keys = [table["Keys"] for table in tables if isinstance(table, Mapping)]
    writes = [table for table in tables if not isinstance(table, Mapping)]
    yield from above(limits.DYNAMODB_BATCH_KEYS, sum(map(len, keys)))
    yield from above(limits.DYNAMODB_BATCH_WRITES, sum(map(len, writes)))
    if any(_has_duplicates(it) for it in keys):
        yield Refusal(INVALID, REPEATED_KEY)


def _transaction_refusals(items: Sequence[Parameters]) -> Iterator[Refusal]:
    requests = [request for item in items for request in item.values()]
    yield from above(limits.DYNAMODB_TRANSACTION_ITEMS, len(items))
    yield from above(limits.DYNAMODB_TRANSACTION, sum(_written_bytes(it) for it in requests))
    keys = [{"table": it["TableName"], **it["Key"]} for it in requests if "Key" in it]
    if _has_duplicates(keys):
        yield Refusal(INVALID, REPEATED_ITEM)


def _has_duplicates(keys: Sequence[Parameters]) -> bool:
    return len({str(sorted(key.items(), key=str)) for key in keys}) < len(keys)
