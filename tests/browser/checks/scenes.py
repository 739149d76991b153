"""Every page and state of the shop that a shopper can see, and how one gets there."""

import re
from dataclasses import dataclass

from fastapi import Request
from playwright.sync_api import Page

from app.web.http.errors import render_crash
from infra.local.cloud import LocalCloud
from infra.local.form_client import EMAIL
from infra.local.order_watcher import is_paid
from tests.browser.checks.shared_session import (
    LARGE,
    MUG,
    Go,
    at,
    in_status,
    order_until,
    signed_in,
    with_cart,
    with_order,
)


@dataclass(frozen=True)
class Scene:
    """`complaint` is what the browser rightly says of it: that an address does not exist, say."""

    name: str
    go: Go
    complaint: str | None = None


def live_order(page: Page, shop: LocalCloud) -> None:
    with_order(page, shop)


def cancelled(page: Page, shop: LocalCloud) -> None:
    with_order(page, shop, "pm_succeeds", *LARGE)
    page.get_by_role("button", name="Cancel order").click()
    page.get_by_role("heading", name=re.compile("cancelled", re.I)).wait_for()


def receipt(page: Page, shop: LocalCloud) -> None:
    order_until(is_paid)(page, shop)
    page.emulate_media(media="print")


def drawer(page: Page, _: LocalCloud) -> None:
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("dialog", name="Your cart").get_by_text("Checkout").wait_for()


def lightbox(page: Page, _: LocalCloud) -> None:
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Enlarge picture 1 of 4").click()
    page.get_by_role("dialog").wait_for()


def suggestions(page: Page, _: LocalCloud) -> None:
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("vase")
    page.get_by_role("option").first.wait_for()


def filter_sheet(page: Page, _: LocalCloud) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto("/products")
    page.get_by_role("button", name="Filter").click()


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
    page.get_by_role("button", name="One Tarn Vase more").click()
    page.locator("#notice p").wait_for()


def checkout(page: Page, shop: LocalCloud) -> None:
    with_cart(page, shop, MUG, "TARN-TEAL")
    page.goto("/checkout")


def checkout_with_errors(page: Page, shop: LocalCloud) -> None:
    checkout(page, shop)
    page.get_by_label("E-mail").fill("ada at example.com")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("alert").wait_for()


def folded_checkout(page: Page, shop: LocalCloud) -> None:
    checkout(page, shop)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Name", exact=True).focus()
    page.locator(".folded").wait_for()


def broken(page: Page, _: LocalCloud) -> None:
    """The shop's own page for a crash; nothing in the shop can be asked to crash."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    drawn = bytes(render_crash(Request(scope)).body).decode()
    page.route("**/broken", lambda route: route.fulfill(body=drawn, content_type="text/html"))
    page.goto("/broken")


def with_debug_panel(go: Go) -> Go:
    """The same page with the debug panel switched on."""

    def opened(page: Page, shop: LocalCloud) -> None:
        go(page, shop)
        page.get_by_role("button", name="Show how this page works").click()
        page.get_by_role("complementary", name="How this page works").wait_for()

    return opened


def history(page: Page, shop: LocalCloud) -> None:
    with_order(page, shop)
    signed_in(page, shop, EMAIL)
    page.goto("/orders")


SHOP = (
    Scene("home", at("/")),
    Scene("category", at("/products?category=Vases")),
    Scene("shelf, narrowed down to nothing", at("/products?category=Vases&price_min=1&price_max=2")),
    Scene("filters on a phone", filter_sheet),
    Scene("search", at("/search?q=vase")),
    Scene("search without result", at("/search?q=zzz")),
    Scene("suggestions", suggestions),
    Scene("product", at("/products/tarn-vase")),
    Scene("product, sold out", at("/products/harbour-mug?sku=MUG-RUST")),
    Scene("lightbox", lightbox),
    Scene("cart, empty", at("/cart")),
    Scene("cart", full_cart),
    Scene("cart, a line taken out", undo),
    Scene("cart, nobody answers", offline, "ERR_FAILED|Failed to fetch"),
    Scene("cart drawer", drawer),
    Scene("checkout", checkout),
    Scene("checkout, a part folded", folded_checkout),
    Scene("checkout with errors", checkout_with_errors),
    Scene("order, live", live_order),
    Scene("order, paid", order_until(is_paid)),
    Scene("order, shipped", order_until(in_status("shipped"))),
    Scene("order, waiting for a word", order_until(in_status("reviewing"), "pm_succeeds", *LARGE)),
    Scene("order, declined", order_until(in_status("declined"), "pm_declined")),
    Scene("order, cancelled", cancelled),
    Scene("receipt, on paper", receipt),
    Scene("history", history),
    Scene("sign-in", at("/sign-in")),
    Scene("sign-in, link", at("/sign-in/from-a-letter")),
    Scene("not found", at("/nothing-here"), "status of 404"),
    Scene("broken", broken),
    Scene("home with debug panel", with_debug_panel(at("/"))),
    Scene("order with debug panel", with_debug_panel(order_until(in_status("shipped")))),
    Scene("API docs", at("/docs")),
)
