"""Every order closes within an hour after an outage of hours, with the settings of production.

No operator helps: dead letters are not redriven, and no workflow is restarted by hand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from app.orders.cancellation import cancel_order
from app.orders.models import Order, shard_of
from app.orders.transitions import find_order
from app.payments.fake_gateway import ForcedOutcome
from app.settings import Settings
from app.shipping.fake_carrier import FORCED_OUTCOME_ID, ShipmentRecord
from tests.builders import NOON, a_product, an_order, sku_of
from tests.simulation.simulator.run import RECONCILER_SECONDS, Simulation
from tests.simulation.simulator.workflows import FAILED, FUNCTIONS, Execution
from workflow import review

HOUR = timedelta(hours=1)
MAX_PASSES = 12
PASS = timedelta(seconds=RECONCILER_SECONDS)
SKEWS = (timedelta(seconds=-20), timedelta(seconds=20), timedelta(minutes=-5), timedelta(minutes=5))


@dataclass(frozen=True)
class Outage:
    """What happens when the outage begins and ends."""

    hours: float
    kind: str = ""

    @property
    def end(self) -> datetime:
        return NOON + timedelta(hours=self.hours)


class Recovery(Simulation):
    """A few orders at noon, one outage from then on, and nothing else that goes wrong."""

    in_production = True
    price = 2_450

    def __init__(self, outage: Outage, *, orders: int = 3, skew: timedelta = timedelta()) -> None:
        self.outage, self.count, self.skew = outage, orders, skew
        self.order_ids: list[str] = []
        self.steps: list[str] = []
        super().__init__(seed=7)

    def set_up(self) -> None:
        self.faults.suspended = True
        self.faults.clock_skew = lambda: self.skew  # type: ignore[method-assign]
        product = a_product(price=self.price, quantity=self.count)
        self.cloud.prices[sku_of(product)] |= {product.price}
        ids = [self._order_id() for _ in range(self.count)]
        self.order_ids = [an_order(product, order_id=order_id).order_id for order_id in ids]
        self.cloud.workflows.on_step = lambda step, _: self.steps.append(step)
        self.scheduler.after(0, self.cloud.stream.poll)
        self._begin_outage()

    def _order_id(self) -> str:
        return str(ULID())

    def _begin_outage(self) -> None:
        row: Any = {
            "carrier": ShipmentRecord(FORCED_OUTCOME_ID),
            "provider": ForcedOutcome(FORCED_OUTCOME_ID, method="pm_provider_down"),
        }.get(self.outage.kind)
        if row:
            row.save()
            self.scheduler.after(self.outage.hours * 3600, row.delete)
        if self.outage.kind == "workflow":
            self.cloud.workflows.on_start = self._fail_at_once

    def _fail_at_once(self, execution: Execution) -> None:
        """As a definition with a wrong expression: the execution ends before its first step."""
        if self.scheduler.now < self.outage.end:
            execution.end(FAILED)

    def run_fault_phase(self) -> None:
        self.scheduler.run(self.outage.end)

    def started_runs(self, order_id: str) -> int:
        return sum(it.startswith(order_id) for it in self.cloud.workflows.executions)

    def orders(self) -> list[Order]:
        with self._patched_process():
            return [find_order(order_id) for order_id in self.order_ids]

    def assert_recovered(self, status: str = "shipped") -> None:
        assert not self.violations
        assert {order.status for order in self.orders()} == {status}
        packing = timedelta(seconds=Settings().packing_seconds)
        assert self.settled_at <= self.outage.end + HOUR + packing


@pytest.mark.parametrize(("kind", "hours"), [("carrier", 5), ("provider", 9)])
def test_orders_ship_after_an_outage_of_hours(kind: str, hours: int) -> None:
    simulation = Recovery(Outage(hours, kind))

    simulation.run()

    simulation.assert_recovered()


def test_orders_ship_after_the_workflow_failed_at_once_for_an_hour() -> None:
    simulation = Recovery(Outage(1, "workflow"))

    simulation.run()

    simulation.assert_recovered()
    broken = [line for line in simulation.cloud.log_lines if '"workflow_broken"' in line]
    assert len(broken) >= simulation.count
    assert max(map(simulation.started_runs, simulation.order_ids)) <= 12


def test_cancelled_order_is_refunded_after_an_outage_of_hours() -> None:
    """The customer cancels in the fifth hour, when the workflow has failed for long."""
    simulation = Recovery(Outage(5, "provider"), orders=1)

    def cancel() -> None:
        cancel_order(simulation.order_ids[0], now=simulation.scheduler.now)

    simulation.scheduler.after(4.9 * 3600, cancel)
    simulation.run()

    simulation.assert_recovered("cancelled")


class BrokenReview(Recovery):
    """A large order whose review can never be requested."""

    price = 45_000

    def run_fault_phase(self) -> None:
        self.scheduler.run(NOON + timedelta(minutes=2))
        self.rounds = self.steps.count("Review")
        self.scheduler.run(NOON + timedelta(minutes=10))
        self.scheduler.stopped = True


def test_review_that_cannot_be_requested_is_no_hot_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_to_request(payload: dict[str, Any], context: object) -> Any:
        if "task_token" in payload:
            raise RuntimeError
        return review.handler(payload, context)

    monkeypatch.setitem(FUNCTIONS, "Review", fail_to_request)
    simulation = BrokenReview(Outage(1), orders=1)

    simulation.run()

    assert 1 <= simulation.rounds <= 7
    (order,) = simulation.orders()
    assert order.issue
    assert (order.status, order.issue.step) == ("placed", "Review")


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_wrong_clock_does_not_make_pack_and_ship_spin(skew: timedelta) -> None:
    simulation = Recovery(Outage(0), orders=1, skew=skew)

    simulation.run()

    simulation.assert_recovered()
    assert simulation.steps.count("Ship") <= 3


class BlockedOrders(Recovery):
    """Each run of some orders ends at once, and others are placed hours later.

    EventBridge reports no execution, so that only the reconciler can restart them.
    """

    def __init__(
        self, blocked: int, healthy: int, *, hours: float, one_shard: bool = False
    ) -> None:
        self.healthy, self.one_shard = healthy, one_shard
        super().__init__(Outage(hours), orders=blocked)
        self.cloud.on_write = lambda: None

    def set_up(self) -> None:
        super().set_up()
        self.cloud.workflows.on_start = self._end_unnoticed

    def _order_id(self) -> str:
        while shard_of(order_id := str(ULID())) and self.one_shard:
            continue
        return order_id

    def _end_unnoticed(self, execution: Execution) -> None:
        if execution.name[:26] in self.order_ids or "-r" not in execution.name:
            execution.status = FAILED

    def run_fault_phase(self) -> None:
        """Count the reconciler's passes from the time when the later orders are due."""
        self.scheduler.run(self.outage.end)
        product = a_product(quantity=self.healthy)
        placed = [
            an_order(product, order_id=self._order_id(), now=self.scheduler.now).order_id
            for _ in range(self.healthy)
        ]
        self.scheduler.after(0, self.cloud.stream.poll)
        due = self.outage.end + timedelta(seconds=Settings().stuck_after_seconds)
        self.scheduler.run(due)
        self.passes, restarted = 0, {f"{order_id}-r2" for order_id in placed}
        while self.passes < MAX_PASSES and not restarted <= self.cloud.workflows.executions.keys():
            self.passes += 1
            self.scheduler.run(due + self.passes * PASS)
        self.scheduler.stopped = True


def test_blocked_orders_do_not_keep_the_others_from_being_checked() -> None:
    simulation = BlockedOrders(20, 8, hours=5)

    simulation.run()

    assert simulation.passes <= 2
    runs = {simulation.started_runs(order_id) for order_id in simulation.order_ids}
    assert 15 <= min(runs) <= max(runs) <= 5 * 4 + 6  # each quarter of an hour, after the first


def test_orders_beyond_the_first_page_of_a_shard_are_checked() -> None:
    simulation = BlockedOrders(120, 3, hours=1, one_shard=True)

    simulation.run()

    assert simulation.passes <= 2
