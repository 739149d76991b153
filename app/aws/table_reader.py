"""Read whole rows of any table as plain values, for the verifier: it uses no model of the app."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import batched
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

type Row = Mapping[str, Any]

BATCH_GET_LIMIT = 100  # keys


class TableReader:
    """Reads the tables of one stack, strongly consistent except for indexes.

    ``dynamodb`` is a client of boto3. Every method follows the pages to the end.
    """

    def __init__(self, dynamodb: Any, stack_name: str) -> None:
        self._dynamodb, self._stack_name = dynamodb, stack_name

    def scan(self, table: str) -> Iterator[Row]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._name(table), ConsistentRead=True
        )
        return (deserialize_row(item) for page in pages for item in page["Items"])

    def query(
        self, table: str, condition: str, values: Mapping[str, str], *, index: str | None = None
    ) -> Iterator[Row]:
        """The rows that meet a key condition, for example ``sku = :sku``."""
        where = {"IndexName": index} if index else {"ConsistentRead": True}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._name(table),
            KeyConditionExpression=condition,
            ExpressionAttributeValues=_typed(values),
            **where,
        )
        return (deserialize_row(item) for page in pages for item in page["Items"])

    def batch_get(self, table: str, keys: Iterable[Mapping[str, str]]) -> Iterator[Row]:
        """The rows of these keys that exist, in any order."""
        for batch in batched(keys, BATCH_GET_LIMIT):
            yield from self._batch_get(self._name(table), batch)

    def _batch_get(self, name: str, keys: Sequence[Mapping[str, str]]) -> Iterator[Row]:
        """DynamoDB returns the keys that it did not process, for example of more than 16 MB."""
        typed = [_typed(key) for key in keys]
        requested = {name: {"Keys": typed, "ConsistentRead": True}}
        while requested:
            response = self._dynamodb.batch_get_item(RequestItems=requested)
            yield from map(deserialize_row, response["Responses"][name])
            requested = response.get("UnprocessedKeys")

    def _name(self, table: str) -> str:
        return f"{self._stack_name}-{table}"


def _typed(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in values.items()}


def deserialize_row(item: Mapping[str, Any]) -> Row:
    """A DynamoDB item as Python values: ``{"total": {"N": "2450"}}`` as ``{"total": 2450}``."""
    deserialize = TypeDeserializer().deserialize
    return {name: _as_integer(deserialize(value)) for name, value in item.items()}


def _as_integer(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) else value
