"""Nothing moves under a finger: each interaction starts on a scrolled page with long German texts.

Scroll position, focus and width of the page stay, and a message is inside the viewport.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks.stillness import assert_in_view, nothing_moves, scroll_to, settle, top_of
from tests.browser.conftest import NARROW, Visit

WIDTHS = (320, 360, 390, 768, 820, 1440)
EMAIL = "maximiliane.hohenstein-wallburg@example.com"
NAME = "Prof. Dr. Maximiliane Charlotte Freifrau von Hohenstein-Wall"
LINES = ("STECKDOSE-1", "MUG-BLUE", "TARN-TEAL", "FELL-BOTTLE", "EMBER-BOWL")
PRODUCT = "/products/untersetzerhalterung"

every_width = pytest.mark.parametrize("width", WIDTHS)


def press(control: Locator, width: int) -> None:
    if width < NARROW:
        control.tap()
    else:
        control.click()


@every_width
def test_a_variant_is_chosen_in_place(visit: Visit, width: int) -> None:
    page = visit(width, PRODUCT)
    page.locator("[name=quantity]").select_option("3")
    shipping = page.locator(".facts details").nth(1)
    shipping.locator("summary").click()
    swatches = page.locator(".swatch")
    scroll_to(swatches.last, share=0.4)

    for number in (1, 2, 0):
        chosen = swatches.nth(number)
        with nothing_moves(page, chosen, focus=chosen.locator("input")):
            press(chosen, width)
        expect(page).to_have_url(re.compile(f"sku=STECKDOSE-{number + 1}$"))
        expect(chosen.locator("input")).to_be_checked()

    expect(page.locator("[name=quantity]")).to_have_value("3")
    expect(shipping).to_have_attribute("open", "")


@every_width
def test_the_gallery_moves_only_its_images(visit: Visit, width: int) -> None:
    page = visit(width, "/products/tarn-vase")
    thumbnail = page.locator(".thumbs a").nth(2)
    scroll_to(thumbnail)

    with nothing_moves(page, thumbnail):
        press(thumbnail, width)
        expect(page.locator("#image-3")).to_be_in_viewport(ratio=0.3)
    slides = page.locator(".slides")
    slides.evaluate("it => it.focus({ preventScroll: true })")
    with nothing_moves(page, slides, focus=slides):
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#image-2")).to_be_in_viewport(ratio=0.3)
    enlarge = page.locator(".enlarge").nth(1)
    scroll_to(slides, share=0.1)
    with nothing_moves(page, slides, focus=enlarge):
        press(enlarge, width)
        expect(page.locator("#large-2")).to_be_in_viewport()
        page.keyboard.press("Escape")
    swatch = page.locator(".swatch").nth(2)
    scroll_to(swatch)
    with nothing_moves(page, swatch, focus=swatch.locator("input")):
        press(swatch, width)
    assert slides.evaluate("it => it.scrollLeft") == 0, "the chosen variant's image is hidden"


@every_width
def test_the_cart_drawer_changes_lines_in_place(visit: Visit, width: int) -> None:
    page = visit(width, PRODUCT, *LINES[1:])
    add = page.locator(".add-to-cart button")
    scroll_to(page.locator(".facts"), share=0.3)
    if width >= 736:  # phones keep the button on the screen
        scroll_to(add, share=0.6)
    cart_drawer = page.locator("#cart-drawer")

    with nothing_moves(page, add, focus=add):
        press(add, width)
        expect(cart_drawer).to_be_visible()
        settle(page)
        assert_in_view(cart_drawer.locator("h2"))
        assert_in_view(cart_drawer.locator("#line-STECKDOSE-1 h3"))
        _change_lines(page, cart_drawer, width)
        press(cart_drawer.locator("form[method=dialog] button"), width)
        expect(cart_drawer).to_be_hidden()


def _change_lines(page: Page, lines: Locator, width: int) -> None:
    """Increase, decrease and remove the fourth line, and undo."""
    increase = lines.locator("[data-step='1']").nth(3)
    increase.scroll_into_view_if_needed()
    settle(page)
    decrease = lines.locator("[data-step='-1']").nth(3)
    for button, quantity in ((increase, "3"), (increase, "4"), (decrease, "3")):
        with nothing_moves(page, button, focus=button):
            press(button, width)
            expect(lines.locator("[data-count]").nth(3)).to_have_attribute("data-count", quantity)

    remove = lines.locator("button[value='0']").nth(3)
    above = lines.locator(".lines li").nth(2)
    with nothing_moves(page, above):
        press(remove, width)
        notice = lines.locator(".undo")
        expect(notice).to_be_visible()
    settle(page)
    assert_in_view(notice)
    expect(lines.locator(".undo:focus-within, .undo:focus")).to_have_count(1)
    with nothing_moves(page, above):
        press(notice.locator("button"), width)
        expect(lines.locator(".lines li")).to_have_count(5)


@every_width
def test_the_cart_changes_lines_in_place(visit: Visit, width: int) -> None:
    page = visit(width, "/cart", *LINES)
    scroll_to(page.locator("[data-step='1']").nth(3))

    _change_lines(page, page.locator("#cart"), width)


@every_width
def test_filters_and_sorting_change_the_list_in_place(visit: Visit, width: int) -> None:
    page = visit(width, "/products")
    sort = page.locator("#sort")
    scroll_to(sort, share=0.2)
    with nothing_moves(page, sort):
        sort.select_option("price-up")
        expect(page).to_have_url(re.compile("sort=price-up"))

    tick = page.locator(".tick:has(#colour-2)")
    if width <= NARROW:
        page.locator("[popovertarget=filters].button").click()
        settle(page)
    else:
        scroll_to(page.locator("#cards > li").nth(9))
    tick.scroll_into_view_if_needed()
    for _ in range(2):
        with nothing_moves(page, tick, focus=page.locator("#colour-2")):
            press(tick, width)
            settle(page)
    price = page.locator("#price_min")
    price.scroll_into_view_if_needed()
    with nothing_moves(page, price, focus=price):
        price.fill("1.234")
        price.dispatch_event("change")
        page.wait_for_function("() => location.search.includes('1.234')")
    expect(page.locator("[role=alert]:visible")).to_have_count(1)
    assert_in_view(page.locator("[role=alert]:visible"))
    entries = page.evaluate("history.length")
    price.press("Enter")
    settle(page)
    expect(page.locator("[role=alert]:visible")).to_have_count(1)
    assert_in_view(page.locator("[role=alert]:visible"))
    assert page.evaluate("history.length") == entries, "the same address was pushed twice"


@every_width
def test_more_products_are_loaded_below_the_others(visit: Visit, width: int) -> None:
    page = visit(width, "/products")
    more = page.locator("#pagination .button")
    scroll_to(more, share=0.6)
    last = page.locator("#cards > li").nth(11)

    with nothing_moves(page, last):
        press(more, width)
        expect(page.locator("#cards > li")).to_have_count(20)
    expect(page.locator("#cards > li").nth(12).locator("a")).to_be_focused()

    place = top_of(last)
    assert "page=2" in page.url
    page.goto("/products/tarn-vase")
    page.go_back()
    expect(page.locator("#cards > li")).to_have_count(20)
    settle(page)
    assert abs(top_of(last) - place) <= 2


@every_width
def test_the_checkout_validates_and_changes_country_in_place(visit: Visit, width: int) -> None:
    page = visit(width, "/checkout", *LINES)
    email, name = page.locator("#email"), page.locator("#name")
    email.fill(EMAIL.replace("@", " at "))
    scroll_to(email, share=0.3)

    with nothing_moves(page, name, focus=name):
        press(name, width)
        expect(page.locator("#email-error")).to_be_visible()
    assert_in_view(page.locator("#email-error"))
    email.fill(EMAIL)
    name.fill(NAME)
    country = page.locator("#country")
    scroll_to(country)
    country.focus()
    with nothing_moves(page, country, focus=country):
        country.select_option("US")
        expect(page.locator("#region")).to_be_visible()
    expect(name).to_have_value(NAME)
    with nothing_moves(page, name, focus=name):
        press(name, width)  # the finished section above collapses
        expect(page.locator(".collapsed").first).to_be_visible()
    street = page.locator("#street")
    street.fill("Donaudampfschifffahrtsgesellschaftskapitänsmützenweg 127a")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@every_width
def test_a_rejected_sign_in_shows_its_message(visit: Visit, width: int) -> None:
    page = visit(width, "/sign-in")
    email = page.locator("#email")
    address = EMAIL.replace("maximiliane", f"maximilian{width}")  # each gets a few emails only
    email.evaluate("it => { it.type = 'text'; it.form.noValidate = true }")
    email.fill(EMAIL.replace("@", " at "))
    email.press("Enter")

    assert_in_view(page.locator("#email-error"))
    page.locator("#email").fill(address)
    page.locator("#email").press("Enter")
    expect(page.get_by_text(address)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == width
