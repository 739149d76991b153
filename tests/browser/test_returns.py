"""A return is requested by keyboard, on a phone without JavaScript, and read by a screen reader."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.aws.secrets import signing_secret
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.orders.signed_links import order_key
from tests.browser.conftest import Visit
from tests.browser.test_keyboard import press, tab_to
from tests.builders import a_product, an_order


def a_shipped_order() -> Order:
    """Shipped a moment ago by the clock of the browser's server."""
    placed_at = datetime.now(UTC) - timedelta(days=2)
    order = an_order(a_product(), of_each=2, language="de", now=placed_at)
    charge(order.order_id, now=placed_at)
    return ship(order.order_id, now=placed_at + timedelta(days=1))


def path_of(order: Order) -> str:
    """The link in an email, without the host."""
    return f"/orders/{order.order_id}?key={order_key(order.order_id, signing_secret())}"


def test_return_is_requested_by_keyboard_and_announced(visit: Visit) -> None:
    order = a_shipped_order()
    page = visit(1280, path_of(order))

    press(page, page.locator("#return-items"))
    tab_to(page, page.locator("#quantity-1"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.locator("#reason"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    press(page, page.locator("#request-return"))

    expect(page).to_have_url(re.compile(rf"/orders/{order.order_id}#returns$"))
    announced = page.locator("#returns [role=status]")
    expect(announced).to_contain_text("Rückgabe angefragt")
    (row,) = load_order_details(order.order_id).returns
    assert (row.units, row.reason) == ({order.lines[0].sku: 1}, "damaged")


@pytest.mark.parametrize("width", [320, 390])
def test_return_works_on_a_phone_without_javascript(visit: Visit, width: int) -> None:
    order = a_shipped_order()
    page = visit(width, path_of(order), javascript=False)

    page.locator("#return-items").click()
    page.locator("#request-return").click()
    expect(page.get_by_role("alert")).to_contain_text("Wähle aus, warum du die Artikel zurückgibst")
    page.locator("#quantity-1").select_option("2")
    page.locator("#reason").select_option("other")
    page.locator("#note").fill("Der Deckel passt nicht.")
    page.locator("#request-return").click()

    expect(page.locator("#returns")).to_contain_text("Rückgabe angefragt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
