"""A customer buys, follows the order, and reads the emails."""

import re

from playwright.sync_api import expect

from tests.browser.actions import (
    BOTH,
    ORDER_TIMEOUT,
    add_to_cart,
    buy,
    click_add_to_cart,
    fill_in_checkout,
    reload_until,
)
from tests.browser.conftest import OpenPage
from tests.fake_clouds import DeployedShop


@BOTH
def test_an_order_is_shipped_and_two_emails_are_sent(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool
) -> None:
    page, email = open_page(javascript=javascript), f"ada.js{javascript}@example.com".lower()
    page.goto("/")
    page.get_by_role("link", name="Tarn Vase").first.click()
    click_add_to_cart(page)
    page.goto("/cart")
    page.get_by_role("link", name="Checkout").first.click()
    fill_in_checkout(page, email)
    page.get_by_role("button", name="Pay €73.90").click()

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    expect(page.locator("#status-line")).to_contain_text(
        re.compile("on its way", re.I), timeout=ORDER_TIMEOUT
    )

    page.goto(f"{stocked_shop.url}/console?to={email}")
    for subject in ("order", "way"):
        expect(page.get_by_text(re.compile(subject, re.I)).first).to_be_visible(
            timeout=ORDER_TIMEOUT
        )


@BOTH
def test_a_declined_card_offers_another_payment(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)

    buy(page, "declined@example.com", "Declined by the bank")

    again = page.get_by_role("button", name=re.compile("another payment", re.I))
    expect(again).to_be_visible(timeout=ORDER_TIMEOUT)
    again.click()
    expect(page).to_have_url(re.compile("/checkout#declined$"))
    expect(page.get_by_role("button", name="Pay €29.90")).to_be_visible()


@BOTH
def test_form_input_is_kept_when_validation_fails(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in_checkout(page, "not an address")
    page.get_by_role("button", name=re.compile("^Pay ")).click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("not an address")
    expect(page.locator("#street")).to_have_value("1 Sternstraße")
    expect(page.locator("#email-error")).to_be_visible()


@BOTH
def test_a_cart_line_is_removed(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    add_to_cart(page, "harbour-mug")
    add_to_cart(page, "moon-vase")

    page.goto("/cart")
    page.get_by_role("button", name=re.compile("^Remove.*Moon Vase", re.I)).click()

    expect(page.get_by_role("link", name="Moon Vase")).to_have_count(0)
    expect(page.get_by_role("link", name="Harbour Mug").first).to_be_visible()


def test_a_double_click_on_pay_places_one_order(open_page: OpenPage) -> None:
    page = open_page()
    add_to_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in_checkout(page, "twice@example.com")

    page.get_by_role("button", name=re.compile("^Pay ")).dblclick()

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=ORDER_TIMEOUT)


def test_another_visitor_cannot_see_an_order(open_page: OpenPage) -> None:
    page = open_page()
    buy(page, "private@example.com")
    address = page.url

    other_visitor = open_page(javascript=False)
    response = other_visitor.request.get(address)

    assert response.status == 404
    assert "private@example.com" not in response.text()


def test_a_guest_opens_the_order_by_the_signed_link_in_the_email(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page()
    buy(page, "guest@example.com")
    address = page.url

    reader = open_page(javascript=False)
    reload_until(reader, "/console?to=guest@example.com", ".emails a")
    reader.locator(".emails a").first.click()
    link = re.search(rf"{re.escape(address)}\?key=\S+", reader.content())

    assert link, "the email has no link to its order"
    reader.goto(link[0].split('"')[0].replace("&amp;", "&"))
    expect(reader).to_have_url(address)
    expect(reader.get_by_role("heading", level=1)).to_be_visible()
