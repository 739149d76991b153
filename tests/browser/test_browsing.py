"""A visitor filters and sorts products, searches, and opens images."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import BOTH
from tests.browser.checks.browser import PHONE
from tests.browser.conftest import OpenPage


def cards(page: Page) -> list[str]:
    return page.locator("#cards .title").all_inner_texts()


def show_results(page: Page, *, javascript: bool) -> None:
    """With JavaScript the results update by themselves; without, a button submits the form."""
    if not javascript:
        page.get_by_role("button", name="Show results").click()


@BOTH
def test_filters_are_applied_and_removed(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/products?category=Tableware")

    page.get_by_label("Rust").check()
    show_results(page, javascript=javascript)
    expect(page.locator("#count")).to_have_text("1 of 7 products")
    page.get_by_label("In stock only").check()
    show_results(page, javascript=javascript)
    expect(page.get_by_role("heading", name="No products match these filters.")).to_be_visible()
    assert "colour=Rust" in page.url
    assert "in_stock=yes" in page.url

    page.get_by_role("link", name="Remove Rust").click()
    expect(page.get_by_label("Rust")).not_to_be_checked()
    page.get_by_role("link", name="Clear all").first.click()
    expect(page.locator("#count")).to_have_text("7 products")
    expect(page).to_have_url(re.compile(r"/products\?category=Tableware$"))


@BOTH
def test_an_invalid_price_filter_shows_an_error(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/products")

    page.get_by_label("From").fill("1.234")
    page.get_by_label("From").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Enter 1234.00 or 1.23")
    expect(page.get_by_label("From")).to_have_value("1.234")


@BOTH
def test_products_are_sorted_by_price(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/products?category=Vases")

    page.get_by_label("Sort by").select_option("Price, low to high")
    if not javascript:
        page.get_by_role("button", name="Sort").click()

    expect(page).to_have_url(re.compile("sort=price-up"))
    expect(page.locator("#cards .title").first).to_have_text("Reed Bud Vases, set of three")


def test_a_filter_keeps_the_focus_and_back_removes_it(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto("/products")

    page.get_by_label("Oat").focus()
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_have_text("5 of 19 products")
    expect(page.get_by_label("Oat")).to_be_focused()

    page.go_back()
    expect(page.locator("#count")).to_have_text("19 products")
    expect(page.get_by_label("Oat")).not_to_be_checked()


def test_load_more_appends_products_and_keeps_them_in_the_url(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products?sort=price-up")

    page.get_by_role("link", name="Load 7 more").click()

    expect(page.locator("#cards > li")).to_have_count(19)
    expect(page.get_by_role("link", name="Tarn Vase")).to_have_count(1)
    expect(page.locator("#cards > li").nth(12).get_by_role("link")).to_be_focused()
    assert page.url.endswith("/products?sort=price-up&page=2&start=1")
    page.reload()
    expect(page.locator("#cards > li")).to_have_count(19)


def test_without_javascript_pagination_has_links(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto("/products")

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Page 2").click()

    assert len(cards(page)) == 7


@BOTH
def test_on_a_phone_filters_are_in_a_sheet(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript, width=PHONE)
    page.goto("/products")
    expect(page.get_by_label("Oat")).to_be_hidden()

    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Oat").check()
    page.get_by_role("button", name=f"Show {'5 ' if javascript else ''}results").click()

    expect(page.get_by_label("Oat")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("5 of 19 products")
    page.wait_for_load_state()  # including its style sheets
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


@BOTH
def test_on_a_phone_a_filter_error_shows_after_the_sheet_closes(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript, width=PHONE)
    page.goto("/products?in_stock=yes")

    page.get_by_role("button", name="Filters").click()
    page.get_by_label("From").fill("1.234")
    page.get_by_role("button", name=re.compile("^Show .*results")).click()

    expect(page.locator(".results").get_by_role("alert")).to_contain_text("1234.00")


@BOTH
def test_search_finds_products(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/")

    page.get_by_label("Search the shop").fill("pitcher")
    page.get_by_label("Search the shop").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("“pitcher”")
    expect(page.locator("#cards").get_by_role("link", name="Kelp Pitcher")).to_be_visible()


@BOTH
def test_misspelled_search_is_corrected_at_once(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/search?q=embr+bowl")

    expect(page.locator("#cards").get_by_role("link", name="Ember Bowl")).to_be_visible()
    page.get_by_role("link", name="Search instead for").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("No results for “embr bowl”")


def test_search_suggestions_are_used_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")

    field.press_sequentially("vase")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#announcement")).to_have_text(f"{options.count()} suggestions")

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


def test_last_suggestion_opens_all_results(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")

    field.press_sequentially("mugs")
    expect(page.get_by_role("option", name=re.compile("See all [0-9]+ results"))).to_be_visible()
    field.press("ArrowUp")
    field.press("Enter")

    expect(page).to_have_url(re.compile(r"/search\?q=mugs"))


def test_quick_typing_sends_one_suggestion_request(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    urls: list[str] = []
    page.on("request", lambda it: urls.append(it.url) if "/search" in it.url else None)

    page.get_by_role("combobox").press_sequentially("lamp", delay=20)
    expect(page.get_by_role("option", name="Halo Lamp")).to_be_visible()

    assert [url.partition("q=")[2] for url in urls] == ["lamp"]


@BOTH
def test_the_lightbox_links_to_the_next_image(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/products/tarn-vase")

    page.get_by_role("button", name="Enlarge image 1 of 5").click()
    lightbox = page.get_by_role("dialog", name="Images of Tarn Vase")
    expect(lightbox.get_by_text("Image 1 of 5").first).to_be_in_viewport()
    lightbox.get_by_role("link", name="Next image").first.click()
    expect(page.locator("#large-2")).to_be_in_viewport()

    lightbox.get_by_role("button", name="Close gallery").click()
    expect(lightbox).to_be_hidden()


def test_the_lightbox_is_used_by_keyboard_and_announces_the_image(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")

    page.get_by_role("button", name="Enlarge image 1 of 5").focus()
    page.keyboard.press("Enter")
    lightbox = page.get_by_role("dialog", name="Images of Tarn Vase")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(lightbox.get_by_role("status")).to_have_text("Image 3 of 5")

    page.keyboard.press("Escape")
    expect(lightbox).to_be_hidden()
    expect(page.get_by_role("button", name="Enlarge image 1 of 5")).to_be_focused()


# Each press falls into another part of the smooth scroll that the one before has started.
@pytest.mark.parametrize("milliseconds", [0, 60, 120])
def test_the_gallery_loses_no_arrow_key_during_a_smooth_scroll(
    open_page: OpenPage, milliseconds: int
) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")

    page.locator(".slides").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key, delay=milliseconds)

    expect(page).to_have_url(re.compile("#image-3$"))
    expect(page.locator("#image-3")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("link", name=re.compile("^Image 3 of 5"))).to_have_attribute(
        "aria-current", "true"
    )


def test_the_gallery_loses_no_arrow_key_after_a_click_on_a_thumbnail(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")

    page.get_by_role("link", name=re.compile("^Image 4 of 5")).click()
    page.locator(".slides").focus()
    page.keyboard.press("ArrowLeft")

    expect(page).to_have_url(re.compile("#image-3$"))


def test_quick_clicks_on_the_next_image_link_all_count(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Enlarge image 1 of 5").click()
    lightbox = page.get_by_role("dialog", name="Images of Tarn Vase")
    following = lightbox.get_by_role("link", name="Next image").first

    for _ in range(3):
        following.dispatch_event("click")

    expect(lightbox.get_by_role("status")).to_have_text("Image 4 of 5")


def test_the_current_image_is_in_the_url(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/products/tarn-vase")

    page.get_by_role("link", name=re.compile("^Image 3 of 5")).click()
    expect(page).to_have_url(re.compile("#image-3$"))

    page.reload()
    expect(page.locator("#image-3")).to_be_in_viewport(ratio=0.5)


def test_on_a_phone_add_to_cart_stays_in_view(open_page: OpenPage) -> None:
    page = open_page(width=PHONE)
    page.goto("/products/harbour-mug")

    expect(page.get_by_role("button", name="Add to cart")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
