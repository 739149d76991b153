"""The units beside the spans of a real order are those that the cost benchmark has recorded."""

from functools import partial

from ulid import ULID

from app.catalog.models import Product, Variant
from app.catalog.products import create_product
from app.orders.models import Order
from infra.local.console.billed_units import BilledUnits
from infra.local.console.order_rows import order_partition
from infra.local.console.order_trace import order_trace
from infra.local.form_client import Shopper
from infra.local.prices import total_usd
from infra.ops.deployed_stack import DeployedStack
from tests.benchmarks.cost.order_units import recorded_totals
from tests.benchmarks.cost.shopping import LINES_PER_ORDER
from tests.builders import NOON
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import eventually, wait_for_status

CONSUMED = 8  # messages: 2 emails, 3 of analytics, 2 of inventory, 1 of fulfillment
MAX_ORDERS = 4


def test_units_of_a_real_order_are_those_of_the_golden_file(shop: DeployedShop) -> None:
    skus = publish_small_products()

    # The first order of an hour marks that hour; the golden file is of a later one.
    for _ in range(MAX_ORDERS):
        billed = units_of_new_order(shop, skus)
        if dynamodb_units(billed) == recorded_totals():
            break

    assert dynamodb_units(billed) == recorded_totals(), rows_as_text(billed)
    assert billed.counts["transitions"] == 3
    assert billed.counts["topic_publishes"] == 3
    assert billed.counts["queue_requests"] == 3 * CONSUMED
    assert billed.counts["emails"] == 2
    assert billed.total_usd == total_usd(billed.counts) > 0


def publish_small_products() -> list[str]:
    """Products with names as short as the demo catalog's, so that an order is below 1 KB."""
    products = [
        Product(
            slug=sku.lower(),
            title="Harbour mug",
            category="Tableware",
            blurb="",
            price=1_000,
            variants=(Variant(sku, "Default"),),
        )
        for sku in (f"M-{str(ULID())[-6:]}" for _ in range(LINES_PER_ORDER))
    ]
    for product in products:
        create_product(product, quantities={product.variants[0].sku: 100}, now=NOON)
    return [it.variants[0].sku for it in products]


def units_of_new_order(shop: DeployedShop, skus: list[str]) -> BilledUnits:
    shopper = Shopper(shop.url)
    for sku in skus:
        page = f"/products/{sku.lower()}"  # a warm function caches the catalog for 30 s
        eventually(partial(shopper.browser.get, page), lambda it: it.status_code == 200)
        shopper.add_to_cart(sku)
    order = Order(shopper.pay(shopper.fill_in_checkout("pm_succeeds")))
    wait_for_status(order, "shipped")
    # On a busy machine the emulator logs the last lines of a function with its next invocation.
    return eventually(lambda: units_of(shop, order.order_id), is_complete)


def units_of(shop: DeployedShop, order_id: str) -> BilledUnits:
    stack = DeployedStack.on_local_cloud(shop.cloud)
    rows = order_partition(stack, order_id)
    billed: BilledUnits = order_trace(shop.cloud, stack, rows)["billed"]
    return billed


def is_complete(billed: BilledUnits) -> bool:
    """Whether every message of the order was consumed, and the workflow has ended."""
    wanted = {"emails": 2, "queue_requests": 3 * CONSUMED, "transitions": 3}
    return all(billed.counts.get(unit, 0) >= count for unit, count in wanted.items())


def dynamodb_units(billed: BilledUnits) -> dict[str, float]:
    return {unit: count for unit, count in billed.counts.items() if unit.endswith("_units")}


def rows_as_text(billed: BilledUnits) -> str:
    rows = [it for of_span in billed.rows.values() for it in of_span]
    return "\n".join(f"{it.unit} {it.operation} {it.resource} {it.row} {it.units:g}" for it in rows)
