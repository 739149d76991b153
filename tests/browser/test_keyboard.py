"""A keyboard user goes from the home page to the order, with a visible focus at every step."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import ORDER_TIMEOUT, add_to_cart
from tests.browser.conftest import OpenPage

MAX_TAB_PRESSES = 120  # until a control is reached
# The outline is on the focused element, or on the card or swatch that contains it.
HAS_FOCUS_OUTLINE = """it => [it, it.closest('.card, .swatch')].filter(Boolean).some((one) => {
    const seen = getComputedStyle(one);
    return seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) > 0;
})"""
IS_FOCUSED = "it => it === document.activeElement"


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus, and assert that it has an outline."""
    expect(control).to_be_visible()
    for _ in range(MAX_TAB_PRESSES):
        page.keyboard.press("Tab")
        if control.evaluate(IS_FOCUSED):
            break
    else:
        raise AssertionError(f"{control} cannot be reached by Tab")
    assert control.evaluate(HAS_FOCUS_OUTLINE), f"the focus on {control} is not visible"


def press(page: Page, control: Locator, key: str = "Enter") -> None:
    tab_to(page, control)
    page.keyboard.press(key)


def type_into(page: Page, field: str, text: str) -> None:
    tab_to(page, page.locator(field))
    page.keyboard.type(text)


def test_an_order_can_be_placed_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")

    press(page, page.get_by_role("link", name="Tarn Vase").first)
    press(page, page.get_by_role("button", name="Add to cart").first)
    cart_drawer = page.get_by_role("dialog")
    press(page, cart_drawer.get_by_role("link", name="Checkout"))
    type_into(page, "#email", "keys@example.com")
    type_into(page, "#name", "Ada Lovelace")
    type_into(page, "#street", "1 Sternstraße")
    type_into(page, "#postal_code", "10115")
    type_into(page, "#city", "Berlin")
    press(page, page.get_by_role("button", name=re.compile("^Pay €")))

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=ORDER_TIMEOUT)
    expect(page.locator("#status-line")).to_contain_text(
        re.compile("on its way", re.I), timeout=ORDER_TIMEOUT
    )


def test_arrow_keys_select_the_payment(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")

    tab_to(page, page.get_by_label("Payment succeeds"))
    page.keyboard.press("ArrowDown")

    expect(page.get_by_label("Declined by the bank", exact=True)).to_be_checked()


def test_escape_closes_the_cart_drawer_and_restores_the_focus(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/harbour-mug")
    add = page.get_by_role("button", name="Add to cart").first
    press(page, add)
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(add).to_be_focused()


def test_the_skip_link_comes_first_and_leads_past_the_header(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_error_summary_links_to_the_invalid_field(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    press(page, page.get_by_role("button", name=re.compile("^Pay €")))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()

    press(page, summary.get_by_role("link", name="Enter your email address."))

    expect(page.locator("#email")).to_be_focused()
