"""Somebody looks around: narrows the shelf down, searches, and looks at pictures closely."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JS", "without JS"])
PHONE = 360


def cards(page: Page) -> list[str]:
    return page.locator("#cards .title").all_inner_texts()


def show_results(page: Page, *, javascript: bool) -> None:
    """With scripts they are there already; without, a button fetches them."""
    if not javascript:
        page.get_by_role("button", name="Show results").click()


@BOTH
def test_the_shelf_is_narrowed_down_and_widened_again(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.goto("/shelf?category=Tableware")

    page.get_by_label("Rust").check()
    show_results(page, javascript=javascript)
    expect(page.locator("#count")).to_have_text("1 of 7 pieces.")
    page.get_by_label("In stock only").check()
    show_results(page, javascript=javascript)
    expect(page.get_by_role("heading", name="Nothing here is all of that.")).to_be_visible()
    assert "colour=Rust" in page.url
    assert "in_stock=yes" in page.url

    page.get_by_role("link", name="Remove Rust").click()
    expect(page.get_by_label("Rust")).not_to_be_checked()
    page.get_by_role("link", name="Clear all").first.click()
    expect(page.locator("#count")).to_have_text("7 pieces on this shelf.")
    expect(page).to_have_url(re.compile(r"/shelf\?category=Tableware$"))


@BOTH
def test_a_price_that_cannot_be_read_is_said_beside_the_field(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.goto("/shelf")

    page.get_by_label("From").fill("1.5")
    page.get_by_label("From").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Please write it like 48.00")
    expect(page.get_by_label("From")).to_have_value("1.5")


@BOTH
def test_pieces_are_sorted_by_price(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/shelf?category=Vases")

    page.get_by_label("Sort by").select_option("Price, low to high")
    if not javascript:
        page.get_by_role("button", name="Sort").click()

    expect(page).to_have_url(re.compile("sort=price-up"))
    expect(page.locator("#cards .title").first).to_have_text("Reed Bud Vases, set of three")


def test_the_control_in_use_keeps_the_focus_and_back_undoes_the_filter(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto("/shelf")

    page.get_by_label("Oat").focus()
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_have_text("2 of 19 pieces.")
    expect(page.get_by_label("Oat")).to_be_focused()

    page.go_back()
    expect(page.locator("#count")).to_have_text("19 pieces on this shelf.")
    expect(page.get_by_label("Oat")).not_to_be_checked()


def test_more_pieces_are_hung_below_and_the_address_stays(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/shelf?sort=price-up")
    address = page.url

    page.get_by_role("link", name="Load 7 more").click()

    expect(page.locator("#cards > li")).to_have_count(19)
    expect(page.get_by_role("link", name="Tarn Vase")).to_have_count(1)
    expect(page.locator("#cards > li").nth(12).get_by_role("link")).to_be_focused()
    assert page.url == address


def test_without_scripts_links_lead_to_the_other_pages(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto("/shelf")

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Page 2").click()

    assert len(cards(page)) == 7


@BOTH
def test_on_a_phone_the_filters_lie_in_a_sheet(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript, width=PHONE)
    page.goto("/shelf")
    expect(page.get_by_label("Oat")).to_be_hidden()

    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Oat").check()
    page.get_by_role("button", name=f"Show {'2 ' if javascript else ''}results").click()

    expect(page.get_by_label("Oat")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("2 of 19 pieces.")
    page.wait_for_load_state()  # with its styles
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


@BOTH
def test_what_is_wrong_is_said_on_a_phone_when_the_sheet_is_away(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript, width=PHONE)
    page.goto("/shelf?in_stock=yes")

    page.get_by_role("button", name="Filter").click()
    page.get_by_label("From").fill("1.5")
    page.get_by_role("button", name=re.compile("^Show ")).click()

    expect(page.locator(".found").get_by_role("alert")).to_contain_text("like 48.00")


@BOTH
def test_a_search_leads_to_pieces(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/")

    page.get_by_label("Search the shop").fill("pitcher")
    page.get_by_label("Search the shop").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("“pitcher”")
    expect(page.locator("#cards").get_by_role("link", name="Kelp Pitcher")).to_be_visible()


@BOTH
def test_a_search_for_nothing_we_have_helps_on(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/search?q=embr+bowl")

    page.get_by_role("link", name="ember bowl").click()

    expect(page.locator("#cards").get_by_role("link", name="Ember Bowl")).to_be_visible()


def test_suggestions_are_walked_through_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")

    field.press_sequentially("vase")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#said")).to_have_text(f"{options.count()} suggestions")

    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-2")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")

    field.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("vase")

    field.press("ArrowDown")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page).to_have_url(re.compile("/products/.*vase"))


def test_only_the_last_of_quick_keys_is_asked_for(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "/search" in it.url else None)

    page.get_by_role("combobox").press_sequentially("lamp", delay=20)
    expect(page.get_by_role("option", name="Halo Lamp")).to_be_visible()

    assert [url.partition("q=")[2] for url in asked] == ["lamp"]


@BOTH
def test_pictures_open_large_and_lead_to_each_other(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/products/tarn-vase")

    page.get_by_role("button", name="Enlarge picture 1 of 4").click()
    lightbox = page.get_by_role("dialog", name="Pictures of Tarn Vase")
    expect(lightbox.get_by_text("Picture 1 of 4").first).to_be_in_viewport()
    lightbox.get_by_role("link", name="Next picture").first.click()
    expect(page.locator("#large-2")).to_be_in_viewport()

    lightbox.get_by_role("button", name="Close the pictures").click()
    expect(lightbox).to_be_hidden()


def test_pictures_are_walked_through_by_keyboard_and_told(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")
    page.wait_for_load_state("networkidle")

    page.get_by_role("button", name="Enlarge picture 1 of 4").focus()
    page.keyboard.press("Enter")
    lightbox = page.get_by_role("dialog", name="Pictures of Tarn Vase")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
    expect(lightbox.get_by_role("status")).to_have_text("Picture 3 of 4")

    page.keyboard.press("Escape")
    expect(lightbox).to_be_hidden()
    expect(page.get_by_role("button", name="Enlarge picture 1 of 4")).to_be_focused()


def test_the_picture_that_is_looked_at_stands_in_the_address(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")

    page.get_by_role("link", name=re.compile("^Picture 3 of 4")).click()
    expect(page).to_have_url(re.compile("#picture-3$"))

    page.reload()
    expect(page.locator("#picture-3")).to_be_in_viewport(ratio=0.5)


def test_on_a_phone_the_way_into_the_cart_is_always_at_hand(open_page: OpenPage) -> None:
    page = open_page(width=PHONE)
    page.goto("/products/harbour-mug")

    expect(page.get_by_role("button", name="Add to cart")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
