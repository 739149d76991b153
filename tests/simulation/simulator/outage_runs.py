"""Outages of one service, from minutes to a day, with the durations of production.

A few orders are in every phase when the outage begins, others are placed while it lasts, and a
return is approved and received in the middle. Within an hour after it, packing time added, every
order is closed as the app has answered, the return is refunded, everything about them was sent and
counted, and no dead-letter queue holds a message. No operator helps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from app import clock
from app.orders.checkout import OrderRequest
from app.orders.models import Order
from app.returns.refunds import receive_return
from app.returns.requests import approve_return
from infra.local.faults.outages import SERVICES, Outage, OutageKind, Service
from tests.builders import a_product, a_request, a_saved_cart, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.actors import Actors
from tests.simulation.simulator.campaign import process_pool
from tests.simulation.simulator.clients import Answer, Client, ClientRequest, ClientRetries
from tests.simulation.simulator.return_runs import a_requested_return, half_back
from tests.simulation.simulator.run import RECOVERY_TIME, Result, Simulation

BEFORE_OUTAGE = timedelta(minutes=15)
NEEDS_REVIEW, USUAL_PRICE = 45_000, 2_450  # cents
HOURS = {"6m": 0.1, "1h": 1.0, "12h": 12.0, "24h": 24.0}
SEED = 4
ENDLESS_RETRIES = ClientRetries(max_seconds=600, attempts=10**6)

type Plan = Literal["ships", "is declined", "is reviewed", "is cancelled", "is returned"]


@dataclass(frozen=True)
class OutageScenario:
    """An outage of one service; ``length`` is a key of ``HOURS``."""

    service: Service
    length: str
    kind: OutageKind = "throttled"

    @property
    def name(self) -> str:
        return f"{self.service}-{self.kind.replace(' ', '-')}-for-{self.length}"

    def __str__(self) -> str:
        return self.name

    def run(self) -> "OutageResult":
        simulation = OutageRun(self)
        return OutageResult(self, simulation.run(), tuple(simulation.unexpected_results()))


@dataclass(frozen=True)
class OutageResult:
    scenario: OutageScenario
    result: Result
    unexpected: tuple[str, ...]

    @property
    def violations(self) -> tuple[str, ...]:
        return (*map(str, self.result.violations), *self.unexpected)


OUTAGE_SCENARIOS = tuple(
    OutageScenario(service, length, kind)
    for length in HOURS
    for service in SERVICES
    for kind in ("throttled", "unavailable", "responses lost")
    if kind != "responses lost" or service in ("provider", "carrier")
)
# A day without the carrier takes as long to simulate as a day without all others together.
SHORT_LANE = tuple(
    it
    for it in OUTAGE_SCENARIOS
    if (it.length, it.kind) in (("6m", "throttled"), ("1h", "unavailable"))
    or (it.length, it.kind) == ("12h" if it.service == "carrier" else "24h", "throttled")
)


class OutageRun(Simulation):
    in_production = True

    def __init__(self, scenario: OutageScenario) -> None:
        super().__init__(SEED)
        start = self.scheduler.now + BEFORE_OUTAGE
        duration = timedelta(hours=HOURS[scenario.length])
        self.outage = Outage(scenario.service, start, duration, scenario.kind)
        self.plans: dict[str, Plan] = {}
        self._visitors = 0

    def set_up(self) -> None:
        self.faults.suspended = True
        self.faults.add_outage(self.outage)
        self.actors = Actors(self.cloud, clock_skew=timedelta(), retries=ENDLESS_RETRIES)
        begin, half = self.outage.start, self.outage.duration / 2
        self._place(begin - timedelta(minutes=14), "ships")
        self._place(begin - timedelta(seconds=1), "ships")
        self._place(begin - timedelta(seconds=2), "is declined")
        self._place(begin + half, "ships")
        self._place(self.outage.end + timedelta(minutes=1), "ships")
        reviewed = self._place(begin - timedelta(minutes=13), "is reviewed")
        self._at(begin + half, lambda: self.actors.decide(reviewed, "approved"))
        cancelled = self._place(begin - timedelta(minutes=10), "is cancelled")
        self._at(begin + half, lambda: self.actors.cancel(cancelled))
        returned = a_requested_return(
            self.cloud, begin - timedelta(hours=3), shipped_at=begin - timedelta(hours=2)
        )
        self.plans[returned.order_id] = "is returned"
        self._at(begin + half, lambda: self._accept_return(returned))

    def _accept_return(self, order: Order) -> None:
        """The merchant approves, and has the parcel as soon as the answer is there."""
        order_id, client = order.order_id, Client(self.cloud, timedelta(), ENDLESS_RETRIES)

        def approve() -> str:
            approve_return(order_id, 1, by=MERCHANT, now=clock.now())
            return order_id

        def receive() -> str:
            receive_return(order_id, 1, half_back(order), by=MERCHANT, now=clock.now())
            return order_id

        def on_approved(answer: Answer) -> None:
            if answer.outcome == "accepted":
                client.send(ClientRequest("receive", order_id, receive, lambda _: None))

        client.send(ClientRequest("approve", order_id, approve, on_approved))

    def _place(self, at: datetime, plan: Plan) -> str:
        product = a_product(price=NEEDS_REVIEW if plan == "is reviewed" else USUAL_PRICE)
        self.cloud.prices[sku_of(product)] |= {product.price}
        self._visitors += 1
        visitor = f"visitor-{self._visitors}"
        method = "pm_declined" if plan == "is declined" else "pm_succeeds"
        form = a_request(visitor=visitor, payment_method=method)
        form = replace(form, cart_version=a_saved_cart(visitor, product).cart.version)
        self._at(at, lambda: self._submit(form, plan))
        return form.order_id

    def _submit(self, form: OrderRequest, plan: Plan) -> None:
        self.plans[form.order_id] = plan
        self.actors.place(form)

    def _at(self, at: datetime, callback: Callable[[], object]) -> None:
        self.scheduler.after((at - self.scheduler.now).total_seconds(), callback)

    def run_fault_phase(self) -> None:
        self.scheduler.run(self.outage.end)

    @property
    def recovery_time(self) -> timedelta:
        return RECOVERY_TIME + timedelta(seconds=int(self.settings["packing_seconds"]))

    def unexpected_results(self) -> Iterator[str]:
        """Orders that were refused, or do not end as the app has answered."""
        for response in self.cloud.history:
            if response.action == "place" and response.outcome == "refused":
                yield f"order {response.key} was refused"
        for order_id, order in self.cloud.snapshot().orders_by_id.items():
            expected = self._final_statuses(order_id)
            if order["status"] not in expected:
                yield f"order {order_id} is {order['status']}, expected {sorted(expected)}"
        returns = [it["status"] for it in self.cloud.store.rows("orders") if "request_id" in it]
        if returns != ["refunded"]:
            yield f"expected a refunded return: {returns}"

    def _final_statuses(self, order_id: str) -> frozenset[str]:
        plan = self.plans[order_id]
        if plan == "is declined":
            return frozenset({"declined"})
        answers = {
            it.outcome
            for it in self.cloud.history
            if it.order_id == order_id and it.action == "cancel"
        }
        if "accepted" in answers:
            return frozenset({"cancelled"})
        decision = self.actors.decisions.get(order_id)
        if plan == "is reviewed" and (decision is None or decision.outcome != "accepted"):
            return frozenset({"cancelled"})
        return frozenset({"shipped"})


@dataclass
class OutageSummary:
    """The results of outage scenarios. ``failures`` maps a scenario's name to its violations."""

    results: list[OutageResult] = field(default_factory=list)

    @property
    def progress(self) -> int:
        return len(self.results)

    @property
    def failures(self) -> dict[str, tuple[str, ...]]:
        return {it.scenario.name: it.violations for it in self.results if it.violations}

    def lines(self) -> Iterator[str]:
        calls = sum(it.result.calls for it in self.results)
        orders = sum(it.result.orders.total() for it in self.results)
        yield f"outages {len(self.results)}, orders {orders}, AWS calls {calls}"
        for it in self.results:
            if it.violations:
                yield f"{it.scenario}: " + "; ".join(list(dict.fromkeys(it.violations))[:3])
                yield f"  reproduce with: shop replay {it.scenario} (trace {it.result.digest})"
        yield f"outages without violation {len(self.results) - len(self.failures)}"


def run_outages(scenarios: Sequence[OutageScenario], *, processes: int) -> Iterator[OutageSummary]:
    """The summary so far, each time that another scenario has finished."""
    summary = OutageSummary()
    longest_first = sorted(scenarios, key=lambda it: -HOURS[it.length])
    with process_pool(processes) as pool:
        for result in pool.map(OutageScenario.run, longest_first):
            summary.results.append(result)
            yield summary
