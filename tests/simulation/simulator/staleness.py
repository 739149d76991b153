"""Eventually consistent reads: what a read without ``ConsistentRead``, or of an index, may return.

A stale read runs on the rows as they were a moment ago.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-untyped]

MAX_LAG = timedelta(seconds=5)

type Item = dict[str, Any]


@dataclass(frozen=True)
class _Overwritten:
    """A row before a write; ``item`` is None if there was none."""

    at: datetime
    table: str
    key: tuple[str, str]
    item: Item | None


class RowHistory:
    """The rows that writes replaced in the last few seconds."""

    def __init__(self) -> None:
        self._overwritten: deque[_Overwritten] = deque()

    @contextmanager
    def recording(self, operation: str, parameters: dict[str, Any], at: datetime) -> Iterator[None]:
        """Remember the rows that the write in this block replaces."""
        before = [
            _Overwritten(at, table, key, _rows(table).get(key[0], {}).get(key[1]))
            for table, key in _written_keys(operation, parameters)
        ]
        yield
        self._overwritten += [
            it for it in before if _rows(it.table).get(it.key[0], {}).get(it.key[1]) is not it.item
        ]
        while self._overwritten and self._overwritten[0].at < at - MAX_LAG:
            self._overwritten.popleft()

    def has_changed(self, tables: frozenset[str], since: datetime) -> bool:
        return any(it.table in tables and it.at >= since for it in self._overwritten)

    @contextmanager
    def as_of(self, tables: frozenset[str], at: datetime) -> Iterator[None]:
        """Within this block the tables have the rows that they had at that time."""
        current = []
        for old in reversed(self._overwritten):
            if old.table in tables and old.at >= at:
                key = old.table, old.key
                current.append((key, _rows(old.table).get(old.key[0], {}).get(old.key[1])))
                _put(old.table, old.key, old.item)
        try:
            yield
        finally:
            for (table, row_key), item in reversed(current):
                _put(table, row_key, item)


def _rows(table: str) -> dict[str, dict[str, Item]]:
    rows: dict[str, dict[str, Item]] = dynamodb._tables[table]["items"]
    return rows


def _put(table: str, key: tuple[str, str], item: Item | None) -> None:
    if item is None:
        dynamodb._remove_item(dynamodb._tables[table], *key)
    else:
        dynamodb._set_item(dynamodb._tables[table], *key, item)


def _written_keys(
    operation: str, parameters: dict[str, Any]
) -> Iterator[tuple[str, tuple[str, str]]]:
    if operation == "BatchWriteItem":
        for table, requests in parameters["RequestItems"].items():
            for request in requests:
                (write,) = request.values()
                yield _key_of(table, write)
        return
    members = parameters.get("TransactItems", [{operation: parameters}])
    for write in (write for member in members for write in member.values()):
        yield _key_of(write["TableName"], write)


def _key_of(table: str, write: dict[str, Any]) -> tuple[str, tuple[str, str]]:
    item: Item = write.get("Key") or write["Item"]
    definition = dynamodb._tables[table]
    partition, sort = definition["pk_name"], definition["sk_name"]
    (pk,) = item[partition].values()
    (sk,) = item[sort].values() if sort else ("__no_sort__",)
    return table, (str(pk), str(sk))


def tables_read(operation: str, parameters: dict[str, Any]) -> frozenset[str]:
    """The tables that this call may read inconsistently; none if the read is consistent."""
    if operation == "BatchGetItem":
        return frozenset(
            table
            for table, request in parameters["RequestItems"].items()
            if not request.get("ConsistentRead")
        )
    if operation in ("GetItem", "Query", "Scan") and not parameters.get("ConsistentRead"):
        return frozenset([parameters["TableName"]])
    return frozenset()
