"""Count DynamoDB's units: writes as the emulator reports them, reads by the size of the items.

The emulator's write units include indexes and double for transactions, as on AWS. Its read units
ignore the size of the result, so they are calculated here:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb  # type: ignore[import-untyped]

from tests.benchmarks.cost.meter import Meter, RowUnits
from tests.simulation.simulator.dynamodb import READS, STACK_NAME, Item, Store

READ_UNIT = 4096
CONDITION_CHECK = "ConditionCheck"
SANDBOX_TABLES = frozenset({"provider-records", "carrier-records"})


class MeteredStore:
    """A store that counts its units on a meter. ``function`` is the one that makes the calls.

    The tables of the sandbox provider and carrier belong to other companies' systems, so they have
    units of their own.
    """

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store, self._meter, self.function = store, meter, ""

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        request = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
        before = [] if operation in READS else [*_items(parameters)]
        try:
            answer = self._store.call(operation, request)
        except ClientError:
            self._count_failed_write(operation, parameters)
            raise
        if operation in READS:
            self._count_reads(operation, parameters, answer)
        else:
            self._count_writes(parameters, answer)
            self._record_writes(operation, parameters, before)
        return answer

    def _count_reads(
        self, operation: str, parameters: dict[str, Any], answer: dict[str, Any]
    ) -> None:
        for read in row_reads(operation, parameters, answer):
            self._meter.add(f"{_owner(read.table)}read_units", read.units)
            if self._meter.rows is not None:
                self._meter.rows.append(replace(read, function=self.function))

    def _count_writes(self, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        consumed = answer["ConsumedCapacity"]
        for one in consumed if isinstance(consumed, list) else [consumed]:
            self._meter.add(f"{_owner(one['TableName'])}write_units", one["CapacityUnits"])
            self._meter.tables[one["TableName"]] += one["CapacityUnits"]
        for table, key in written_keys(parameters):
            for name, partition in _partitions(table, key):
                self._meter.writes_by_key[name][partition] += 1

    def _record_writes(
        self, operation: str, parameters: dict[str, Any], before: Sequence[Item | None]
    ) -> None:
        if self._meter.rows is None:
            return
        each = 2 if "TransactItems" in parameters else 1
        keys = written_keys(parameters)
        for (table, key), old, new in zip(keys, before, _items(parameters), strict=True):
            size = max(item_size(old or {}), item_size(new or {}))
            indexes = _index_units(table, old, new)
            units = each * dynamodb._capacity_kb(size) + sum(indexes.values())
            row = RowUnits(self.function, operation, table, _key(table, key), size, units, indexes)
            self._meter.rows.append(row)

    def _count_failed_write(self, operation: str, parameters: dict[str, Any]) -> None:
        """A write whose condition fails is billed like a successful one."""
        if operation not in READS:
            each = 2 if "TransactItems" in parameters else 1
            for table, _ in written_keys(parameters):
                self._meter.add(f"{_owner(table)}write_units", each)


def row_reads(
    operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[RowUnits]:
    """Half a unit per started 4 KB, one if consistent; a query counts the sum of its items.

    A row that does not exist is billed too.
    """
    if operation in ("Query", "Scan"):
        read = sum(item_size(item) for item in answer.get("Items", ()))
        # Items that a filter removed were read too.
        share = max(answer["ScannedCount"] / max(answer["Count"], 1), 1)
        table = parameters["TableName"]
        yield _read(operation, table, _queried(parameters), read * share, parameters)
        return
    requests = parameters["RequestItems"] if operation == "BatchGetItem" else _one_key(parameters)
    for table, request in requests.items():
        for key in request["Keys"]:
            item = dynamodb._get_item_by_key(_table(table), key) or {}
            yield _read(operation, table, _key(table, key), item_size(item), request)


def _one_key(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A single read, in the form of a batch."""
    return {parameters["TableName"]: {**parameters, "Keys": [parameters["Key"]]}}


def _queried(parameters: Mapping[str, Any]) -> str:
    """The index of a query, and the values of its condition on the keys."""
    values = {name: _value(it) for name, it in _key_values(parameters)}
    index = parameters.get("IndexName", "")
    return " ".join([index, *values.values()]).strip()


def _key_values(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    condition = parameters.get("KeyConditionExpression", "")
    for name, value in parameters.get("ExpressionAttributeValues", {}).items():
        if name in re.findall(r":\w+", condition):
            yield name, value


def _read(
    operation: str, table: str, row: str, size: float, request: Mapping[str, Any]
) -> RowUnits:
    consistent = bool(request.get("ConsistentRead"))
    units = (1 if consistent else 0.5) * max(1, ceil(size / READ_UNIT))
    return RowUnits("", operation, table, row, ceil(size), units, consistent=consistent)


def _owner(table: str) -> str:
    """The prefix of the units of a table."""
    return "sandbox_" if table.removeprefix(f"{STACK_NAME}-") in SANDBOX_TABLES else ""


def _items(parameters: Mapping[str, Any]) -> Iterator[Item | None]:
    """The stored items that a call writes."""
    for table, key in written_keys(parameters):
        yield dynamodb._get_item_by_key(_table(table), key)


def _index_units(table: str, old: Item | None, new: Item | None) -> dict[str, float]:
    """The write units of each index: two where an entry moves, because its keys change."""
    indexes = _table(table).get("GlobalSecondaryIndexes") or ()
    units = {
        it["IndexName"]: dynamodb._index_write_units(_table(table), it, old, new) for it in indexes
    }
    return {name: count for name, count in units.items() if count}


def _key(table: str, key: Item) -> str:
    names = (_table(table)["pk_name"], _table(table)["sk_name"])
    return " ".join(_value(key[name]).strip('"') for name in names if name)


def item_size(item: Item) -> int:
    size: int = dynamodb._item_size_bytes(item)
    return size


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
