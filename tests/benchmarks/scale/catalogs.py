"""A shop with any number of products and orders, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import (
    ImageState,
    Product,
    ProductImage,
    Variant,
    image_key,
    product_key,
)
from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from app.inventory.models import Stock
from app.inventory.reservations import write_ledger
from app.orders.checkout import place_order
from app.orders.models import Order, OrderStatus
from tests.benchmarks.cost.cloud import CountingCloud
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.builders import a_cart, a_request
from tests.fake_clouds import MERCHANT

CATEGORIES = 10
FULL_CATEGORY = 3  # has products for a page of twelve in any shop
FIRST_PRODUCTS = 25  # all products of the small shop
COLOURS = {"Teal": "#2f5a52", "Rust": "#a4502a"}
IMAGES = 3  # of each product
OTHER_EMAILS = 200
ORDERS_PER_DAY = 300
STATUSES = (OrderStatus.PLACED, OrderStatus.REVIEWING, OrderStatus.PAYING, OrderStatus.PAID)


@dataclass(frozen=True)
class LargeShop:
    """The demo shop with more products and orders; ``cookie`` is a merchant's session."""

    shop: OurShop
    slug: str
    sku: str
    cookie: str

    @property
    def cloud(self) -> CountingCloud:
        return self.shop.cloud


@contextmanager
def large_shop(products: int, orders: int) -> Iterator[LargeShop]:
    """Products are saved as rows, orders are placed by the shop's own rule."""
    with our_shop() as shop:
        created = [_product(number) for number in range(products)]
        _save(created)
        clear_cache()
        _place_orders(created, orders)
        token = new_session_token()
        start_session(visitor_id_of(token), MERCHANT, now=datetime.now(UTC))
        product = created[0]
        yield LargeShop(shop, product.slug, product.variants[0].sku, f"visitor={token}")


def email_of(number: int) -> str:
    """The address of an order; that of the first has a quarter of all."""
    return f"customer-{number % OTHER_EMAILS if number % 4 else 0}@example.com"


def _product(number: int) -> Product:
    slug = f"large-vase-{number:05}"
    return Product(
        item_id=product_key(slug),
        slug=slug,
        title=f"Vase number {number}",
        category=f"Category {_category(number)}",
        blurb="It holds a single stem, or a whole armful from the garden." * 2,
        details=("Stoneware", "Dishwasher safe", "18 cm high, 1.2 l"),
        materials=("Stoneware", "Glaze"),
        price=2_450 + number % 50,
        position=number,
        variants=tuple(
            Variant(f"V{number:05}-{name.upper()}", name, swatch)
            for name, swatch in COLOURS.items()
        ),
        added_at=datetime.now(UTC) - timedelta(days=number % 300),
    )


def _category(number: int) -> int:
    """The products take turns, but most of the first ones are in the full category."""
    return FULL_CATEGORY if CATEGORIES <= number < FIRST_PRODUCTS else number % CATEGORIES


def _save(products: list[Product]) -> None:
    for product in products:
        product.save()
        for number in range(IMAGES):
            _image(product.slug, str(number)).save()
        for variant in product.variants:
            Stock(variant.sku, price=product.price, available=5_000, received=5_000).save()


def _image(slug: str, image_id: str) -> ProductImage:
    return ProductImage(
        item_id=image_key(slug, image_id),
        slug=slug,
        image_id=f"{slug}-{image_id}",
        alt="A teal glazed vase with dried stems, seen from above",
        state=ImageState.READY,
        version="0123456789abcdef",
        width=1_920,
        height=2_400,
        requested_at=datetime.now(UTC),
    )


def _place_orders(products: list[Product], orders: int) -> None:
    """The statuses take turns; the ledger has what the inventory worker writes.

    Every third order is for the first product, so its list has many pages.
    """
    now = datetime.now(UTC)
    for number, status in zip(range(orders), cycle(STATUSES), strict=False):
        cart = a_cart(products[number % len(products) if number % 3 else 0])
        days, second = divmod(number, ORDERS_PER_DAY)
        moment = now - timedelta(days=days, seconds=second)
        order = place_order(a_request(email=email_of(number)), cart, now=moment)
        order.update(actions=[Order.status.set(status)])
        lines = [(line.sku, -line.quantity) for line in order.lines]
        write_ledger(lines, "reserved", order.order_id, moment)
