"""The latest orders and the rows of one order, read from the local table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from app.orders.models import INDEX_SHARDS
from infra.local.stack import STACK_NAME
from infra.ops.deployed_stack import DeployedStack

TABLE = f"{STACK_NAME}-orders"
PAGE_SIZE = 25
MAX_DAYS = 8  # how far back the list looks
MAX_ROWS = 300  # of one order

type Row = dict[str, Any]

_read = TypeDeserializer().deserialize


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
        ids += sorted(_ids_of_day(stack, day, before), reverse=True)
        if len(ids) > PAGE_SIZE:
            break
    page = ids[:PAGE_SIZE]
    return OrdersPage(_rows_of(stack, page), page[-1] if len(ids) > PAGE_SIZE else "")


def order_partition(stack: DeployedStack, order_id: str) -> dict[str, Row]:
    """The rows of an order by their key, at most ``MAX_ROWS``; empty for an unknown order."""
    answer = stack.client("dynamodb").query(
        TableName=TABLE,
        KeyConditionExpression="order_id = :id",
        ExpressionAttributeValues={":id": {"S": order_id}},
        Limit=MAX_ROWS,
        ConsistentRead=True,
    )
    return {row["part"]: row for row in map(_plain, answer["Items"])}


def placed_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["placed_at"]).astimezone(UTC)


def _ids_of_day(stack: DeployedStack, day: str, before: str) -> Iterator[str]:
    pages = stack.client("dynamodb").get_paginator("query")
    for shard in range(INDEX_SHARDS):
        for page in pages.paginate(
            TableName=TABLE,
            IndexName="by-day",
            KeyConditionExpression="day_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": f"{day}#{shard}"}},
            ProjectionExpression="order_id",
        ):
            ids = (item["order_id"]["S"] for item in page["Items"])
            yield from (order_id for order_id in ids if not before or order_id < before)


def _rows_of(stack: DeployedStack, ids: list[str]) -> list[Row]:
    if not ids:
        return []
    keys = [{"order_id": {"S": it}, "part": {"S": "order"}} for it in ids]
    answer = stack.client("dynamodb").batch_get_item(RequestItems={TABLE: {"Keys": keys}})
    rows = map(_plain, answer["Responses"][TABLE])
    return sorted(rows, key=lambda row: row["order_id"], reverse=True)


def _plain(item: dict[str, Any]) -> Row:
    return {name: _read(value) for name, value in item.items()}
