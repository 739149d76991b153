"""Somebody without a mouse shops from the front page to the order, and sees where they are."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_shopping import SOON, put_in_the_cart

FURTHEST = 120  # presses: further than that nobody walks
# The line is drawn around what has the focus, or around the card or swatch that holds it.
MARKED = """it => [it, it.closest('.card, .swatch')].filter(Boolean).some((one) => {
    const seen = getComputedStyle(one);
    return seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) > 0;
})"""
IN_FOCUS = "it => it === document.activeElement"


def walk_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus, and see that it is drawn as focused."""
    expect(goal).to_be_visible()
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        if goal.evaluate(IN_FOCUS):
            break
    else:
        raise AssertionError(f"no way by Tab to {goal}")
    assert goal.evaluate(MARKED), f"the focus on {goal} cannot be seen"


def press(page: Page, goal: Locator, key: str = "Enter") -> None:
    walk_to(page, goal)
    page.keyboard.press(key)


def write(page: Page, field: str, text: str) -> None:
    walk_to(page, page.locator(field))
    page.keyboard.type(text)


def test_the_whole_way_to_an_order_is_walked_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")

    press(page, page.get_by_role("link", name="Tarn Vase").first)
    press(page, page.get_by_role("button", name="Add to cart").first)
    drawer = page.get_by_role("dialog")
    press(page, drawer.get_by_role("link", name="Checkout"))
    write(page, "#email", "keys@example.com")
    write(page, "#name", "Ada Lovelace")
    write(page, "#street", "1 Sternstraße")
    write(page, "#postal_code", "10115")
    write(page, "#city", "Berlin")
    press(page, page.get_by_role("button", name=re.compile("^Pay €")))

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=SOON)
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        re.compile("on its way|shipped", re.I), timeout=SOON
    )


def test_another_payment_is_chosen_with_the_arrow_keys(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")

    walk_to(page, page.get_by_label("Succeeds", exact=True))
    page.keyboard.press("ArrowDown")

    expect(page.get_by_label("Declined by the bank", exact=True)).to_be_checked()


def test_the_drawer_is_left_by_escape_and_the_way_goes_on_where_it_was(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/harbour-mug")
    add = page.get_by_role("button", name="Add to cart").first
    press(page, add)
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(add).to_be_focused()


def test_the_skip_link_comes_first_and_leads_past_the_masthead(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_field_that_is_wrong_is_reached_from_the_summary(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    press(page, page.get_by_role("button", name=re.compile("^Pay €")))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()

    press(page, summary.get_by_role("link", name="E-mail"))

    expect(page.locator("#email")).to_be_focused()
