"""Look over the shop's shoulder: when an order reaches a status, by its row."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.local.cloud import LocalCloud
from infra.local.stack import NAME
from infra.user_error import Trouble

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Row = Mapping[str, Any]


class OrderBook:
    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb: DynamoDBClient = cloud.client("dynamodb")

    def row(self, order_id: str) -> Row:
        key = {"order_id": {"S": order_id}, "part": {"S": "order"}}
        found = self._dynamodb.get_item(TableName=f"{NAME}-orders", Key=key, ConsistentRead=True)
        return found.get("Item", {})

    def wait(self, order_id: str, until: Callable[[Row], bool], seconds: float) -> float:
        """The moment, as of `time.time`, at which the row was first seen to be so."""
        deadline = time.time() + seconds
        while not until(row := self.row(order_id)):
            if time.time() > deadline:
                status = row.get("status", {}).get("S", "unknown")
                raise Trouble(f"Order {order_id} is still {status} after {seconds:.0f} seconds.")
            time.sleep(0.02)
        return time.time()


def paid(row: Row) -> bool:
    """Paid, or further: `packing_until` is written together with it."""
    return "packing_until" in row


def shipped(row: Row) -> bool:
    return bool(row.get("status", {}).get("S") == "shipped")


def packed_at(row: Row) -> float:
    return _moment(row, "packing_until")


def moved_at(row: Row) -> float:
    """When the status last changed."""
    return _moment(row, "moved_at")


def _moment(row: Row, name: str) -> float:
    return datetime.fromisoformat(row[name]["S"]).timestamp()
