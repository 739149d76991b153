"""The twin's tables, and functions that read and write their rows."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from ministack.services import dynamodb  # type: ignore[import-untyped]

PRODUCTS, CARTS, ORDERS, SALES = "naive-products", "naive-carts", "naive-orders", "naive-sales"

type Row = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    PRODUCTS: ("product_id",),
    CARTS: ("customer_id", "product_id"),
    ORDERS: ("order_id",),
    SALES: ("day", "metric"),
}
INDEXES: dict[str, dict[str, tuple[str, ...]]] = {
    PRODUCTS: {"by-category": ("category",)},
    ORDERS: {
        "by-customer": ("customer_id", "created_at"),
        "by-status": ("status", "created_at"),
    },
}


def create_tables() -> None:
    for table, keys in KEYS.items():
        dynamodb._delete_table({"TableName": table})
        indexes = INDEXES.get(table, {})
        named = sorted({*keys, *(name for index in indexes.values() for name in index)})
        request: dict[str, Any] = {
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": it, "AttributeType": "S"} for it in named],
            "KeySchema": _schema(keys),
        }
        if indexes:
            request["GlobalSecondaryIndexes"] = list(_indexes(indexes))
        status, _, body = dynamodb._create_table(request)
        assert status == 200, body


def _indexes(indexes: dict[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    for name, keys in indexes.items():
        everything = {"ProjectionType": "ALL"}
        yield {"IndexName": name, "KeySchema": _schema(keys), "Projection": everything}


def _schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)]


@cache
def client(service: str) -> Any:
    return boto3.client(service)


def put(table: str, row: Row) -> None:
    client("dynamodb").put_item(TableName=table, Item=as_item(row))


def get(table: str, **key: str) -> Row:
    found = client("dynamodb").get_item(TableName=table, Key=as_item(key))
    return as_row(found["Item"])


def delete(table: str, **key: str) -> None:
    client("dynamodb").delete_item(TableName=table, Key=as_item(key))


def scan(table: str) -> list[Row]:
    return [as_row(it) for it in client("dynamodb").scan(TableName=table)["Items"]]


def query(table: str, name: str, value: str, *, index: str = "") -> list[Row]:
    found = client("dynamodb").query(
        TableName=table,
        **({"IndexName": index} if index else {}),
        KeyConditionExpression="#name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues=as_item({":value": value}),
    )
    return [as_row(it) for it in found["Items"]]


def update(table: str, key: Row, action: str, **values: Any) -> None:
    """``action`` is "SET" or "ADD", for all of the values."""
    sign = " = " if action == "SET" else " "
    client("dynamodb").update_item(
        TableName=table,
        Key=as_item(key),
        UpdateExpression=f"{action} " + ", ".join(f"#{name}{sign}:{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues=as_item({f":{name}": it for name, it in values.items()}),
    )


def as_item(row: Row) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in row.items()}


def as_row(item: dict[str, Any]) -> Row:
    return {name: _plain(TypeDeserializer().deserialize(it)) for name, it in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_plain(it) for it in value]
    return {name: _plain(it) for name, it in value.items()} if isinstance(value, dict) else value
