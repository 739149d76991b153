"""A shipped order comes back: its refund is left to the reconciler, with crashes or not."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.orders.models import Order
from app.orders.payment import charge
from app.orders.return_policy import ReturnReason
from app.orders.shipping import ship
from app.returns.refunds import Receipt, receive_return
from app.returns.requests import ReturnRequest, approve_return, request_return
from tests.builders import NOON, a_product, an_order, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.table_diff import normalized_rows, row_differences

SHIPPED_AT = NOON + timedelta(minutes=3)  # the order is packed by then


@dataclass(frozen=True)
class ReturnScenario:
    name: str = "a return is refunded"

    def __str__(self) -> str:
        return self.name

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun:
        return ReturnRun(self, crashes)


RETURN = ReturnScenario()


class ReturnRun(CrashRun):
    """Two of three units come back, and one of them can be sold again."""

    def __init__(self, scenario: ReturnScenario, crashes: Collection[Crash] = ()) -> None:
        self.scenario = scenario
        super().__init__(crashes)

    def set_up(self) -> None:
        order = a_requested_return(self.cloud, NOON, shipped_at=SHIPPED_AT)
        approve_return(order.order_id, 1, by=MERCHANT, now=SHIPPED_AT)
        receive_return(order.order_id, 1, half_back(order), by=MERCHANT, now=SHIPPED_AT)

    def unexpected_results(self, result: Result) -> Iterator[str]:
        statuses = [it["status"] for it in self.cloud.store.rows("orders") if "request_id" in it]
        if statuses != ["refunded"]:
            yield f"expected a refunded return: {statuses}"
        if self.crashes:
            rows = normalized_rows(self.cloud.store)
            yield from row_differences(self.scenario, rows, ignored="nothing")


def a_requested_return(cloud: Cloud, placed_at: datetime, *, shipped_at: datetime) -> Order:
    """A shipped order of three units, of which two are to come back."""
    product = a_product(quantity=9)
    sku = sku_of(product)
    cloud.prices[sku] |= {product.price}
    order = an_order(product, of_each=3, now=placed_at)
    charge(order.order_id, now=placed_at)
    ship(order.order_id, now=shipped_at)
    request = ReturnRequest("a form", {sku: 2}, ReturnReason.DAMAGED)
    request_return(order.order_id, request, now=shipped_at)
    return order


def half_back(order: Order) -> Receipt:
    """Both units came back, and one of them can be sold again."""
    (line,) = order.lines
    return Receipt({line.sku: 2}, {line.sku: 1}, 2 * line.price)
