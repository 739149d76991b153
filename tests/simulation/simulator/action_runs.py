"""Sends one POST request to the web function, and sends it again if no response arrives."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from app.catalog.models import Product
from app.customers.models import SESSION_PREFIX, visitor_id_of
from app.customers.sessions import start_session
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.shipping import ship
from tests.builders import NOON, a_product, an_order, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.browser import Browser, Form
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.table_diff import normalized_rows, row_differences

CUSTOMER = "ada@potter.example"


@dataclass
class Setup:
    """What exists before the request: a product, and browsers of a guest, customer and merchant."""

    run: CrashRun
    product: Product = field(default_factory=lambda: a_product(quantity=9, variants=2))

    def __post_init__(self) -> None:
        self.run.cloud.prices[sku_of(self.product)] |= {self.product.price}
        self.guest = self._browser("guest")
        self.customer = self._browser("customer", CUSTOMER)
        self.merchant = self._browser("merchant", MERCHANT)

    @property
    def admin_path(self) -> str:
        return f"/admin/products/{self.product.slug}"

    def an_order(self, price: int = 2_450) -> Order:
        product = a_product(price=price, quantity=9)
        self.run.cloud.prices[sku_of(product)] |= {product.price}
        return an_order(product, email=CUSTOMER)

    def a_shipped_order(self) -> Order:
        """An order that was packed and shipped before the run begins."""
        packed = timedelta(seconds=int(self.run.settings["packing_seconds"]))
        order = charge(self.an_order().order_id, now=NOON)
        return ship(order.order_id, now=NOON + packed)

    def _browser(self, name: str, email: str = "") -> Browser:
        token = name.ljust(43, "-")
        if email:
            token = SESSION_PREFIX + token
            start_session(visitor_id_of(token), email, now=NOON)
        return Browser(self.run.scheduler, f"visitor={token}")


type Submission = tuple[Browser, Form]


@dataclass(frozen=True)
class Action:
    """A route that changes data.

    ``statuses`` are the expected response statuses; ``retry_statuses`` are also allowed for the
    second attempt after a crash. ``ignored_rows`` is a regular expression of rows that a crash may
    leave or miss without harm.
    """

    route: str
    prepare: Callable[[Setup], Callable[[], Submission]]
    after: float = 0  # seconds between set-up and request
    statuses: tuple[int, ...] = (303,)
    retry_statuses: tuple[int, ...] = ()
    ignored_rows: str = "nothing"

    @property
    def name(self) -> str:
        return f"POST {self.route}"

    def __str__(self) -> str:
        return self.name

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun:
        return ActionRun(self, crashes)


class ActionRun(CrashRun):
    def __init__(self, action: Action, crashes: Collection[Crash] = ()) -> None:
        self.action = action
        super().__init__(crashes)

    def set_up(self) -> None:
        submission = self.action.prepare(Setup(self))
        self.scheduler.after(self.action.after, lambda: self._submit(submission()))

    def _submit(self, submission: Submission) -> None:
        self.browser, form = submission
        self.browser.submit(form)

    def unexpected_results(self, result: Result) -> Iterator[str]:
        statuses = [response["statusCode"] for response in self.browser.responses]
        expected = self.action.statuses + (self.action.retry_statuses if self.crashes else ())
        if not statuses or statuses[-1] not in expected:
            yield f"unexpected response statuses: {statuses}"
        if self.crashes:
            actual = normalized_rows(self.cloud.store)
            yield from row_differences(self.action, actual, ignored=self.action.ignored_rows)
