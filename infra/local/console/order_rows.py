"""The latest orders and the rows of one order, read from the local table."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from app.aws.table_reader import Row, TableReader
from infra.local.cloud import LocalCloud
from infra.local.console.rendering import ShopNotReady
from infra.local.order_search import IDS_PATH
from infra.ops.deployed_stack import DeployedStack

PAGE_SIZE = 25
GROUP = 5  # characters of a group of an order number
MAX_ROWS = 300  # of one order


@dataclass(frozen=True)
class OrdersPage:
    """``before`` is the order id at which the next page begins; empty on the last page."""

    orders: list[Row]
    before: str


def latest_orders(cloud: LocalCloud, stack: DeployedStack, *, before: str) -> OrdersPage:
    """One page of orders, newest first. The emulator finds their ids without reading the rows.

    Raises ``ShopNotReady`` before the first deployment.
    """
    response = cloud.get(f"{IDS_PATH}?limit={PAGE_SIZE + 1}&before={before}")
    response.raise_for_status()
    ids: list[str] | None = response.json().get("ids")
    if ids is None:
        raise ShopNotReady
    page = ids[:PAGE_SIZE]
    return OrdersPage(_rows_of(stack, page), page[-1] if len(ids) > PAGE_SIZE else "")


def find_by_number(cloud: LocalCloud, number: str) -> str:
    """The id of the newest order with this number, short or long; the number itself if none has it.

    The groups of a number are the end of the order id, its last group first.
    """
    groups = [it for it in number.split("-")[1:] if len(it) == GROUP]
    response = cloud.get(f"{IDS_PATH}?limit=1&end={''.join(reversed(groups))}")
    response.raise_for_status()
    return next(iter(response.json().get("ids", [])), number)


def order_partition(stack: DeployedStack, order_id: str) -> dict[str, Row]:
    """The rows of an order by their key, at most ``MAX_ROWS``; empty for an unknown order."""
    rows = _reader(stack).query("orders", "order_id = :id", {":id": order_id})
    return {row["part"]: row for row in islice(rows, MAX_ROWS)}


def placed_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["placed_at"]).astimezone(UTC)


def _rows_of(stack: DeployedStack, ids: list[str]) -> list[Row]:
    if not ids:
        return []
    rows = _reader(stack).batch_get("orders", [{"order_id": it, "part": "order"} for it in ids])
    return sorted(rows, key=lambda row: row["order_id"], reverse=True)


def _reader(stack: DeployedStack) -> TableReader:
    return TableReader(stack.client("dynamodb"), stack.stack_name)
