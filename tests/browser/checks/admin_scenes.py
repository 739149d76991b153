"""Every page of the merchants' desk and of the console, with something on it to look at."""

from playwright.sync_api import Page

from infra.local.cloud import LocalCloud
from tests.browser.checks.scenes import Scene
from tests.browser.checks.shared_session import (
    LARGE,
    Go,
    at,
    in_status,
    order_until,
    signed_in,
    with_order,
)


def at_desk(path: str) -> Go:
    def go(page: Page, shop: LocalCloud) -> None:
        signed_in(page, shop)
        page.goto(path)

    return go


def board(page: Page, shop: LocalCloud) -> None:
    """With an order that waits for a word."""
    order_until(in_status("reviewing"), "pm_succeeds", *LARGE)(page, shop)
    at_desk("/desk")(page, shop)


def order(page: Page, shop: LocalCloud) -> None:
    order_id = with_order(page, shop)
    at_desk(f"/desk/orders/{order_id}")(page, shop)


def order_to_review(page: Page, shop: LocalCloud) -> None:
    order_until(in_status("reviewing"), "pm_succeeds", *LARGE)(page, shop)
    at_desk(f"/desk{page.url.removeprefix(shop.shop_url)}")(page, shop)


def picture(page: Page, shop: LocalCloud) -> None:
    at_desk("/desk/products/tarn-vase")(page, shop)
    page.get_by_role("link", name="Describe or remove").first.click()


def refused_product(page: Page, shop: LocalCloud) -> None:
    at_desk("/desk/products/new")(page, shop)
    page.get_by_role("button", name="Add the product").click()
    page.get_by_role("alert").first.wait_for()


def letter(page: Page, shop: LocalCloud) -> None:
    signed_in(page, shop)  # which takes a letter
    page.goto("/console")
    page.locator(".letters a").first.click()


DESK = (
    Scene("desk, board", board),
    Scene("desk, search", at_desk("/desk?find=check@example.com")),
    Scene("desk, order", order),
    Scene("desk, order to review", order_to_review),
    Scene("desk, products", at_desk("/desk/products")),
    Scene("desk, product", at_desk("/desk/products/tarn-vase")),
    Scene("desk, edit product", at_desk("/desk/products/tarn-vase/edit")),
    Scene("desk, new product", at_desk("/desk/products/new")),
    Scene("desk, new product refused", refused_product),
    Scene("desk, picture", picture),
    Scene("desk, stock", at_desk("/desk/stock/TARN-TEAL")),
    Scene("desk, sales", at_desk("/desk/sales")),
    Scene("desk, changes", at_desk("/desk/changes")),
    Scene("console", at("/console")),
    Scene("console, faults", at("/console/faults")),
    Scene("console, letter", letter),
)
