"""The latest orders and the rows of one order, read from the local table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import nlargest
from itertools import islice

from app.aws.table_reader import Row, TableReader
from app.orders.models import INDEX_SHARDS
from infra.ops.deployed_stack import DeployedStack

PAGE_SIZE = 25
MAX_DAYS = 8  # how far back the list looks
MAX_ROWS = 300  # of one order


@dataclass(frozen=True)
class OrdersPage:
    """``before`` is the order id at which the next page begins; empty on the last page."""

    orders: list[Row]
    before: str


def latest_orders(stack: DeployedStack, *, before: str, today: date) -> OrdersPage:
    """One page of orders, newest first. Order ids are ULIDs, which sort by time.

    The index has only keys, so that ten thousand orders of a day are two queries of a shard.
    """
    ids: list[str] = []
    for back in range(-1, MAX_DAYS):  # the shop's own day may be tomorrow's of UTC
        day = (today - timedelta(days=back)).isoformat().replace("-", "")
        ids += nlargest(PAGE_SIZE + 1, _ids_of_day(stack, day, before))
        if len(ids) > PAGE_SIZE:
            break
    page = ids[:PAGE_SIZE]
    return OrdersPage(_rows_of(stack, page), page[-1] if len(ids) > PAGE_SIZE else "")


def order_partition(stack: DeployedStack, order_id: str) -> dict[str, Row]:
    """The rows of an order by their key, at most ``MAX_ROWS``; empty for an unknown order."""
    rows = _reader(stack).query("orders", "order_id = :id", {":id": order_id})
    return {row["part"]: row for row in islice(rows, MAX_ROWS)}


def placed_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["placed_at"]).astimezone(UTC)


def _ids_of_day(stack: DeployedStack, day: str, before: str) -> Iterator[str]:
    """The ids alone, because there may be thousands: as plain text, and not kept."""
    paginator = stack.client("dynamodb").get_paginator("query")
    for shard in range(INDEX_SHARDS):
        for page in paginator.paginate(
            TableName=f"{stack.stack_name}-orders",
            IndexName="by-day",
            KeyConditionExpression="day_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": f"{day}#{shard}"}},
            ProjectionExpression="order_id",
        ):
            ids = (item["order_id"]["S"] for item in page["Items"])
            yield from (it for it in ids if not before or it < before)


def _rows_of(stack: DeployedStack, ids: list[str]) -> list[Row]:
    rows = _reader(stack).batch_get("orders", [{"order_id": it, "part": "order"} for it in ids])
    return sorted(rows, key=lambda row: row["order_id"], reverse=True)


def _reader(stack: DeployedStack) -> TableReader:
    return TableReader(stack.client("dynamodb"), stack.stack_name)
