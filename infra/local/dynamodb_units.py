"""Which units DynamoDB bills for each row of a call, by the rows that MiniStack stores.

MiniStack's own read units ignore the size of the result, so they are calculated here:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-untyped]

READ_UNIT = 4096  # bytes
READS = ("GetItem", "BatchGetItem", "Query", "Scan")
CONDITION_CHECK = "ConditionCheck"
# The sandbox provider and carrier are other companies: their tables have units of their own.
SANDBOX_TABLES = ("provider-records", "carrier-records")

type Parameters = Mapping[str, Any]
type Item = dict[str, dict[str, Any]]  # in DynamoDB's notation


@dataclass(frozen=True)
class RowUnits:
    """One row, or one query, in a call: what it cost. ``indexes`` has the write units of each."""

    function: str
    operation: str
    table: str
    row: str
    size: int
    units: float
    indexes: Mapping[str, float] = field(default_factory=dict)
    consistent: bool = False


def row_reads(operation: str, parameters: Parameters, answer: Parameters) -> Iterator[RowUnits]:
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
            item = dynamodb._get_item_by_key(stored_table(table), key) or {}
            yield _read(operation, table, _key(table, key), item_size(item), request)


def row_writes(
    operation: str, parameters: Parameters, before: Sequence[Item | None]
) -> Iterator[RowUnits]:
    """One unit per started KB, two in a transaction, and those of each index that is written.

    ``before`` are the ``written_items`` before the call. If the call failed, nothing has changed,
    and each row is billed all the same.
    """
    each = 2 if "TransactItems" in parameters else 1
    keys = written_keys(parameters)
    for (table, key), old, new in zip(keys, before, written_items(parameters), strict=True):
        size = max(item_size(old or {}), item_size(new or {}))
        indexes = _index_units(table, old, new)
        units = each * dynamodb._capacity_kb(size) + sum(indexes.values())
        yield RowUnits("", operation, table, _key(table, key), size, units, indexes)


def written_keys(parameters: Parameters) -> Iterator[tuple[str, Item]]:
    """Table, and key or whole item, of each write in one call. The shop has no batch writes."""
    if "TransactItems" in parameters:
        actions = (it for action in parameters["TransactItems"] for it in action.items())
        written = [it for kind, it in actions if kind != CONDITION_CHECK]
    else:
        written = [parameters]
    for it in written:
        yield it["TableName"], it.get("Key") or it["Item"]


def written_items(parameters: Parameters) -> Iterator[Item | None]:
    """The stored items that a call writes."""
    for table, key in written_keys(parameters):
        yield dynamodb._get_item_by_key(stored_table(table), key)


def is_sandbox(table: str) -> bool:
    """``table`` is the full name: the stack's name, then the table's."""
    return table.endswith(SANDBOX_TABLES)


def item_size(item: Item) -> int:
    size: int = dynamodb._item_size_bytes(item)
    return size


def stored_table(name: str) -> dict[str, Any]:
    """The emulator's table; one that does not exist is empty."""
    table: dict[str, Any] = dynamodb._tables.get(name) or {
        "items": {},
        "pk_name": "",
        "sk_name": "",
    }
    return table


def attribute_text(attribute: Mapping[str, Any]) -> str:
    return json.dumps(next(iter(attribute.values())))


def _one_key(parameters: Parameters) -> dict[str, Any]:
    """A single read, in the form of a batch."""
    return {parameters["TableName"]: {**parameters, "Keys": [parameters["Key"]]}}


def _queried(parameters: Parameters) -> str:
    """The index of a query, and the values of its condition on the keys."""
    condition = re.findall(r":\w+", parameters.get("KeyConditionExpression", ""))
    given = parameters.get("ExpressionAttributeValues", {}).items()
    values = [attribute_text(value) for name, value in given if name in condition]
    return " ".join([parameters.get("IndexName", ""), *values]).strip()


def _read(operation: str, table: str, row: str, size: float, request: Parameters) -> RowUnits:
    consistent = bool(request.get("ConsistentRead"))
    units = (1 if consistent else 0.5) * max(1, ceil(size / READ_UNIT))
    return RowUnits("", operation, table, row, ceil(size), units, consistent=consistent)


def _index_units(table: str, old: Item | None, new: Item | None) -> dict[str, float]:
    """The write units of each index: two where an entry moves, because its keys change."""
    indexes = stored_table(table).get("GlobalSecondaryIndexes") or ()
    units = {
        it["IndexName"]: dynamodb._index_write_units(stored_table(table), it, old, new)
        for it in indexes
    }
    return {name: count for name, count in units.items() if count}


def _key(table: str, key: Item) -> str:
    names = (stored_table(table)["pk_name"], stored_table(table)["sk_name"])
    return " ".join(attribute_text(key[name]).strip('"') for name in names if name)
