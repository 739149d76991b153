"""Customers and merchants: they submit forms twice, cancel, review, and repeat lost requests."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from app import clock
from app.cart.cart import Cart
from app.cart.models import load_cart, update_cart
from app.cart.pricing import PricedCart, apply_discount_code, price_cart
from app.catalog.models import Product
from app.discounts.terms import Terms, create_discount
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import reshard
from app.orders.cancellation import cancel_order
from app.orders.checkout import OrderRequest, place_order
from app.orders.review import Decision, decide_review
from app.payments.gateway import PAYMENT_METHODS
from app.verification import RecordedResponse
from app.web.api.orders import order_id_for
from tests.builders import UNREACHABLE, a_product, a_request, an_address, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.clients import Answer, Client, ClientRequest, ClientRetries
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.merchants import Merchants

INTERFERENCE_RATES = {"OpenIssue": 0.0}  # by workflow step, if it is not the usual one
SECOND_SUBMITS = ("double click", "second tab", "corrected address")
STREETS = ("12 Kiln Row", "14 Kiln Row")  # the second corrects the first
# Of the customers in turn: at home, in the EU, and two exports, which are free of VAT.
COUNTRIES = ("DE", "FR", "CH", "US")
# Of the customers in turn: two of them share an address, and so the limit of each customer.
EMAILS = ("ada@potter.example", "bo@potter.example", "ada@potter.example", "cy@potter.example")
CODE, DISCOUNT_RATE = "RACE10", 0.5


class Actors:
    """The customers and merchants of one simulation."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        clock_skew: timedelta | None = None,
        retries: ClientRetries = ClientRetries(),
    ) -> None:
        """``clock_skew`` is the error of the web function's clock; None draws it at random."""
        self._cloud, self._scheduler = cloud, cloud.scheduler
        self._random = cloud.scheduler.random
        self._client = Client(cloud, clock_skew, retries)
        self._codes: Sequence[str] = ("",)
        self.decisions: dict[str, Answer] = {}  # the last answer about each reviewed order

    def start(self) -> None:
        """Two products with little stock, and more customers than units."""
        price = self._random.choice((2_450, 2_450, 7_900, 45_000))
        products = [
            a_product(price=price, quantity=self._random.randint(2, 6)),
            a_product(quantity=self._random.randint(2, 9)),
        ]
        for product in products:
            self._cloud.prices[sku_of(product)] |= {product.price}
            if self._random.random() < 0.3:
                stock = read_stock_consistently([sku_of(product)])[sku_of(product)]
                shards = self._random.randint(1, 2)
                reshard(stock.shards, shards, by=MERCHANT, now=self._scheduler.now)
        self._cloud.workflows.on_step = self._interfere
        self._add_discount(products)
        for number in range(self._random.randint(2, 4)):
            self._add_customer(f"visitor-{number}", products)
        if self._random.random() < 0.4:
            self._add_api_client(products)
        Merchants(self._cloud, products).plan()

    def _add_customer(self, visitor: str, products: Sequence[Product]) -> None:
        chosen = self._random.sample(products, self._random.randint(1, len(products)))
        for product in chosen:
            quantity = self._random.randint(1, 2)
            update_cart(visitor, _adding(product, quantity), now=self._scheduler.now)
        code = self._random.choice(self._codes)
        form, second_tab = self._checkout_form(visitor, code), self._checkout_form(visitor, code)
        self._after((0, 200), lambda: self._submit(form, second_tab))
        if self._random.random() < 0.35:
            self._after((0, 600), lambda: self.cancel(form.order_id))
        self._after((30, 1_200), lambda: self._review(form.order_id))

    def _add_discount(self, products: Sequence[Product]) -> None:
        """Sometimes there is a code, which merchants change while customers redeem it."""
        if self._random.random() < DISCOUNT_RATE:
            create_discount(CODE, self._terms(), now=self._scheduler.now)
            self._codes = (CODE, CODE, "")
            Merchants(self._cloud, products).plan_discount_edits(CODE)

    def _terms(self) -> Terms:
        """Small limits, so that customers compete for the last redemption."""
        percent = self._random.choice((None, 10, 33))
        return Terms(
            percent=percent,
            amount=None if percent else 1_001,
            minimum=2_000,
            max_redemptions=self._random.choice((None, 1, 2)),
            max_per_customer=self._random.choice((1, 1, 2)),
        )

    def _submit(self, form: OrderRequest, second_tab: OrderRequest) -> None:
        """Submit the form, and sometimes again: see ``SECOND_SUBMITS``."""
        self.place(form)
        kind = self._random.choice((*SECOND_SUBMITS, *[""] * 6))
        if kind == "double click":
            self._after((0, 0.5), lambda: self.place(form))
        elif kind == "second tab":
            self._after((0, 200), lambda: self.place(second_tab))
        elif kind == "corrected address":
            corrected = replace(form, address=an_address(STREETS[1], form.address.country))
            self._after((5, 200), lambda: self.place(corrected))

    def _add_api_client(self, products: Sequence[Product]) -> None:
        """A client of the JSON API: it has no stored cart, and sends its key once or twice."""
        product, key = self._random.choice(products), f"{self._random.random():.18f}".ljust(24, "0")
        request = a_request(
            order_id=order_id_for(key),
            payment_method=self._random.choice(list(PAYMENT_METHODS)),
            street=STREETS[0],
            country=COUNTRIES[-1],
            discount_code=self._random.choice(self._codes),
        )
        cart = Cart().with_added(sku_of(product), 1, price=0)
        for _ in range(self._random.randint(1, 2)):
            self._after((0, 200), lambda: self._place_by_api(request, cart))

    def _interfere(self, step: str, order_id: str) -> None:
        """Sometimes cancel or decide while a workflow step handles the order."""
        if self._random.random() < INTERFERENCE_RATES.get(step, 0.1):
            action = self._review if step == "Review" else self.cancel
            self._after((0, 0.2), lambda: action(order_id))

    def _checkout_form(self, visitor: str, code: str) -> OrderRequest:
        return a_request(
            visitor=visitor,
            discount_code=code,
            email=EMAILS[int(visitor[-1])],
            cart_version=load_cart(visitor).version,
            payment_method=self._random.choice(list(PAYMENT_METHODS)),
            street=UNREACHABLE if self._random.random() < 0.15 else STREETS[0],
            country=COUNTRIES[int(visitor[-1])],
        )

    def _after(self, seconds: tuple[float, float], callback: Callable[[], object]) -> None:
        self._scheduler.after(self._random.uniform(*seconds), callback)

    def place(self, form: OrderRequest) -> None:
        def action() -> str:
            now = clock.now()
            return place_order(form, _priced(form, load_cart(form.visitor)), now=now).order_id

        cart = f"{form.visitor}@{form.cart_version}"
        self._send_order(form.order_id, action, street=form.address.street, cart=cart)

    def _place_by_api(self, request: OrderRequest, cart: Cart) -> None:
        def action() -> str:
            now = clock.now()
            lines = ",".join(f"{line.sku}={line.quantity}" for line in cart.lines)
            fingerprint = request.fingerprint(lines=lines)
            priced = _priced(request, cart)
            return place_order(request, priced, now=now, fingerprint=fingerprint).order_id

        self._send_order(request.order_id, action, street=request.address.street)

    def _send_order(
        self, order_id: str, action: Callable[[], str], *, street: str, cart: str = ""
    ) -> None:
        def on_answer(answer: Answer) -> None:
            placed = answer.order_id or order_id
            self._cloud.history.append(
                RecordedResponse(
                    "place", order_id, answer.outcome, placed, cart, answer.existed, street
                )
            )

        self._client.send(ClientRequest(f"place {order_id[-6:]}", order_id, action, on_answer))

    def cancel(self, order_id: str) -> None:
        def action() -> str:
            return cancel_order(order_id, now=clock.now()).order_id

        def on_answer(answer: Answer) -> None:
            self._cloud.history.append(
                RecordedResponse(
                    "cancel", order_id, answer.outcome, order_id, existed=answer.existed
                )
            )

        self._client.send(ClientRequest(f"cancel {order_id[-6:]}", order_id, action, on_answer))

    def _review(self, order_id: str) -> None:
        self.decide(order_id, "approved" if self._random.random() < 0.7 else "rejected")

    def decide(self, order_id: str, decision: Decision) -> None:
        def action() -> str:
            return decide_review(order_id, decision, MERCHANT, "seen", now=clock.now()).order_id

        def on_answer(answer: Answer) -> None:
            self.decisions[order_id] = answer

        self._client.send(ClientRequest(f"decide {order_id[-6:]}", order_id, action, on_answer))


def _adding(product: Product, quantity: int) -> Callable[[Cart], Cart]:
    return lambda cart: cart.with_added(sku_of(product), quantity, price=product.price)


def _priced(request: OrderRequest, cart: Cart) -> PricedCart:
    now = clock.now()
    return apply_discount_code(price_cart(cart, now), request.discount_code, now=now)
