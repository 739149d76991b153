"""Every page and state of the storefront, and how to open it; the browser checks share the list."""

import re
from dataclasses import dataclass

from fastapi import Request
from playwright.sync_api import Page

from app.web.http.errors import render_crash
from infra.local.cloud import LocalCloud
from infra.local.form_client import EMAIL
from infra.local.order_watcher import is_paid, is_shipped
from tests.browser.checks.shared_session import (
    MUG,
    REVIEWED_SKUS,
    OpenScene,
    has_status,
    order_until,
    page_at,
    signed_in,
    with_cart,
    with_order,
)


@dataclass(frozen=True)
class Scene:
    """``expected_message`` is a pattern of the console messages that the scene causes."""

    name: str
    open: OpenScene
    expected_message: str | None = None


def live_order(page: Page, shop: LocalCloud) -> None:
    with_order(page, shop)


def cancelled(page: Page, shop: LocalCloud) -> None:
    with_order(page, shop, "pm_succeeds", *REVIEWED_SKUS)
    page.get_by_role("button", name="Cancel order").click()
    page.get_by_role("heading", name=re.compile("cancelled", re.I)).wait_for()


def receipt(page: Page, shop: LocalCloud) -> None:
    order_until(is_paid)(page, shop)
    page.emulate_media(media="print")


def cart_drawer(page: Page, _: LocalCloud) -> None:
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("dialog", name="Your cart").get_by_text("Checkout").wait_for()


def lightbox(page: Page, _: LocalCloud) -> None:
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Enlarge image 1 of 5").click()
    page.get_by_role("dialog").wait_for()


def suggestions(page: Page, _: LocalCloud) -> None:
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("vase")
    page.get_by_role("option").first.wait_for()


def filter_sheet(page: Page, _: LocalCloud) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto("/products")
    page.get_by_role("button", name="Filters").click()


def full_cart(page: Page, shop: LocalCloud) -> None:
    with_cart(page, shop, MUG, MUG, "TARN-TEAL")
    page.goto("/cart")


def undo(page: Page, shop: LocalCloud) -> None:
    full_cart(page, shop)
    page.get_by_role("button", name="Remove Tarn Vase").click()
    page.get_by_role("button", name="Undo").wait_for()


def offline(page: Page, shop: LocalCloud) -> None:
    full_cart(page, shop)
    page.route("**/cart/**", lambda route: route.abort())
    page.get_by_role("button", name="Increase quantity of Tarn Vase").click()
    page.locator("#toast").wait_for()


def checkout(page: Page, shop: LocalCloud) -> None:
    with_cart(page, shop, MUG, "TARN-TEAL")
    page.goto("/checkout")


def checkout_with_errors(page: Page, shop: LocalCloud) -> None:
    checkout(page, shop)
    page.get_by_label("Email").fill("ada at example.com")
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("alert").wait_for()


def folded_checkout(page: Page, shop: LocalCloud) -> None:
    checkout(page, shop)
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Full name").focus()
    page.locator(".collapsed").wait_for()


def broken(page: Page, _: LocalCloud) -> None:
    """The error page, served by the test, since no request makes the shop fail."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    html = bytes(render_crash(Request(scope)).body).decode()
    page.route("**/broken", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/broken")


def with_debug_panel(open_page: OpenScene) -> OpenScene:
    """Open the page, and its debug panel."""

    def open_scene(page: Page, shop: LocalCloud) -> None:
        open_page(page, shop)
        page.get_by_role("button", name="Show how this page works").click()
        page.get_by_role("complementary", name="How this page works").wait_for()

    return open_scene


def account_page(path: str) -> OpenScene:
    """A page of a customer with an order."""

    def open_scene(page: Page, shop: LocalCloud) -> None:
        with_order(page, shop)
        signed_in(page, shop, EMAIL)
        page.goto(path)

    return open_scene


STOREFRONT_SCENES = (
    Scene("home", page_at("/")),
    Scene("category", page_at("/products?category=Vases")),
    Scene(
        "product list without results", page_at("/products?category=Vases&price_min=1&price_max=2")
    ),
    Scene("filters on a phone", filter_sheet),
    Scene("search", page_at("/search?q=vase")),
    Scene("search without result", page_at("/search?q=zzz")),
    Scene("suggestions", suggestions),
    Scene("product", page_at("/products/tarn-vase")),
    Scene("product, sold out", page_at("/products/harbour-mug?sku=MUG-RUST")),
    Scene("lightbox", lightbox),
    Scene("cart, empty", page_at("/cart")),
    Scene("cart", full_cart),
    Scene("cart, a line removed", undo),
    Scene("cart, offline", offline, "ERR_FAILED|Failed to fetch"),
    Scene("cart drawer", cart_drawer),
    Scene("checkout", checkout),
    Scene("checkout, a section collapsed", folded_checkout),
    Scene("checkout with errors", checkout_with_errors),
    Scene("order, live", live_order),
    Scene("order, paid", order_until(is_paid)),
    Scene("order, shipped", order_until(is_shipped)),
    Scene(
        "order, under review", order_until(has_status("reviewing"), "pm_succeeds", *REVIEWED_SKUS)
    ),
    Scene("order, declined", order_until(has_status("declined"), "pm_declined")),
    Scene("order, cancelled", cancelled),
    Scene("receipt, printed", receipt),
    Scene("order history", account_page("/orders")),
    Scene("account", account_page("/account")),
    Scene("account, deletion", account_page("/account/delete")),
    Scene("account deleted", page_at("/account/deleted")),
    Scene("privacy", page_at("/privacy")),
    Scene("shipping", page_at("/shipping")),
    Scene("returns", page_at("/returns")),
    Scene("sign-in", page_at("/sign-in")),
    Scene("sign-in, link", page_at("/sign-in/link-token")),
    Scene("not found", page_at("/nothing-here"), "status of 404"),
    Scene("error", broken),
    Scene("home with debug panel", with_debug_panel(page_at("/"))),
    Scene("order with debug panel", with_debug_panel(order_until(is_shipped))),
    Scene("API docs", page_at("/docs")),
)
