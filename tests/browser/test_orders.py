"""Checking out with care, and what the shop does for somebody once they have ordered."""

import re

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_shopping import BOTH, SOON, buy, fill_in, put_in_the_cart

SWITCH = "Show how this page works"


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled", timeout=SOON)


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
        expect(panel.get_by_text(step).first).to_be_visible(timeout=SOON)


@BOTH
def test_an_order_that_has_ended_is_ordered_again(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    buy(page, "again@example.com", slug="moon-vase")
    cancel(page)

    page.get_by_role("button", name="Order these again").click()

    expect(page).to_have_url(re.compile("/cart$"))
    expect(page.get_by_role("link", name="Moon Vase").first).to_be_visible()


def test_a_receipt_is_all_that_goes_on_paper(open_page: OpenPage) -> None:
    page = open_page(dark=True)
    buy(page, "paper@example.com")
    expect(page.get_by_role("button", name="Print the receipt")).to_be_visible(timeout=SOON)

    page.emulate_media(media="print")

    expect(page.get_by_text("Receipt for order")).to_be_visible()
    for hidden in (page.locator("#status"), page.locator("footer"), page.locator(".site-header")):
        expect(hidden).to_be_hidden()


def test_what_is_filled_in_folds_to_a_line_and_opens_again(open_page: OpenPage) -> None:
    page = open_page(width=360)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")

    fill_in(page, "ada@example.com")
    page.get_by_label("Succeeds", exact=True).focus()

    expect(page.get_by_text("Ada Lovelace, 1 Sternstraße, 10115, Berlin, Germany")).to_be_visible()
    expect(page.locator("#street")).to_be_hidden()
    page.get_by_role("button", name="Change: Where does the parcel go?").click()
    expect(page.locator("#street")).to_be_visible()
    expect(page.locator("#country")).to_be_focused()


def test_a_part_with_something_missing_stays_open(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in(page, "ada@example.com")
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    page.locator("#postal_code").fill("94043")

    page.get_by_label("Succeeds", exact=True).focus()
    expect(page.locator("#street")).to_be_visible()

    page.get_by_label("State").focus()
    page.get_by_label("State").select_option("CA")
    page.get_by_label("Succeeds", exact=True).focus()
    expect(page.get_by_text("94043, Berlin, California, United States")).to_be_visible()


def test_a_mistake_is_told_when_the_field_is_left_and_forgiven_while_it_is_mended(
    open_page: OpenPage,
) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    postcode = page.locator("#postal_code")

    postcode.press_sequentially("101")
    expect(page.locator("#postal_code-error")).to_have_count(0)

    postcode.press("Tab")
    expect(page.locator("#postal_code-error")).to_contain_text("does not look like a Postcode")
    expect(postcode).to_have_attribute("aria-invalid", "true")

    postcode.press_sequentially("15")
    expect(page.locator("#postal_code-error")).to_have_count(0)


def test_without_scripts_the_country_is_changed_by_a_button(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in(page, "ada@example.com")

    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Use this country").click()

    expect(page.get_by_label("ZIP code")).to_be_visible()
    expect(page.locator("#street")).to_have_value("1 Sternstraße")


def test_enter_in_a_field_pays(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in(page, "enter@example.com")

    page.locator("#city").press("Enter")

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=SOON)


@BOTH
def test_on_a_phone_the_summary_is_one_line_with_the_total(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript, width=360)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    bar = page.locator("summary")

    expect(bar).to_contain_text("€29.90")
    expect(page.get_by_text("Subtotal")).to_be_hidden()

    bar.click()
    expect(page.get_by_text("Subtotal")).to_be_visible()


def test_at_a_desk_the_summary_is_simply_there(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")

    expect(page.get_by_text("Subtotal")).to_be_visible()


def test_quick_presses_count_at_once_and_become_one_change(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/cart")
    more = page.get_by_role("button", name="One Harbour Mug more")
    changes: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            changes.append(request.post_data or "")

    page.on("request", note)

    for _ in range(3):
        more.click()
    expect(page.locator("[data-count]")).to_have_text("4")

    expect(page.locator("#said")).to_contain_text("4 pieces in your cart", timeout=SOON)
    assert changes == ["quantity=4"]
    expect(more).to_be_focused()


def test_the_focus_stays_with_the_line_when_there_are_no_more_to_add(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/cart")
    more = page.get_by_role("button", name="One Harbour Mug more")

    for _ in range(12):
        more.dispatch_event("click")

    expect(more).to_be_disabled(timeout=SOON)
    expect(page.get_by_role("link", name="Harbour Mug").first).to_be_focused()


def test_a_change_that_does_not_get_through_is_taken_back_on_the_line(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/cart")
    page.evaluate("document.addEventListener('htmx:before:request', (it) => it.preventDefault())")

    page.get_by_role("button", name="One Harbour Mug more").click()
    expect(page.locator("[data-count]")).to_have_text("2")
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:error'))")

    expect(page.locator("[data-count]")).to_have_text("1")


def test_whoever_goes_on_at_once_takes_the_change_along(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/cart")

    page.get_by_role("button", name="One Harbour Mug more").click()
    page.get_by_role("link", name="Checkout").click()

    expect(page).to_have_url(re.compile("/checkout$"), timeout=SOON)
    expect(page.locator("summary")).to_contain_text("2 pieces")


@BOTH
def test_what_was_taken_out_comes_back_by_undo(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    put_in_the_cart(page, "moon-vase")
    page.goto("/cart")
    page.get_by_role("button", name="Remove Moon Vase").click()
    expect(page.get_by_text("Moon Vase is back on our shelf.")).to_be_visible(timeout=SOON)

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="Remove Moon Vase")).to_be_visible(timeout=SOON)
