import json

from app.verification import check_invariants, check_settled, format_violations
from tests.unit.app.verification.consistent_snapshot import (
    LINES,
    SHIPPED,
    SKU,
    Fields,
    settled_fields,
    snapshot_of,
)


def fields_with_shards(*, sold_from: dict[str, int]) -> Fields:
    """Ten units in two stock shards, each of which sold one; the order names its shards."""
    fields = settled_fields()
    lines = json.dumps([line | {"stock_shards": sold_from} for line in LINES])
    orders = [
        row | {"lines": lines} if (row["order_id"], row["part"]) == (SHIPPED, "order") else row
        for row in fields["orders"]
    ]
    row = {"available": 4, "reserved": 0, "sold": 1, "received": 5}
    stock = [row | {"sku": SKU, "first_units": 10}, row | {"sku": f"{SKU}#1"}]
    return fields | {"orders": orders, "stock": stock}


def report_on(fields: Fields) -> str:
    snapshot = snapshot_of(fields)
    return format_violations([*check_invariants(snapshot), *check_settled(snapshot)])


def test_stock_shards_are_checked_singly_and_their_sum_against_the_ledger() -> None:
    fields = fields_with_shards(sold_from={SKU: 1, f"{SKU}#1": 1})

    assert report_on(fields) == "The data is consistent."


def test_unit_sold_from_another_shard_than_the_order_names_is_a_violation() -> None:
    report = report_on(fields_with_shards(sold_from={SKU: 2}))

    assert f"S3 {SKU}: 1 sold, 2 shipped." in report
    assert f"S3 {SKU}#1: 1 sold, 0 shipped." in report


def test_unit_missing_from_a_shard_is_a_violation() -> None:
    fields = fields_with_shards(sold_from={SKU: 1, f"{SKU}#1": 1})
    fields["stock"][1]["available"] -= 1

    report = report_on(fields)

    assert f"S1 {SKU}#1" in report
    assert f"E3 {SKU}: the ledger gives 8 available, stored are 7." in report
