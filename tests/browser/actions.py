"""Steps that several browser tests share: fill a cart, check out, and reload until it is there."""

import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Response

from app.discounts.terms import Terms, create_discount
from app.errors import ValidationFailed

ORDER_TIMEOUT = 20_000  # milliseconds, with cold starts on a small machine
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JS", "without JS"])


def offer_discount(code: str) -> None:
    """Ten percent off with this code, unless an earlier test of this shop has created it."""
    with suppress(ValidationFailed):
        create_discount(code, Terms(percent=10, max_per_customer=100), now=datetime.now(UTC))


def add_to_cart(page: Page, slug: str) -> None:
    page.goto(f"/products/{slug}")
    click_add_to_cart(page)


def click_add_to_cart(page: Page, name: str = "Add to cart") -> None:
    """Add the product of the open page, and wait until the shop has answered."""
    with page.expect_response(_is_cart_update):
        page.get_by_role("button", name=name).click()


def _is_cart_update(response: Response) -> bool:
    return response.request.method == "POST" and response.url.endswith("/cart")


def fill_in_checkout(page: Page, email: str, method: str = "Payment succeeds") -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.locator("#street").fill("1 Sternstraße")
    page.locator("#postal_code").fill("10115")
    page.locator("#city").fill("Berlin")
    page.get_by_label(method, exact=True).check()


def buy(
    page: Page, email: str, method: str = "Payment succeeds", slug: str = "harbour-mug"
) -> None:
    add_to_cart(page, slug)
    page.goto("/checkout")
    fill_in_checkout(page, email, method)
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))


def reload_until(page: Page, path: str, until: str) -> None:
    """Reload the page until it has the element, as users without JavaScript do."""
    for _ in range(40):
        page.goto(path)
        if page.locator(until).count():
            return
        page.wait_for_timeout(300)
    pytest.fail(f"{until} did not appear on {path}")
