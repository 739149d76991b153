"""Customers and merchants: they press twice, lose patience, and change their minds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from app import clock
from app.cart.cart import Cart
from app.cart.models import cart_of, change_cart
from app.cart.pricing import price_cart
from app.catalog.models import Product
from app.errors import Busy, ShopError
from app.orders.cancellation import cancel
from app.orders.checkout import OrderRequest, place_order
from app.orders.review import Decision, decide
from app.payments.gateway import METHODS
from app.verification import Deed
from tests.builders import UNREACHABLE, a_product, a_request, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.world import Outcome

MOST_TRIES = 8
REQUEST_SECONDS = 20

type Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Question:
    """What somebody asks of the shop; ``answered`` is told the answer and the order's id."""

    name: str
    act: Callable[[], str]
    answered: Callable[[Answer, str], object]
    tries: int = MOST_TRIES

    def put(self, _: object) -> str:
        """The order's id for a yes, nothing for a no; whatever else goes wrong is no answer."""
        try:
            return self.act()
        except Busy:
            raise
        except ShopError:
            return ""


class People:
    """Those who come to the shop in one schedule."""

    def __init__(self, cloud: Cloud, *, clock_wrong_by: timedelta | None = None) -> None:
        """By how much the clock is wrong that answers them; None leaves it to the weather."""
        self._wrong_by = clock_wrong_by
        self._cloud, self._world, self._random = cloud, cloud.world, cloud.world.random

    def come(self) -> None:
        """A shelf of few pieces, and more who want them than there are."""
        price = self._random.choice((2_450, 2_450, 7_900, 45_000))
        shelf = [
            a_product(price=price, pieces=self._random.randint(2, 6)),
            a_product(pieces=self._random.randint(2, 9)),
        ]
        for product in shelf:
            self._cloud.prices[sku_of(product)] |= {product.price}
        self._cloud.workflows.watched = self._meddle
        for number in range(self._random.randint(2, 4)):
            self._buyer(f"visitor-{number}", shelf)

    def _buyer(self, visitor: str, shelf: Sequence[Product]) -> None:
        chosen = self._random.sample(shelf, self._random.randint(1, len(shelf)))
        for product in chosen:
            pieces = self._random.randint(1, 2)
            change_cart(visitor, _adding(product, pieces), now=self._world.now)
        form = self._form(visitor)
        self._later((0, 200), lambda: self.place(form))
        if self._random.random() < 0.3:  # presses twice, or has a second window with another form
            again = form if self._random.random() < 0.5 else self._form(visitor)
            self._later((0, 200), lambda: self.place(again))
        if self._random.random() < 0.35:
            self._later((0, 600), lambda: self.cancel(form.order_id))
        self._later((30, 1_200), lambda: self._review(form.order_id))

    def _meddle(self, step: str, order_id: str) -> None:
        """Somebody decides just while a step is looking at the order."""
        if step != "Case" and self._random.random() < 0.1:
            act = self._review if step == "Review" else self.cancel
            self._later((0, 0.4), lambda: act(order_id))

    def _form(self, visitor: str) -> OrderRequest:
        return a_request(
            visitor=visitor,
            cart_version=cart_of(visitor).version,
            payment_method=self._random.choice(list(METHODS)),
            street=UNREACHABLE if self._random.random() < 0.15 else "12 Kiln Row",
        )

    def _later(self, seconds: tuple[float, float], act: Callable[[], object]) -> None:
        self._world.after(self._random.uniform(*seconds), act)

    def place(self, form: OrderRequest) -> None:
        def act() -> str:
            now = clock.now()
            return place_order(form, price_cart(cart_of(form.visitor), now), now=now).order_id

        def answered(answer: Answer, order_id: str) -> None:
            cart, found = f"{form.visitor}@{form.cart_version}", order_id or form.order_id
            self._cloud.history.append(Deed("place", form.order_id, answer, found, cart))

        self._ask(Question(f"place {form.order_id[-6:]}", act, answered))

    def cancel(self, order_id: str) -> None:
        def act() -> str:
            return cancel(order_id, now=clock.now()).order_id

        def answered(answer: Answer, _: str) -> None:
            self._cloud.history.append(Deed("cancel", order_id, answer, order_id))

        self._ask(Question(f"cancel {order_id[-6:]}", act, answered))

    def _review(self, order_id: str) -> None:
        self.decide(order_id, "approved" if self._random.random() < 0.7 else "refused")

    def decide(self, order_id: str, decision: Decision) -> None:
        def act() -> str:
            return decide(order_id, decision, MERCHANT, "seen", now=clock.now()).order_id

        self._ask(Question(f"decide {order_id[-6:]}", act, lambda *_: None))

    def _ask(self, question: Question) -> None:
        request = self._world.call(question.name, question.put, seconds=REQUEST_SECONDS)
        wrong_by = self._wrong_by
        request.skew = self._cloud.weather.skew() if wrong_by is None else wrong_by
        request.then = lambda outcome: self._heard(question, outcome)

    def _heard(self, question: Question, outcome: Outcome) -> None:
        """Whoever gets no answer asks again, with the very same words."""
        if not outcome.error:
            question.answered("yes" if outcome.answer else "no", outcome.answer)
            return
        question.answered("unknown", "")
        if question.tries > 1:
            again = replace(question, tries=question.tries - 1)
            self._later((1, 20), lambda: self._ask(again))


def _adding(product: Product, quantity: int) -> Callable[[Cart], Cart]:
    return lambda cart: cart.with_added(sku_of(product), quantity, price=product.price)
