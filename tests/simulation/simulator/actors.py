"""Customers and merchants: they submit forms twice, cancel, review, and repeat lost requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from app import clock
from app.cart.cart import Cart
from app.cart.models import load_cart, update_cart
from app.cart.pricing import price_cart
from app.catalog.models import Product
from app.errors import ShopError, Unavailable
from app.orders.cancellation import cancel_order
from app.orders.checkout import OrderRequest, place_order
from app.orders.review import Decision, decide_review
from app.payments.gateway import PAYMENT_METHODS
from app.verification import RecordedResponse
from tests.builders import UNREACHABLE, a_product, a_request, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.scheduler import Outcome

MAX_ATTEMPTS = 8
REQUEST_SECONDS = 20

type Answer = Literal["accepted", "refused", "unknown"]


@dataclass(frozen=True)
class ClientRequest:
    """A request to the app. ``on_answer`` receives the answer and the order's id."""

    name: str
    action: Callable[[], str]
    on_answer: Callable[[Answer, str], object]
    attempts: int = MAX_ATTEMPTS

    def execute(self, _: object) -> str:
        """The order's id if the request succeeded, "" if the app refused it."""
        try:
            return self.action()
        except Unavailable:
            raise
        except ShopError:
            return ""


class Actors:
    """The customers and merchants of one simulation."""

    def __init__(self, cloud: Cloud, *, clock_skew: timedelta | None = None) -> None:
        """``clock_skew`` is the error of the web function's clock; None draws it at random."""
        self._clock_skew = clock_skew
        self._cloud, self._scheduler = cloud, cloud.scheduler
        self._random = cloud.scheduler.random

    def start(self) -> None:
        """Two products with little stock, and more customers than units."""
        price = self._random.choice((2_450, 2_450, 7_900, 45_000))
        products = [
            a_product(price=price, quantity=self._random.randint(2, 6)),
            a_product(quantity=self._random.randint(2, 9)),
        ]
        for product in products:
            self._cloud.prices[sku_of(product)] |= {product.price}
        self._cloud.workflows.on_step = self._interfere
        for number in range(self._random.randint(2, 4)):
            self._add_customer(f"visitor-{number}", products)

    def _add_customer(self, visitor: str, products: Sequence[Product]) -> None:
        chosen = self._random.sample(products, self._random.randint(1, len(products)))
        for product in chosen:
            quantity = self._random.randint(1, 2)
            update_cart(visitor, _adding(product, quantity), now=self._scheduler.now)
        form = self._checkout_form(visitor)
        self._after((0, 200), lambda: self.place(form))
        if self._random.random() < 0.3:  # a double click, or a second tab with another form
            second = form if self._random.random() < 0.5 else self._checkout_form(visitor)
            self._after((0, 200), lambda: self.place(second))
        if self._random.random() < 0.35:
            self._after((0, 600), lambda: self.cancel(form.order_id))
        self._after((30, 1_200), lambda: self._review(form.order_id))

    def _interfere(self, step: str, order_id: str) -> None:
        """Sometimes cancel or decide while a workflow step handles the order."""
        if step != "Case" and self._random.random() < 0.1:
            action = self._review if step == "Review" else self.cancel
            self._after((0, 0.4), lambda: action(order_id))

    def _checkout_form(self, visitor: str) -> OrderRequest:
        return a_request(
            visitor=visitor,
            cart_version=load_cart(visitor).version,
            payment_method=self._random.choice(list(PAYMENT_METHODS)),
            street=UNREACHABLE if self._random.random() < 0.15 else "12 Kiln Row",
        )

    def _after(self, seconds: tuple[float, float], callback: Callable[[], object]) -> None:
        self._scheduler.after(self._random.uniform(*seconds), callback)

    def place(self, form: OrderRequest) -> None:
        def action() -> str:
            now = clock.now()
            return place_order(form, price_cart(load_cart(form.visitor), now), now=now).order_id

        def on_answer(answer: Answer, order_id: str) -> None:
            cart, placed = f"{form.visitor}@{form.cart_version}", order_id or form.order_id
            self._cloud.history.append(
                RecordedResponse("place", form.order_id, answer, placed, cart)
            )

        self._send(ClientRequest(f"place {form.order_id[-6:]}", action, on_answer))

    def cancel(self, order_id: str) -> None:
        def action() -> str:
            return cancel_order(order_id, now=clock.now()).order_id

        def on_answer(answer: Answer, _: str) -> None:
            self._cloud.history.append(RecordedResponse("cancel", order_id, answer, order_id))

        self._send(ClientRequest(f"cancel {order_id[-6:]}", action, on_answer))

    def _review(self, order_id: str) -> None:
        self.decide(order_id, "approved" if self._random.random() < 0.7 else "rejected")

    def decide(self, order_id: str, decision: Decision) -> None:
        def action() -> str:
            return decide_review(order_id, decision, MERCHANT, "seen", now=clock.now()).order_id

        self._send(ClientRequest(f"decide {order_id[-6:]}", action, lambda *_: None))

    def _send(self, request: ClientRequest) -> None:
        invocation = self._scheduler.invoke(request.name, request.execute, seconds=REQUEST_SECONDS)
        skew = self._clock_skew
        invocation.clock_skew = self._cloud.faults.clock_skew() if skew is None else skew
        invocation.on_finish = lambda outcome: self._receive(request, outcome)

    def _receive(self, request: ClientRequest, outcome: Outcome) -> None:
        """Without an answer the client sends the same request again."""
        if not outcome.error:
            request.on_answer("accepted" if outcome.answer else "refused", outcome.answer)
            return
        request.on_answer("unknown", "")
        if request.attempts > 1:
            retry = replace(request, attempts=request.attempts - 1)
            self._after((1, 20), lambda: self._send(retry))


def _adding(product: Product, quantity: int) -> Callable[[Cart], Cart]:
    return lambda cart: cart.with_added(sku_of(product), quantity, price=product.price)
