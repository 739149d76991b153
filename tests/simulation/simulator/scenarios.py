"""The order scenarios: one order each, whose final status is known, with crashes or without."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from app.discounts.terms import Terms, create_discount
from app.orders.review import Decision
from app.payments.fake_gateway import ForcedOutcome
from app.shipping.fake_carrier import FORCED_OUTCOME_ID
from tests.builders import UNREACHABLE, a_product, a_request, a_saved_cart, sku_of
from tests.simulation.simulator.actors import CODE, Actors
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.scheduler import Callback

NEEDS_REVIEW = 45_000  # cents
TEN_MINUTES = timedelta(minutes=10)
OUTAGE_SECONDS = 100  # longer than the charge step retries, so that it opens an issue


@dataclass(frozen=True)
class OrderScenario:
    """One order, and what goes wrong. Seconds are counted from the start."""

    name: str
    final_status: str = "shipped"
    payment_method: str = "pm_succeeds"
    price: int = 2_450
    street: str = "12 Kiln Row"
    discount_code: str = ""
    cancel_after: float | None = None
    cancel_during: str = ""  # a workflow step
    decision: Decision | None = None
    required_faults: frozenset[str] = frozenset()
    clock_skew: timedelta = timedelta()  # of the web function

    def __str__(self) -> str:
        return self.name

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun:
        return OrderRun(self, crashes)


SHIPPED = OrderScenario("an order is shipped")
STREAM_SILENT = OrderScenario(
    "the stream loses records", required_faults=frozenset({"stream silent"})
)
ORDER_SCENARIOS = (
    SHIPPED,
    OrderScenario("the card is declined", "declined", payment_method="pm_declined"),
    OrderScenario("the card needs two attempts", payment_method="pm_needs_two_attempts"),
    OrderScenario("the response to a charge is lost", payment_method="pm_times_out_after_capture"),
    OrderScenario("the provider is down for a minute", payment_method="pm_provider_down"),
    OrderScenario("the carrier refuses", "cancelled", street=UNREACHABLE),
    OrderScenario("a discount code is used", discount_code=CODE),
    OrderScenario(
        "the card is declined and the discount code given back",
        "declined",
        payment_method="pm_declined",
        discount_code=CODE,
    ),
    OrderScenario(
        "cancelled with a discount code", "cancelled", cancel_after=0.25, discount_code=CODE
    ),
    OrderScenario("cancelled before the workflow starts", "cancelled", cancel_after=0.25),
    OrderScenario("cancelled during the charge", "cancelled", cancel_during="Charge"),
    OrderScenario("cancelled while packing", "cancelled", cancel_after=40),
    OrderScenario("a merchant approves", price=NEEDS_REVIEW, decision="approved"),
    OrderScenario("a merchant rejects", "cancelled", price=NEEDS_REVIEW, decision="rejected"),
    OrderScenario("the review times out", "cancelled", price=NEEDS_REVIEW),
    OrderScenario("cancelled during the review", "cancelled", price=NEEDS_REVIEW, cancel_after=60),
    STREAM_SILENT,
    OrderScenario("the web clock is slow", clock_skew=-TEN_MINUTES),
    OrderScenario(
        "the web clock is fast and the customer cancels",
        "cancelled",
        cancel_after=40,
        clock_skew=TEN_MINUTES,
    ),
    OrderScenario("the workflow is aborted", required_faults=frozenset({"workflow aborted"})),
    OrderScenario(
        "the workflow is aborted and the notification is lost",
        required_faults=frozenset({"workflow aborted", "notice lost"}),
    ),
    OrderScenario("the provider is down for longer", required_faults=frozenset({"provider down"})),
)
ORDER_PATH = tuple(
    scenario
    for scenario in ORDER_SCENARIOS
    if scenario.name
    in (
        "an order is shipped",
        "the card is declined",
        "the carrier refuses",
        "cancelled while packing",
    )
)


class OrderRun(CrashRun):
    def __init__(self, scenario: OrderScenario, crashes: Collection[Crash] = ()) -> None:
        self.scenario = scenario
        super().__init__(crashes, scenario.required_faults)

    def unexpected_results(self, result: Result) -> Iterator[str]:
        if result.orders != Counter([self.scenario.final_status]):
            yield f"expected {self.scenario.final_status}: {dict(result.orders)}"

    def set_up(self) -> None:
        scenario = self.scenario
        actors = Actors(self.cloud, clock_skew=scenario.clock_skew)
        product = a_product(price=scenario.price, quantity=6)
        self.cloud.prices[sku_of(product)] |= {product.price}
        form = a_request(
            visitor="ada",
            payment_method=scenario.payment_method,
            street=scenario.street,
            discount_code=scenario.discount_code,
        )
        if code := scenario.discount_code:
            terms = Terms(percent=10, max_redemptions=1)
            create_discount(code, terms, now=self.scheduler.now)
        cart = a_saved_cart("ada", product, of_each=2)
        form = replace(form, cart_version=cart.cart.version)
        self.scheduler.after(0, lambda: actors.place(form))
        if decision := scenario.decision:
            self._once_in_status("reviewing", 60, lambda: actors.decide(form.order_id, decision))
        if scenario.cancel_after is not None:
            self._once_in_status("", scenario.cancel_after, lambda: actors.cancel(form.order_id))
        self.cloud.workflows.on_step = lambda step, _: self._cancel_during(
            step, actors, form.order_id
        )
        self._start_outages()

    def _once_in_status(self, status: str, seconds: float, callback: Callback) -> None:
        """Call back once the order is visible in this status; "" stands for any status."""

        def check() -> None:
            orders = self.cloud.snapshot().orders_by_id.values()
            if any(status in ("", order["status"]) for order in orders):
                callback()
            else:
                self.scheduler.after(1, check)

        self.scheduler.after(seconds, check)

    def _cancel_during(self, step: str, actors: Actors, order_id: str) -> None:
        if step == self.scenario.cancel_during:
            self.scheduler.after(0.1, lambda: actors.cancel(order_id))

    def _start_outages(self) -> None:
        if "stream silent" in self.scenario.required_faults:
            self.cloud.stream.silence()
        if "provider down" in self.scenario.required_faults:
            ForcedOutcome(FORCED_OUTCOME_ID, method="pm_provider_down").save()
            self.scheduler.after(OUTAGE_SECONDS, ForcedOutcome(FORCED_OUTCOME_ID).delete)
