"""Pages of the admin on a phone, with names and addresses of a length that people have."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from app.cart.cart import Cart, CartLine
from app.cart.pricing import price_cart
from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from app.orders.checkout import place_order
from app.orders.models import Order
from app.orders.payment import charge
from infra.local.cloud import LocalCloud
from tests.browser.conftest import Visit
from tests.builders import a_request, an_address
from tests.fake_clouds import MERCHANT

PHONES = (360, 390)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "untersetzerhalterung"


def _orders() -> list[Order]:
    now = datetime.now(UTC) - timedelta(minutes=5)
    address = replace(
        an_address("Donaudampfschifffahrtsgesellschaftsstraße 123 b, Hinterhaus"),
        name="Wolfeschlegelsteinhausenbergerdorff Hubertus-Maximilian",
    )
    orders = []
    for i, email in enumerate((f"{'hubertus' * 5}@donaudampfschiff.example", "a@b.example")):
        clear_cache()
        entry = read_full_catalog(now).entry(LONG)
        lines = tuple(CartLine(v.sku, 2, 123_450) for v in entry.product.variants[: i + 1])
        cart = price_cart(Cart(lines), now)
        order = place_order(a_request(email=email, address=address), cart, now=now)
        orders.append(order if i else charge(order.order_id, now=now))
    return orders


@pytest.fixture
def orders(storefront: LocalCloud) -> list[Order]:
    return _orders()


def admin_paths(orders: list[Order]) -> list[str]:
    one = orders[0].order_id
    return [
        *("/admin", "/admin/orders", "/admin/orders?status=", "/admin/packing", "/admin/reviews"),
        *("/admin?find=a@b.example", f"/admin/orders/{one}", f"/admin/orders/{orders[1].order_id}"),
        *(
            "/admin/products",
            "/admin/product-order",
            f"/admin/products/{LONG}",
            "/admin/products/new",
        ),
        *(f"/admin/products/{LONG}/edit", f"/admin/products/{LONG}/variants"),
        *(
            f"/admin/products/{LONG}/variants/STECKDOSE-1",
            f"/admin/products/{LONG}/translations/de",
        ),
        *("/admin/stock/STECKDOSE-1", "/admin/sales", "/admin/audit-log", "/admin/imports"),
        *("/admin/discounts", "/admin/discounts/new"),
    ]


@pytest.fixture
def phone(visit: Visit, storefront: LocalCloud) -> Callable[[int], Page]:
    """A browser of a merchant who is signed in."""

    def open_one(width: int) -> Page:
        page = visit(width, "/sign-in")
        token = new_session_token()
        start_session(visitor_id_of(token), MERCHANT, now=datetime.now(UTC))
        cookies = {"visitor": token, "known": "1"}
        page.context.add_cookies(
            [{"name": n, "value": it, "url": storefront.shop_url} for n, it in cookies.items()]
        )
        return page

    return open_one


@pytest.mark.parametrize("width", PHONES)
def test_no_page_of_the_admin_scrolls_sideways_on_a_phone(
    phone: Callable[[int], Page], orders: list[Order], width: int
) -> None:
    page, wide = phone(width), {}

    for path in admin_paths(orders):
        response = page.goto(path)
        assert response
        assert response.ok, path
        wide[path] = page.evaluate(OVERFLOW)

    assert {path: pixels for path, pixels in wide.items() if pixels} == {}


def test_page_that_is_too_wide_is_found(phone: Callable[[int], Page]) -> None:
    page = phone(390)
    page.goto("/admin/orders")
    page.evaluate("document.querySelector('#email').style.boxSizing = 'content-box'")

    assert page.evaluate(OVERFLOW) > 0
