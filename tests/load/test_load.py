"""A short load run against a shop of its own; counts must be right however slow the machine is."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.verification import check_invariants, check_settled
from infra.ops.deployed_stack import DeployedStack
from infra.ops.verification_data import read_snapshot
from tests.builders import a_product, an_order
from tests.fake_clouds import DeployedShop, deployed_settings, deployed_shop, use_cloud
from tests.load.assertions import RunResult, evaluate, exit_code
from tests.load.order_times import median, seconds_from_click_to
from tests.load.past_runs import clean_up
from tests.load.plan import Plan
from tests.load.run import RunSettings, find_items, run_load
from tests.load.tags import is_load_email, new_run_id
from tests.load.targets import LOCAL
from tests.printed_figures import PrintFigure

SECONDS, USERS, FLASH_UNITS = 12, 6, 2


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedShop]:
    with deployed_shop(tmp_path_factory.mktemp("load")) as shop:
        use_cloud(deployed_settings(shop))
        for quantity in (5, 5, 5, 0):
            a_product(quantity=quantity)
        an_order()  # by a customer, and of a product, that the load test does not use
        yield shop


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def result(own_shop: DeployedShop, runs: Path) -> RunResult:
    in_stock, sold_out = find_items(own_shop.url)
    plan = Plan(
        run_id=new_run_id(),
        url=own_shop.url,
        seconds=SECONDS,
        users=USERS,
        think=0.05,
        items=tuple(in_stock),
        flash_item=sold_out[0],
    )
    settings = RunSettings(runs / "1", flash_units=FLASH_UNITS, flash_shards=3)
    return run_load(DeployedStack.on_local_cloud(own_shop.cloud), settings, plan, lambda _: None)


def test_under_load_no_request_fails_and_the_data_is_consistent(
    result: RunResult, print_figure: PrintFigure
) -> None:
    assertions = evaluate(result, LOCAL)
    orders = len({it.order_id for it in result.recording.actions})
    to_paid = median(seconds_from_click_to("order_paid", result.recording, result.snapshot))
    print_figure(
        f"{USERS} users, {SECONDS} s: {len(result.recording.requests)} requests, {orders} orders, "
        f"paid {to_paid:.1f} s after the click"
    )

    assert [str(it) for it in result.violations] == []
    assert [it.name for it in assertions if it.is_count and not it.passed] == []
    assert exit_code(assertions, counts_only=True) == 0
    assert orders > 0


def test_load_emails_tag_every_order_of_the_run(result: RunResult) -> None:
    emails = {row["email"] for row in result.snapshot.orders_by_id.values()}

    assert all(map(is_load_email, emails - {"ada@potter.example"}))
    assert result.recording.visitors


def test_clean_up_deletes_the_data_of_load_runs_and_nothing_else(
    own_shop: DeployedShop, result: RunResult, runs: Path
) -> None:
    shop = DeployedStack.on_local_cloud(own_shop.cloud)

    cleaned = clean_up(shop, runs)

    snapshot = read_snapshot(shop)
    assert [*check_invariants(snapshot), *check_settled(snapshot)] == []
    assert [row["email"] for row in snapshot.orders_by_id.values()] == ["ada@potter.example"]
    received: Counter[str] = Counter()
    for row in snapshot.stock:
        received[row["sku"].partition("#")[0]] += row["received"]
    assert sorted(received.values()) == [0, 5, 5, 5, 20]
    assert sum(row["sold"] for row in snapshot.stock) == 1
    assert set(cleaned.orders) == {it.order_id for it in result.recording.actions}
    assert cleaned.left == 0
    assert cleaned.visitors >= len(result.recording.visitors) / 2  # most of them had a cart
    assert not list(runs.iterdir())
