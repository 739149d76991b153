"""What the erasure of an order costs, and an hour without anything to erase."""

from datetime import timedelta

from app import clock
from app.privacy.retention import TERMS, save_cursor
from app.shop_time import shop_day
from tests.benchmarks.cost.meter import Meter
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.printed_figures import PrintFigure
from workers import retention

ORDERS = 10
MAX_WRITE_UNITS = 8  # per erased order, with the records of its two emails
MAX_READ_UNITS = 10  # per erased order, with the days without orders until the end of the year
MAX_IDLE_READ_UNITS = 2


def run_retention(shop: OurShop) -> Meter:
    with shop.cloud.meter.separate() as meter:
        result = shop.cloud.invoke("retention", retention.handler, {})
    assert result["failed"] == 0
    return meter


def test_erasing_an_order_costs_few_units(print_figure: PrintFigure) -> None:
    with our_shop() as shop:
        for _ in range(ORDERS):
            shop.place_order(shop.fill_cart())
        shop.cloud.settle(batch=10)
        placed_at = clock.now()
        for term in TERMS:
            save_cursor(term, shop_day(placed_at))
        idle = run_retention(shop)
        later = placed_at.replace(year=placed_at.year + 9) + timedelta(days=1)
        for term in TERMS:  # skip the days without orders
            save_cursor(term, shop_day(later))
        save_cursor(TERMS[1], shop_day(placed_at))
        with clock.use_clock(lambda: later):
            erasing = run_retention(shop)
    per_order = erasing.per(ORDERS)
    print_figure(
        f"erasure of an order: {per_order['write_units']:.1f} write units, "
        f"{per_order['read_units']:.1f} read units; idle hour: "
        f"{idle.counts['read_units']:.1f} read units"
    )

    assert per_order["write_units"] <= MAX_WRITE_UNITS
    assert per_order["read_units"] <= MAX_READ_UNITS
    assert idle.counts["read_units"] <= MAX_IDLE_READ_UNITS
