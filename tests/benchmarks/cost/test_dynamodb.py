from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.benchmarks.cost.dynamodb import MeteredStore
from tests.benchmarks.cost.meter import Meter
from tests.simulation.simulator.dynamodb import shared_store

SALES, ORDERS = "hearth-and-clay-sales", "hearth-and-clay-orders"


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def store(meter: Meter) -> Iterator[MeteredStore]:
    shared_store().clear()
    yield MeteredStore(shared_store(), meter)
    shared_store().clear()


def a_row(figure: str, *, size: int = 100) -> dict[str, Any]:
    return {"bucket": {"S": "day"}, "figure": {"S": figure}, "text": {"S": "x" * size}}


def put(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": SALES, "Item": row, **more}


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1_500, 2), (4_000, 4)])
def test_a_write_costs_a_unit_for_each_started_kilobyte(
    store: MeteredStore, meter: Meter, size: int, units: int
) -> None:
    store.call("PutItem", put(a_row("one", size=size)))

    assert meter.counts["store_writes"] == units


def test_a_transaction_costs_twice_that(store: MeteredStore, meter: Meter) -> None:
    both = [{"Put": put(a_row("one"))}, {"Put": put(a_row("two"))}]

    store.call("TransactWriteItems", {"TransactItems": both})

    assert meter.counts["store_writes"] == 4


def test_an_index_that_holds_the_row_is_written_too(store: MeteredStore, meter: Meter) -> None:
    row = {name: {"S": name} for name in ("order_id", "part", "email", "placed_at")}

    store.call("PutItem", {"TableName": ORDERS, "Item": row})

    assert meter.counts["store_writes"] == 2
    assert set(meter.writes_by_key) == {ORDERS, f"{ORDERS}/by-customer"}


def test_what_a_condition_refuses_is_billed(store: MeteredStore, meter: Meter) -> None:
    store.call("PutItem", put(a_row("one")))

    with pytest.raises(ClientError):
        store.call("PutItem", put(a_row("one"), ConditionExpression="attribute_not_exists(figure)"))

    assert meter.counts["store_writes"] == 2


@pytest.mark.parametrize(("consistent", "units"), [(False, 1), (True, 2)])
def test_a_read_costs_by_size_and_half_if_it_may_be_old(
    store: MeteredStore, meter: Meter, consistent: bool, units: float
) -> None:
    store.call("PutItem", put(a_row("one", size=5_000)))
    key = {name: a_row("one")[name] for name in ("bucket", "figure")}

    store.call("GetItem", {"TableName": SALES, "Key": key, "ConsistentRead": consistent})

    assert meter.counts["store_reads"] == units


def test_a_list_costs_by_the_size_of_all_that_was_read(store: MeteredStore, meter: Meter) -> None:
    for figure in ("one", "two", "three"):
        store.call("PutItem", put(a_row(figure, size=3_000)))

    store.call(
        "Query",
        {
            "TableName": SALES,
            "KeyConditionExpression": "#bucket = :day",
            "ExpressionAttributeNames": {"#bucket": "bucket"},
            "ExpressionAttributeValues": {":day": {"S": "day"}},
        },
    )

    assert meter.counts["store_reads"] == 1.5


def test_the_hottest_partition_is_found(store: MeteredStore, meter: Meter) -> None:
    for figure in ("one", "two"):
        store.call("PutItem", put(a_row(figure)))

    hottest = meter.hottest_partition()

    assert (hottest.name, hottest.key, hottest.writes) == (SALES, '"day"', 2)
