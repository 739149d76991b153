"""Count DynamoDB's units of each call: those that ``infra/local/dynamodb_units`` calculates.

The total of writes is the emulator's own, which includes indexes and is double for transactions,
as on AWS.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb  # type: ignore[import-untyped]

from infra.local.dynamodb_units import (
    attribute_text,
    is_sandbox,
    row_reads,
    row_writes,
    stored_table,
    written_items,
    written_keys,
)
from tests.benchmarks.cost.meter import Meter
from tests.simulation.simulator.dynamodb import READS, Item, Store


class MeteredStore:
    """A store that counts its units on a meter. ``function`` is the one that makes the calls.

    The tables of the sandbox provider and carrier belong to other companies' systems, so they have
    units of their own.
    """

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store, self._meter, self.function = store, meter, ""

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        request = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
        before = [] if operation in READS else [*written_items(parameters)]
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
        for write in row_writes(operation, parameters, before):
            self._meter.rows.append(replace(write, function=self.function))

    def _count_failed_write(self, operation: str, parameters: dict[str, Any]) -> None:
        """A write whose condition fails is billed like a successful one."""
        if operation not in READS:
            each = 2 if "TransactItems" in parameters else 1
            for table, _ in written_keys(parameters):
                self._meter.add(f"{_owner(table)}write_units", each)


def _owner(table: str) -> str:
    """The prefix of the units of a table."""
    return "sandbox_" if is_sandbox(table) else ""


def _partitions(name: str, key: Item) -> Iterator[tuple[str, str]]:
    """The partitions of a write: the table's, and one of each index that contains the item."""
    table = stored_table(name)
    yield name, attribute_text(key[table["pk_name"]])
    item = dynamodb._get_item_by_key(table, key) or {}
    for index in table.get("GlobalSecondaryIndexes") or ():
        names = [it["AttributeName"] for it in index["KeySchema"]]
        if all(it in item for it in names):
            yield f"{name}/{index['IndexName']}", attribute_text(item[names[0]])
