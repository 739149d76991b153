"""Merchants: while customers buy, they change prices, count stock, receive more and reshard it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ulid import ULID

from app import clock
from app.catalog.models import Product
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from app.discounts.terms import Terms, change_terms, end_discount, find_own_discount
from app.errors import Unavailable
from app.inventory.adjustments import Adjustment, AdjustmentReason, adjust
from app.inventory.reservations import read_stock_consistently, receive
from app.inventory.stock_shards import reshard
from tests.builders import sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.clients import Answer, Client, ClientRequest
from tests.simulation.simulator.cloud import Cloud

NEW_PRICES = (1_990, 2_950)  # cents


class Merchants:
    """Every edit is sent again until it has an answer, with the same id."""

    def __init__(self, cloud: Cloud, products: Sequence[Product]) -> None:
        self._cloud, self._products = cloud, products
        self._random, self._client = cloud.scheduler.random, Client(cloud)

    def plan(self) -> None:
        """At most two edits, each of one product."""
        edits = (self._change_price, self._adjust, self._receive, self._reshard)
        for edit in self._random.sample(edits, self._random.randint(0, 2)):
            self._plan(edit.__name__, edit(self._random.choice(self._products)))

    def plan_discount_edits(self, code: str) -> None:
        """While customers redeem the code, its terms may change, and it may end."""
        edits = (self._change_discount, self._raise_limit, self._end_discount)
        for edit in self._random.sample(edits, self._random.randint(0, 2)):
            self._plan(edit.__name__, edit(code))

    def _plan(self, name: str, action: Callable[[], object]) -> None:
        seconds = self._random.uniform(0, 600)
        self._cloud.scheduler.after(seconds, self._sending(name, action))

    def _sending(self, name: str, action: Callable[[], object]) -> Callable[[], object]:
        def execute() -> str:
            action()
            return name

        def ignore(_: Answer) -> None:
            """Whether the edit was accepted shows in the stock and the ledger."""

        return lambda: self._client.send(ClientRequest(f"edit {name}", "", execute, ignore))

    def _change_price(self, product: Product) -> Callable[[], object]:
        price = self._random.choice(NEW_PRICES)
        self._cloud.prices[sku_of(product)] |= {price}
        fields = replace(ProductFields.from_product(product), price=price)
        return lambda: update_product(
            product, fields, expected_version=product.version, by=MERCHANT, now=clock.now()
        )

    def _adjust(self, product: Product) -> Callable[[], object]:
        change = self._random.choice((-1, 1, 2))
        reason: AdjustmentReason = "broken" if change < 0 else "found"
        adjustment = Adjustment(str(ULID()), sku_of(product), reason, change)
        return lambda: adjust(adjustment, by=MERCHANT, now=clock.now())

    def _receive(self, product: Product) -> Callable[[], object]:
        delivery, quantity = str(ULID()), self._random.randint(1, 5)
        return lambda: receive(sku_of(product), quantity, delivery=delivery, now=clock.now())

    def _reshard(self, product: Product) -> Callable[[], object]:
        extra_shards = self._random.randint(0, 2)

        def action() -> None:
            stock = read_stock_consistently([sku_of(product)]).get(sku_of(product))
            if stock is None:
                raise Unavailable("The stock row is missing.")
            reshard(stock.shards, extra_shards, by=MERCHANT, now=clock.now())

        return action

    def _change_discount(self, code: str) -> Callable[[], object]:
        """Another percentage, which is refused once an order has used the code."""
        terms = Terms(percent=self._random.choice((20, 50)), minimum=1_000)
        return lambda: _change_terms(code, lambda _: terms)

    def _raise_limit(self, code: str) -> Callable[[], object]:
        limit = self._random.choice((None, 1, 3))
        return lambda: _change_terms(code, lambda terms: replace(terms, max_redemptions=limit))

    def _end_discount(self, code: str) -> Callable[[], object]:
        return lambda: end_discount(find_own_discount(code), now=clock.now(), by=MERCHANT)


def _change_terms(code: str, change: Callable[[Terms], Terms]) -> None:
    discount = find_own_discount(code)
    change_terms(
        discount,
        change(Terms.of(discount)),
        expected_version=discount.version,
        now=clock.now(),
        by=MERCHANT,
    )
