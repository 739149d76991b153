"""Count DynamoDB's units: writes as the emulator reports them, reads by the size of the items.

The emulator's write units include indexes and double for transactions, as on AWS. Its read units
ignore the size of the result, so they are calculated here:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
"""

import json
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb  # type: ignore[import-untyped]

from tests.benchmarks.cost.meter import Meter
from tests.simulation.simulator.dynamodb import READS, Item, Store

READ_UNIT = 4096
CONDITION_CHECK = "ConditionCheck"


class MeteredStore:
    """A store that counts its units on a meter."""

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store, self._meter = store, meter

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        request = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
        try:
            answer = self._store.call(operation, request)
        except ClientError:
            self._count_failed_write(operation, parameters)
            raise
        if operation in READS:
            self._meter.add("read_units", read_units(operation, parameters, answer))
        else:
            self._count_writes(parameters, answer)
        return answer

    def _count_writes(self, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        consumed = answer["ConsumedCapacity"]
        for one in consumed if isinstance(consumed, list) else [consumed]:
            self._meter.add("write_units", one["CapacityUnits"])
            self._meter.tables[one["TableName"]] += one["CapacityUnits"]
        for table, key in written_keys(parameters):
            for name, partition in _partitions(table, key):
                self._meter.writes_by_key[name][partition] += 1

    def _count_failed_write(self, operation: str, parameters: dict[str, Any]) -> None:
        """A write whose condition fails is billed like a successful one."""
        if operation not in READS:
            each = 2 if "TransactItems" in parameters else 1
            self._meter.add("write_units", each * len(list(written_keys(parameters))))


def read_units(operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Half a unit per started 4 KB, one if consistent; a query counts the sum of its items."""
    if operation == "GetItem":
        found = dynamodb._get_item_by_key(_table(parameters["TableName"]), parameters["Key"])
        return _rate(parameters) * _units(item_size(found or {}))
    if operation in ("Query", "Scan"):
        read = sum(item_size(item) for item in answer.get("Items", ()))
        share = answer["ScannedCount"] / max(
            answer["Count"], 1
        )  # items that a filter removed were read too
        return _rate(parameters) * _units(read * max(share, 1))
    assert operation == "BatchGetItem", operation
    return sum(
        _rate(parameters["RequestItems"][table]) * _units(item_size(item))
        for table, items in answer["Responses"].items()
        for item in items
    )


def item_size(item: Item) -> int:
    size: int = dynamodb._item_size_bytes(item)
    return size


def _units(size: float) -> int:
    return max(1, ceil(size / READ_UNIT))


def _rate(parameters: Mapping[str, Any]) -> float:
    return 1 if parameters.get("ConsistentRead") else 0.5


def written_keys(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """Table, and key or whole item, of each write in one call. The shop has no batch writes."""
    if "TransactItems" in parameters:
        actions = (it for action in parameters["TransactItems"] for it in action.items())
        written = [it for kind, it in actions if kind != CONDITION_CHECK]
    else:
        written = [parameters]
    for it in written:
        yield it["TableName"], it.get("Key") or it["Item"]


def _partitions(name: str, key: Item) -> Iterator[tuple[str, str]]:
    """The partitions of a write: the table's, and one of each index that contains the item."""
    table = _table(name)
    yield name, _value(key[table["pk_name"]])
    item = dynamodb._get_item_by_key(table, key) or {}
    for index in table.get("GlobalSecondaryIndexes") or ():
        names = [it["AttributeName"] for it in index["KeySchema"]]
        if all(it in item for it in names):
            yield f"{name}/{index['IndexName']}", _value(item[names[0]])


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = dynamodb._tables[name]
    return table


def _value(attribute: Mapping[str, Any]) -> str:
    return json.dumps(next(iter(attribute.values())))
