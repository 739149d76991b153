"""Wait until an order reaches a status, by polling its row."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.local.cloud import LocalCloud
from infra.local.stack import STACK_NAME
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Row = Mapping[str, Any]


class OrderWatcher:
    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb: DynamoDBClient = cloud.client("dynamodb")

    def row(self, order_id: str) -> Row:
        key = {"order_id": {"S": order_id}, "part": {"S": "order"}}
        response = self._dynamodb.get_item(
            TableName=f"{STACK_NAME}-orders", Key=key, ConsistentRead=True
        )
        return response.get("Item", {})

    def wait_until(self, order_id: str, condition: Callable[[Row], bool], seconds: float) -> float:
        """Returns the time (``time.time``) at which the row first met the condition.

        Raises ``UserError`` after ``seconds``.
        """
        deadline = time.time() + seconds
        while not condition(row := self.row(order_id)):
            if time.time() > deadline:
                status = row.get("status", {}).get("S", "unknown")
                raise UserError(f"Order {order_id} is still {status} after {seconds:.0f} seconds.")
            time.sleep(0.02)
        return time.time()


def is_paid(row: Row) -> bool:
    """Paid or a later status: `packing_until` is set when the order is paid."""
    return "packing_until" in row


def is_shipped(row: Row) -> bool:
    return bool(row.get("status", {}).get("S") == "shipped")


def packed_at(row: Row) -> float:
    return _timestamp(row, "packing_until")


def status_changed_at(row: Row) -> float:
    """When the status last changed."""
    return _timestamp(row, "status_changed_at")


def _timestamp(row: Row, name: str) -> float:
    return datetime.fromisoformat(row[name]["S"]).timestamp()
