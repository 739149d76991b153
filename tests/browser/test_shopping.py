"""Somebody comes to the shop, buys, watches the order, and reads the letters."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.fake_clouds import RunningShop

SOON = 20_000  # milliseconds: a cold function may take its time on a small machine
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JS", "without JS"])


def put_in_the_cart(page: Page, slug: str) -> None:
    page.goto(f"/products/{slug}")
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_load_state("networkidle")


def fill_in(page: Page, email: str, method: str = "Succeeds") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.locator("#street").fill("1 Sternstraße")
    page.locator("#postal_code").fill("10115")
    page.locator("#city").fill("Berlin")
    page.get_by_label(method, exact=True).check()


def buy(page: Page, email: str, method: str = "Succeeds", slug: str = "harbour-mug") -> None:
    put_in_the_cart(page, slug)
    page.goto("/checkout")
    fill_in(page, email, method)
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))


@BOTH
def test_a_first_order_is_shipped_and_its_two_letters_are_in_the_mailbox(
    open_page: OpenPage, stocked_shop: RunningShop, javascript: bool
) -> None:
    page, email = open_page(javascript=javascript), f"ada.js{javascript}@example.com".lower()
    page.goto("/")
    page.get_by_role("link", name="Tarn Vase").first.click()
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_load_state("networkidle")
    page.goto("/cart")
    page.get_by_role("link", name="Checkout").first.click()
    fill_in(page, email)
    page.get_by_role("button", name="Pay €73.90").click()

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        re.compile("on its way|shipped", re.I), timeout=SOON
    )

    page.goto(f"{stocked_shop.url}/console?to={email}")
    for subject in ("order", "way"):
        expect(page.get_by_text(re.compile(subject, re.I)).first).to_be_visible(timeout=SOON)


@BOTH
def test_a_declined_order_says_so_and_offers_another_way_to_pay(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)

    buy(page, "declined@example.com", "Declined by the bank")

    again = page.get_by_role("button", name=re.compile("another payment", re.I))
    expect(again).to_be_visible(timeout=SOON)
    again.click()
    expect(page).to_have_url(re.compile("/checkout$"))
    expect(page.get_by_role("button", name="Pay €29.90")).to_be_visible()


@BOTH
def test_what_was_typed_stays_when_something_is_wrong(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in(page, "not an address")
    page.get_by_role("button", name=re.compile("^Pay ")).click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("not an address")
    expect(page.locator("#street")).to_have_value("1 Sternstraße")
    expect(page.locator("#email-error")).to_be_visible()


@BOTH
def test_lines_of_the_cart_are_changed_and_removed(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    put_in_the_cart(page, "harbour-mug")
    put_in_the_cart(page, "moon-vase")

    page.goto("/cart")
    page.get_by_role("button", name=re.compile("^Remove.*Moon Vase", re.I)).click()

    expect(page.get_by_role("link", name="Moon Vase")).to_have_count(0)
    expect(page.get_by_role("link", name="Harbour Mug").first).to_be_visible()


def test_pressing_pay_twice_buys_once(open_page: OpenPage) -> None:
    page = open_page()
    put_in_the_cart(page, "harbour-mug")
    page.goto("/checkout")
    fill_in(page, "twice@example.com")

    page.get_by_role("button", name=re.compile("^Pay ")).dblclick()

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{26}$"), timeout=SOON)


def test_a_stranger_sees_nothing_of_an_order(open_page: OpenPage) -> None:
    page = open_page()
    buy(page, "private@example.com")
    address = page.url

    stranger = open_page(javascript=False)
    answer = stranger.request.get(address)

    assert answer.status == 404
    assert "private@example.com" not in answer.text()


def test_a_guest_comes_back_by_the_link_in_the_letter(
    open_page: OpenPage, stocked_shop: RunningShop
) -> None:
    page = open_page()
    buy(page, "guest@example.com")
    address = page.url

    reader = open_page(javascript=False)
    reader.goto("/console?to=guest@example.com")
    reader.wait_for_timeout(3000)
    reader.reload()
    reader.get_by_role("link", name=re.compile("order", re.I)).first.click()
    link = re.search(rf"{re.escape(address)}\?key=\S+", reader.content())

    assert link, "the letter has no link to its order"
    reader.goto(link[0].split('"')[0].replace("&amp;", "&"))
    expect(reader).to_have_url(address)
    expect(reader.get_by_role("heading", level=1)).to_be_visible()
