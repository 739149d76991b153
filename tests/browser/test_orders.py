"""Checkout, cart and order pages in detail: debug panel, receipt, validation, quantities, undo."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.actions import BOTH, ORDER_TIMEOUT, add_to_cart, buy, fill_in_checkout
from tests.browser.conftest import OpenPage

SWITCH = "Show how this page works"


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled", timeout=ORDER_TIMEOUT)


@BOTH
def test_debug_panel_is_shown_on_every_page(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/")
    page.get_by_role("button", name=SWITCH).click()

    panel = page.get_by_role("complementary", name="How this page works")
    expect(panel).to_contain_text("app/web/storefront/home.py")

    page.goto("/cart")
    expect(panel).to_contain_text("app/web/storefront/cart.py")

    page.get_by_role("button", name="Hide developer details").click()
    expect(panel).to_have_count(0)


@BOTH
def test_order_trace_is_updated_while_the_order_is_processed(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.goto("/")
    page.get_by_role("button", name=SWITCH).click()

    buy(page, "developer@example.com")

    panel = page.get_by_role("complementary", name="How this page works")
    for step in (
        "one transaction: the order",
        "published from the outbox to SNS",
        "order_placed counted",
    ):
        expect(panel.get_by_text(step).first).to_be_visible(timeout=ORDER_TIMEOUT)


@BOTH
def test_a_cancelled_order_can_be_ordered_again(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    buy(page, "again@example.com", slug="moon-vase")
    cancel(page)

    page.get_by_role("button", name="Order again").click()

    expect(page).to_have_url(re.compile("/cart$"))
    expect(page.get_by_role("link", name="Moon Vase").first).to_be_visible()


def test_only_the_receipt_is_printed(open_page: OpenPage) -> None:
    page = open_page(dark=True)
    buy(page, "paper@example.com")
    expect(page.get_by_role("button", name="Print receipt")).to_be_visible(timeout=ORDER_TIMEOUT)

    page.emulate_media(media="print")

    expect(page.get_by_text("Receipt for order")).to_be_visible()
    for hidden in (page.locator("#status"), page.locator("footer"), page.locator(".site-header")):
        expect(hidden).to_be_hidden()


def test_a_completed_section_collapses_and_can_be_changed(open_page: OpenPage) -> None:
    page = open_page(width=360)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")

    fill_in_checkout(page, "ada@example.com")
    page.get_by_label("Payment succeeds").focus()

    expect(page.get_by_text("Ada Lovelace, 1 Sternstraße, 10115 Berlin, Germany")).to_be_visible()
    expect(page.locator("#street")).to_be_hidden()
    page.get_by_role("button", name="Change: Delivery address").click()
    expect(page.locator("#street")).to_be_visible()
    expect(page.locator("#country")).to_be_focused()


def test_an_incomplete_section_stays_open(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in_checkout(page, "ada@example.com")
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    page.locator("#postal_code").fill("94043")

    page.get_by_label("Payment succeeds").focus()
    expect(page.locator("#street")).to_be_visible()

    page.get_by_label("State").focus()
    page.get_by_label("State").select_option("CA")
    page.get_by_label("Phone number").fill("+1 650 555 0123")
    page.get_by_label("Payment succeeds").focus()
    expect(page.get_by_text("1 Sternstraße, Berlin, CA 94043, United States")).to_be_visible()


def test_a_field_is_validated_on_blur_and_the_error_disappears_on_input(
    open_page: OpenPage,
) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    postcode = page.locator("#postal_code")

    postcode.press_sequentially("101")
    expect(page.locator("#postal_code-error")).to_have_count(0)

    postcode.press("Tab")
    expect(page.locator("#postal_code-error")).to_contain_text(
        "Enter a valid postcode, for example"
    )
    expect(postcode).to_have_attribute("aria-invalid", "true")

    postcode.press_sequentially("15")
    expect(page.locator("#postal_code-error")).to_have_count(0)


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("DE", "D-10115"),
        ("GB", "sw1a1aa"),
        ("PL", "00\u00a0950"),
        ("LV", "1010"),
        ("JP", "１００ー８９９４"),
    ],
)
def test_postcode_that_the_server_accepts_is_no_error_in_the_browser(
    open_page: OpenPage, country: str, text: str
) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    if country != "DE":
        with page.expect_response("**/checkout/address"):
            page.get_by_label("Country").select_option(country)
        expect(page.locator("#postal_code[data-invalid*='26133']")).to_have_count(0)

    page.locator("#postal_code").fill(text)
    page.locator("#postal_code").blur()
    page.locator("#street").fill("1 Main Street")

    expect(page.locator("#postal_code-error")).to_have_count(0)


def test_without_javascript_a_button_changes_the_country(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in_checkout(page, "ada@example.com")

    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Use this country").click()

    expect(page.get_by_label("ZIP code")).to_be_visible()
    expect(page.locator("#street")).to_have_value("1 Sternstraße")


def test_enter_in_a_field_submits_the_checkout(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in_checkout(page, "enter@example.com")

    page.locator("#city").press("Enter")

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=ORDER_TIMEOUT)


@BOTH
def test_on_a_phone_the_order_summary_is_collapsed_to_the_total(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript, width=360)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    bar = page.locator("summary", has_text="item")

    expect(bar).to_contain_text("€29.90")
    expect(page.get_by_text("Subtotal")).to_be_hidden()

    bar.click()
    expect(page.get_by_text("Subtotal")).to_be_visible()


def test_on_a_desktop_the_order_summary_is_open(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")

    expect(page.get_by_text("Subtotal")).to_be_visible()


def test_quick_quantity_changes_show_at_once_and_send_one_request(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/cart")
    more = page.get_by_role("button", name="Increase quantity of Harbour Mug")
    changes: list[str] = []

    def record(request: Request) -> None:
        if request.method == "POST":
            changes.append(request.post_data or "")

    page.on("request", record)

    for _ in range(3):
        more.click()
    expect(page.locator("[data-count]")).to_have_text("4")

    expect(page.locator("#announcement")).to_contain_text(
        "4 items in your cart", timeout=ORDER_TIMEOUT
    )
    assert changes == ["quantity=4"]
    expect(more).to_be_focused()


def test_the_focus_stays_on_the_line_at_the_maximum_quantity(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/cart")
    more = page.get_by_role("button", name="Increase quantity of Harbour Mug")

    for _ in range(12):
        more.dispatch_event("click")

    expect(more).to_be_disabled(timeout=ORDER_TIMEOUT)
    expect(page.get_by_role("link", name="Harbour Mug").first).to_be_focused()


def test_a_failed_quantity_change_is_reverted(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/cart")
    page.evaluate("document.addEventListener('htmx:before:request', (it) => it.preventDefault())")

    page.get_by_role("button", name="Increase quantity of Harbour Mug").click()
    expect(page.locator("[data-count]")).to_have_text("2")
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:error', {detail: {}}))")

    expect(page.locator("[data-count]")).to_have_text("1")


def test_a_pending_quantity_change_is_sent_before_checkout(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/cart")

    page.get_by_role("button", name="Increase quantity of Harbour Mug").click()
    page.get_by_role("link", name="Checkout").click()

    expect(page).to_have_url(re.compile("/checkout$"), timeout=ORDER_TIMEOUT)
    expect(page.locator("summary", has_text="item")).to_contain_text("2 items")


@BOTH
def test_undo_restores_a_removed_line(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    add_to_cart(page, "moon-vase")
    page.goto("/cart")
    page.get_by_role("button", name="Remove Moon Vase").click()
    expect(page.get_by_text("Moon Vase removed from your cart.")).to_be_visible(
        timeout=ORDER_TIMEOUT
    )

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="Remove Moon Vase")).to_be_visible(timeout=ORDER_TIMEOUT)
