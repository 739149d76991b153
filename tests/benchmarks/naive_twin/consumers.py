"""The twin's three consumers of a placed order: the letter, the figures, the stock."""

import json
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.naive_twin.logs import log, logged
from tests.benchmarks.naive_twin.tables import ORDERS, PRODUCTS, SALES, Row, change, client, get


def _orders(batch: dict[str, Any]) -> Iterator[Row]:
    for record in batch["Records"]:
        yield json.loads(record["body"])


@logged
def email(batch: dict[str, Any], _context: Any) -> None:
    for placed in _orders(batch):
        order = get(ORDERS, order_id=placed["order_id"])
        send(order, "Your order")
        log("letter sent", order_id=order["order_id"])


@logged
def analytics(batch: dict[str, Any], _context: Any) -> None:
    for order in _orders(batch):
        day = order["created_at"][:10]
        figures = {"day": day, "metric": "orders"}
        change(SALES, figures, "ADD", number=1, revenue=order["total"])
        for line in order["items"]:
            sold = {"day": day, "metric": f"product#{line['product_id']}"}
            revenue = line["price"] * line["quantity"]
            change(SALES, sold, "ADD", number=line["quantity"], revenue=revenue)
        log("figures updated", order_id=order["order_id"])


@logged
def inventory(batch: dict[str, Any], _context: Any) -> None:
    for order in _orders(batch):
        for line in order["items"]:
            product = {"product_id": line["product_id"]}
            change(PRODUCTS, product, "ADD", stock=-line["quantity"])
        log("stock updated", order_id=order["order_id"])


def send(order: Row, subject: str) -> None:
    client("sesv2").send_email(
        FromEmailAddress="letters@naive.example",
        Destination={"ToAddresses": [order["email"]]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": subject}}}},
    )
