"""An old order and a customer who left: the retention function erases them, with crashes or not."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from ulid import ULID

from app.orders.models import Order
from app.orders.notes import add_note
from app.privacy.erasure_requests import request_erasure
from app.privacy.order_erasure import Erasure
from app.privacy.retention import UNCHARGED, next_day, save_cursor
from tests.builders import NOON, a_product, an_order_in_status, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.table_diff import normalized_rows, row_differences
from workers import retention

LONG_AGO = NOON - timedelta(days=181)
SCHEDULE_SECONDS = 3600  # as the template's schedule
LEFT = "left@potter.example"


@dataclass(frozen=True)
class RetentionScenario:
    name: str = "personal data is erased"

    def __str__(self) -> str:
        return self.name

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun:
        return RetentionRun(self, crashes)


RETENTION = RetentionScenario()


class RetentionRun(CrashRun):
    """Two closed orders with notes: an old one, and one of a customer who has left."""

    def __init__(self, scenario: RetentionScenario, crashes: Collection[Crash] = ()) -> None:
        self.scenario = scenario
        super().__init__(crashes)

    def set_up(self) -> None:
        self.orders = [self._an_order("ada@potter.example"), self._an_order(LEFT)]
        request_erasure(LEFT, "s~left", now=NOON)
        save_cursor(UNCHARGED, LONG_AGO.date())
        self.scheduler.repeat_every(SCHEDULE_SECONDS, self._invoke)

    def _an_order(self, email: str) -> Order:
        product = a_product(quantity=9)
        self.cloud.prices[sku_of(product)] |= {product.price}
        order = an_order_in_status("cancelled", product, email=email, now=LONG_AGO)
        order.update(actions=[Order.status_changed_at.set(LONG_AGO)])
        add_note(order.order_id, str(ULID()), "Called.", by=MERCHANT, now=LONG_AGO)
        return order

    def _invoke(self) -> None:
        self.scheduler.invoke(
            "retention", lambda context: retention.handler({}, context), seconds=300
        )

    @property
    def erasures(self) -> list[str | None]:
        return [row.get("erasure") for row in self.cloud.snapshot().orders_by_id.values()]

    @property
    def recovery_time(self) -> timedelta:
        return super().recovery_time + timedelta(seconds=3 * SCHEDULE_SECONDS)

    def is_quiescent(self) -> bool:
        is_done = None not in self.erasures and next_day(UNCHARGED) > LONG_AGO.date()
        return super().is_quiescent() and is_done

    def unexpected_results(self, result: Result) -> Iterator[str]:
        if self.erasures != [Erasure.COMPLETE, Erasure.COMPLETE]:
            yield f"not erased: {self.erasures}"
        if self.crashes:
            rows = normalized_rows(self.cloud.store)
            yield from row_differences(self.scenario, rows, ignored="nothing")
