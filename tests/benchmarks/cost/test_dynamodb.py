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


def a_row(entry: str, *, size: int = 100) -> dict[str, Any]:
    return {"period": {"S": "month"}, "entry": {"S": entry}, "text": {"S": "x" * size}}


def put(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": SALES, "Item": row, **more}


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1_500, 2), (4_000, 4)])
def test_a_write_costs_one_unit_per_started_kilobyte(
    store: MeteredStore, meter: Meter, size: int, units: int
) -> None:
    store.call("PutItem", put(a_row("one", size=size)))

    assert meter.counts["write_units"] == units


def test_a_transactional_write_costs_twice_as_much(store: MeteredStore, meter: Meter) -> None:
    both = [{"Put": put(a_row("one"))}, {"Put": put(a_row("two"))}]

    store.call("TransactWriteItems", {"TransactItems": both})

    assert meter.counts["write_units"] == 4


def test_an_index_that_contains_the_row_is_counted(store: MeteredStore, meter: Meter) -> None:
    row = {name: {"S": name} for name in ("order_id", "part", "email", "placed_at")}

    store.call("PutItem", {"TableName": ORDERS, "Item": row})

    assert meter.counts["write_units"] == 2
    assert set(meter.writes_by_key) == {ORDERS, f"{ORDERS}/by-customer"}


def test_a_failed_conditional_write_is_counted(store: MeteredStore, meter: Meter) -> None:
    store.call("PutItem", put(a_row("one")))

    with pytest.raises(ClientError):
        store.call("PutItem", put(a_row("one"), ConditionExpression="attribute_not_exists(entry)"))

    assert meter.counts["write_units"] == 2


@pytest.mark.parametrize(("consistent", "units"), [(False, 1), (True, 2)])
def test_an_eventually_consistent_read_costs_half(
    store: MeteredStore, meter: Meter, consistent: bool, units: float
) -> None:
    store.call("PutItem", put(a_row("one", size=5_000)))
    key = {name: a_row("one")[name] for name in ("period", "entry")}

    store.call("GetItem", {"TableName": SALES, "Key": key, "ConsistentRead": consistent})

    assert meter.counts["read_units"] == units


def test_a_query_costs_by_the_sum_of_its_items(store: MeteredStore, meter: Meter) -> None:
    for entry in ("one", "two", "three"):
        store.call("PutItem", put(a_row(entry, size=3_000)))

    store.call(
        "Query",
        {
            "TableName": SALES,
            "KeyConditionExpression": "#key = :month",
            "ExpressionAttributeNames": {"#key": "period"},
            "ExpressionAttributeValues": {":month": {"S": "month"}},
        },
    )

    assert meter.counts["read_units"] == 1.5


def test_the_hottest_partition_has_the_most_writes(store: MeteredStore, meter: Meter) -> None:
    for entry in ("one", "two"):
        store.call("PutItem", put(a_row(entry)))

    hottest = meter.hottest_partition()

    assert (hottest.name, hottest.key, hottest.writes) == (SALES, '"month"', 2)
