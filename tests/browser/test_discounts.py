"""A discount code is entered and removed by keyboard, in place, and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from infra.local.cloud import LocalCloud
from tests.browser.actions import offer_discount
from tests.browser.conftest import Visit

FIELD = "[name=new_discount_code]"
CODE = "BROWSER10"


@pytest.fixture(autouse=True)
def discount(storefront: LocalCloud) -> None:
    offer_discount(CODE)


def enter(page: Page, text: str) -> None:
    field = page.locator(FIELD)
    field.fill(text)
    field.press("Enter")


def test_code_is_entered_and_removed_by_keyboard(visit: Visit) -> None:
    page = visit(1280, "/cart", "TARN-TEAL")
    page.locator(".discount summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(FIELD)).to_be_focused()

    page.keyboard.type("nope-10")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Den Rabattcode NOPE-10 gibt es nicht.")
    expect(page.locator(FIELD)).to_be_focused()
    page.locator(FIELD).fill("")
    page.keyboard.type(CODE.lower())
    page.keyboard.press("Enter")

    remove = page.get_by_role("button", name=f"Rabattcode {CODE} entfernen")
    expect(remove).to_be_focused()
    expect(page.locator(".amounts")).to_contain_text("−13,60")
    page.keyboard.press("Enter")
    expect(remove).to_have_count(0)
    expect(page.locator(".discount summary")).to_be_focused()


def test_checkout_keeps_what_was_typed_when_a_code_is_applied(visit: Visit) -> None:
    page = visit(390, "/checkout", "TARN-TEAL")
    page.locator("#name").fill("Ada Potter")
    page.locator(".order-summary summary").first.click()
    page.locator(".discount summary").click()
    page.locator(FIELD).fill(CODE)

    page.get_by_role("button", name="Einlösen").click()

    expect(page.get_by_role("button", name=f"Rabattcode {CODE} entfernen")).to_be_in_viewport()
    expect(page.locator(".grand-total")).to_contain_text("122,40")
    expect(page.locator("#name")).to_have_value("Ada Potter")


def test_code_that_is_typed_and_not_applied_is_not_forgotten(visit: Visit) -> None:
    """Enter in the field submits the form of the order."""
    page = visit(1280, "/checkout", "TARN-TEAL")
    page.locator("#name").fill("Ada Potter")
    page.locator(".discount summary").click()

    enter(page, CODE)

    expect(page).to_have_url("/checkout")
    expect(page.locator(".grand-total")).to_contain_text("122,40")
    expect(page.locator("#name")).to_have_value("Ada Potter")


@pytest.mark.parametrize("width", [390, 1280])
def test_code_is_entered_and_removed_without_javascript(visit: Visit, width: int) -> None:
    page = visit(width, "/cart", "TARN-TEAL", javascript=False)
    page.locator(".discount summary").click()

    enter(page, "nope-10")
    expect(page.get_by_role("alert")).to_contain_text("Den Rabattcode NOPE-10 gibt es nicht.")
    enter(page, CODE)
    expect(page.locator(".amounts")).to_contain_text("−13,60")
    page.goto("/checkout")
    expect(page.locator(".grand-total")).to_contain_text("122,40")
    page.goto("/cart")
    page.get_by_role("button", name=f"Rabattcode {CODE} entfernen").click()

    expect(page.locator(".discount summary")).to_be_visible()
