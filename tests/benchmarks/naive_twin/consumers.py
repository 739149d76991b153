"""The twin's three consumers of a placed order: email, analytics and inventory."""

import json
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.naive_twin.logs import log, log_input
from tests.benchmarks.naive_twin.tables import ORDERS, PRODUCTS, SALES, Row, client, get, update


def _orders(batch: dict[str, Any]) -> Iterator[Row]:
    for record in batch["Records"]:
        yield json.loads(record["body"])


@log_input
def email(batch: dict[str, Any], _context: Any) -> None:
    for placed in _orders(batch):
        order = get(ORDERS, order_id=placed["order_id"])
        send(order, "Your order")
        log("email sent", order_id=order["order_id"])


@log_input
def analytics(batch: dict[str, Any], _context: Any) -> None:
    for order in _orders(batch):
        day = order["created_at"][:10]
        figures = {"day": day, "metric": "orders"}
        update(SALES, figures, "ADD", number=1, revenue=order["total"])
        for line in order["items"]:
            sold = {"day": day, "metric": f"product#{line['product_id']}"}
            revenue = line["price"] * line["quantity"]
            update(SALES, sold, "ADD", number=line["quantity"], revenue=revenue)
        log("figures updated", order_id=order["order_id"])


@log_input
def inventory(batch: dict[str, Any], _context: Any) -> None:
    for order in _orders(batch):
        for line in order["items"]:
            product = {"product_id": line["product_id"]}
            update(PRODUCTS, product, "ADD", stock=-line["quantity"])
        log("stock updated", order_id=order["order_id"])


def send(order: Row, subject: str) -> None:
    client("sesv2").send_email(
        FromEmailAddress="orders@naive.example",
        Destination={"ToAddresses": [order["email"]]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": subject}}}},
    )
