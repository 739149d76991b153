import json
from typing import Any

from app.verification import at_any_time, at_rest, told
from tests.unit.app.verification.consistent_snapshot import (
    LINES,
    SHIPPED,
    SKU,
    books,
    books_at_rest,
)


def books_with_drawers(*, taken: dict[str, int]) -> dict[str, Any]:
    """Ten pieces in two drawers, of each of which one is sold; the order says from where."""
    fields = books_at_rest()
    lines = json.dumps([line | {"drawers": taken} for line in LINES])
    orders = [
        row | {"lines": lines} if (row["order_id"], row["part"]) == (SHIPPED, "order") else row
        for row in fields["orders"]
    ]
    row = {"available": 4, "reserved": 0, "sold": 1, "received": 5}
    return fields | {"orders": orders, "stock": [row | {"sku": SKU}, row | {"sku": f"{SKU}#1"}]}


def found(fields: dict[str, Any]) -> str:
    return told([*at_any_time(books(fields)), *at_rest(books(fields))])


def test_drawers_balance_each_for_itself_and_with_the_ledger_together() -> None:
    assert found(books_with_drawers(taken={SKU: 1, f"{SKU}#1": 1})) == "The books balance."


def test_a_piece_that_was_sold_from_another_drawer_than_the_order_says_is_found() -> None:
    breaches = found(books_with_drawers(taken={SKU: 2}))

    assert f"S3 {SKU}: 1 are sold, 2 were shipped." in breaches
    assert f"S3 {SKU}#1: 1 are sold, 0 were shipped." in breaches


def test_a_piece_that_a_drawer_lost_is_found() -> None:
    fields = books_with_drawers(taken={SKU: 1, f"{SKU}#1": 1})
    fields["stock"][1]["available"] -= 1

    breaches = found(fields)

    assert f"S1 {SKU}#1" in breaches
    assert f"E3 {SKU}: the ledger makes 8, the shelf has 7." in breaches
