"""Tolerant reader: after a rollback, this code reads rows that newer code has written.

PynamoDB's queries leave out rows of an unknown kind, and its models unknown attributes.
https://martinfowler.com/bliki/TolerantReader.html
"""

import json
from typing import Any

from app.aws.clients import client
from app.cart.visitor import load_visitor
from app.catalog.models import CATALOG_ID
from app.orders.issues import open_issue
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from app.web.admin.order_issues import UNKNOWN_ISSUE, describe_issue
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    a_product,
    a_saved_cart,
    a_visitor,
    an_issue,
    an_order,
    current_product,
)


def put_row_of_unknown_kind(table: str, **keys: str) -> None:
    item = {name: {"S": value} for name, value in keys.items()}
    item |= {"kind": {"S": "of_next_year"}, "colour": {"S": "teal"}}
    client("dynamodb").put_item(TableName=f"hearth-and-clay-{table}", Item=item)


def set_attribute(order: Order, name: str, value: Any) -> None:
    client("dynamodb").update_item(
        TableName="hearth-and-clay-orders",
        Key={"order_id": {"S": order.order_id}, "part": {"S": "order"}},
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": {"S": value}},
    )


def test_order_with_a_row_of_an_unknown_kind_is_read(tables: LocalCloud) -> None:
    order = an_order()
    put_row_of_unknown_kind("orders", order_id=order.order_id, part="return#1")

    details = load_order_details(order.order_id)

    assert details.order.order_id == order.order_id
    assert len(details.events) == 1


def test_catalog_with_an_item_of_an_unknown_kind_is_read(tables: LocalCloud) -> None:
    product = a_product()
    put_row_of_unknown_kind("catalog", catalog_id=CATALOG_ID, item_id=f"discount#{product.slug}")

    assert current_product(product).title == product.title


def test_cart_beside_a_row_of_an_unknown_kind_is_read(tables: LocalCloud) -> None:
    visitor = a_visitor()
    a_saved_cart(visitor)
    put_row_of_unknown_kind("customers", owner=visitor, part="wishlist")

    assert load_visitor(visitor, now=NOON).cart.count == 1


def test_order_with_unknown_attributes_and_fields_is_read(tables: LocalCloud) -> None:
    order = an_order()
    set_attribute(order, "gift_wrap", "paper")
    lines = [{"sku": it.sku, "title": it.title, "variant": it.variant} for it in order.lines]
    newer = [it | {"quantity": 1, "price": 2_450, "engraving": "For Ada"} for it in lines]
    set_attribute(order, "lines", json.dumps(newer))

    assert [it.sku for it in find_order(order.order_id).lines] == [it.sku for it in order.lines]


def test_issue_with_an_unknown_reason_gets_a_general_sentence(tables: LocalCloud) -> None:
    order = an_order()
    open_issue(order.order_id, an_issue())
    issue = {"reason": "customs_hold", "since": NOON.isoformat(), "by": "carrier"}
    set_attribute(order, "issue", json.dumps(issue))

    stored = find_order(order.order_id).issue

    assert stored
    assert describe_issue(stored).summary == UNKNOWN_ISSUE
