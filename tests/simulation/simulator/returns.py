"""Returns: customers send units of shipped orders back, and merchants decide on what came."""

from collections.abc import Callable
from random import Random

from app import clock
from app.orders.queries import load_order_details
from app.orders.return_policy import ReturnReason
from app.payments.gateway import GatewayUnavailable, PaymentDisputed
from app.returns.amounts import max_refund
from app.returns.refunds import Receipt, receive_return, refund_return
from app.returns.requests import (
    ReturnRequest,
    approve_return,
    refuse_return,
    request_return,
)
from app.returns.transitions import find_return
from app.verification.snapshot import Row, lines_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.clients import Answer, Client, ClientRequest
from tests.simulation.simulator.cloud import Cloud

RATE = 0.5  # of the schedules
MAX_RETURNS = 3  # of one order
CUSTOMER_SECONDS, MERCHANT_SECONDS = 90, 60
OTHER_MERCHANT = "another@hearth.example"


class Returns:
    """Customers ask for returns, sometimes twice at once, and merchants decide, sometimes two.

    Merchants look again until each return has ended, so a request whose answer is lost is repeated.
    """

    def __init__(self, cloud: Cloud, seed: int) -> None:
        self._cloud, self._scheduler = cloud, cloud.scheduler
        self._random, self._client = Random(f"returns {seed}"), Client(cloud)

    def plan(self) -> None:
        if self._random.random() < RATE:
            self._scheduler.repeat_every(CUSTOMER_SECONDS, self._request_some)
            self._scheduler.repeat_every(MERCHANT_SECONDS, self._decide_all)

    def _request_some(self) -> None:
        for order_id, order in self._cloud.snapshot().orders_by_id.items():
            if order["status"] == "shipped" and self._random.random() < 0.4:
                self._request(order_id, order)

    def _request(self, order_id: str, order: Row) -> None:
        earlier = [it for it in self._cloud.store.partition("orders", order_id) if _is_return(it)]
        if len(earlier) >= MAX_RETURNS:
            return
        units = {it["sku"]: self._random.randint(0, it["quantity"]) for it in lines_of(order)}
        reason = self._random.choice(list(ReturnReason))
        request = ReturnRequest(f"{self._random.random():.24f}", units, reason, "Please be quick.")
        for _ in range(self._random.choice((1, 1, 2))):  # a double click
            self._send(order_id, lambda: request_return(order_id, request, now=clock.now()))

    def _decide_all(self) -> None:
        for row in self._cloud.store.rows("orders"):
            if _is_return(row) and row["status"] in ("requested", "approved"):
                for merchant in self._random.choice(((MERCHANT,), (MERCHANT, OTHER_MERCHANT))):
                    self._send(row["order_id"], self._decision(row, merchant))

    def _decision(self, row: Row, merchant: str) -> Callable[[], object]:
        order_id, number = row["order_id"], int(row["part"].partition("#")[2])
        if self._random.random() < 0.2:
            return lambda: refuse_return(order_id, number, "No.", by=merchant, now=clock.now())
        if row["status"] == "requested":
            return lambda: approve_return(order_id, number, by=merchant, now=clock.now())
        shares = [self._random.random() for _ in range(3)]
        return lambda: _receive(order_id, number, shares, merchant)

    def _send(self, order_id: str, action: Callable[[], object]) -> None:
        def execute() -> str:
            action()
            return order_id

        def ignore(_: Answer) -> None:
            """What became of the return shows in its row."""

        request = ClientRequest(f"return {order_id[-6:]}", order_id, execute, ignore)
        self._scheduler.after(self._random.uniform(0, 1), lambda: self._client.send(request))


def _receive(order_id: str, number: int, shares: list[float], merchant: str) -> None:
    """As the merchant's form: what came back, what can be sold again, and all or part is paid."""
    details, row = load_order_details(order_id), find_return(order_id, number)
    received = {it.sku: round(it.quantity * shares[0]) for it in row.lines}
    if not any(received.values()):
        received = row.units
    restocked = {sku: round(count * shares[1]) for sku, count in received.items()}
    earlier = [it for it in details.returns if it.number < number]
    most = max_refund(details.order, earlier, received)
    amount = most if shares[2] < 0.6 else max(min(1, most), round(most * shares[2]))
    receipt = Receipt(received, restocked, amount)
    receive_return(order_id, number, receipt, by=merchant, now=clock.now())
    try:
        refund_return(order_id, number, now=clock.now())
    except (GatewayUnavailable, PaymentDisputed):
        return  # reconciliation tries again


def _is_return(row: Row) -> bool:
    return str(row["part"]).startswith("return#")
