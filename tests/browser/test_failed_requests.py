"""A request that fails shows a toast inside the window, and "Retry" repeats it."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.checks.stillness import assert_in_view, nothing_moves, scroll_to, settle
from tests.browser.conftest import NARROW, Visit

STATUSES = (403, 409, 422, 429, 500, 502, 503)
OFFLINE = 0
WIDTHS = (360, 820, 1440)


def break_requests(page: Page, status: int) -> None:
    """Answer every request of htmx like a proxy in front of the shop, or not at all."""

    def answer(route: Route) -> None:
        if "hx-request" not in route.request.headers:
            route.continue_()
        elif status == OFFLINE:
            route.abort("internetdisconnected")
        else:
            route.fulfill(status=status, body="<h1>Proxy error</h1>", content_type="text/html")

    page.route("**/*", answer)


def mend_requests(page: Page) -> None:
    page.unroute("**/*")


def assert_toast_and_retry(page: Page, control: Locator) -> None:
    """The toast is in view, the foreign error page is not; "Retry" works after the mend."""
    toast = page.locator("#toast")
    expect(toast).to_be_visible()
    settle(page)
    assert_in_view(toast)
    expect(toast.locator("#toast-message")).to_have_text(re.compile(r"\w+"))
    expect(page.get_by_text("Proxy error")).to_have_count(0)
    mend_requests(page)
    toast.get_by_role("button", name="Erneut versuchen").click()
    expect(toast).to_be_hidden()
    settle(page)


@pytest.mark.parametrize("status", [OFFLINE, *STATUSES])
def test_failed_add_to_cart_is_retried_from_a_toast(visit: Visit, status: int) -> None:
    page = visit(360, "/products/tarn-vase")
    add = page.locator(".add-to-cart button")
    scroll_to(page.locator(".facts"), share=0.3)
    break_requests(page, status)

    with nothing_moves(page, add, focus=add):
        add.click()
        expect(page.locator("#toast")).to_be_visible()
    assert_toast_and_retry(page, add)

    expect(page.locator("#cart-drawer")).to_be_visible()
    expect(page.locator("#cart-drawer .lines li")).to_have_count(1)


@pytest.mark.parametrize("width", WIDTHS)
def test_each_kind_of_action_is_retried_from_a_toast(visit: Visit, width: int) -> None:
    page = visit(width, "/products/tarn-vase")
    swatch = page.locator(".swatch").nth(1)
    break_requests(page, 503)
    swatch.click()
    assert_toast_and_retry(page, swatch)
    expect(page.locator(".swatches legend")).to_contain_text("Hafer")

    page.goto("/products")
    more = page.locator("#pagination .button")
    break_requests(page, OFFLINE)
    more.click()
    assert_toast_and_retry(page, more)
    expect(page.locator("#cards > li")).to_have_count(20)

    if width <= NARROW:
        page.locator("[popovertarget=filters].button").click()
    break_requests(page, 500)
    page.locator("#colour-2").check()
    assert_toast_and_retry(page, page.locator("#colour-2"))
    expect(page).to_have_url(re.compile("colour=Oat"))


@pytest.mark.parametrize("width", WIDTHS)
def test_failed_change_of_the_cart_is_reverted_and_retried(visit: Visit, width: int) -> None:
    page = visit(width, "/products/tarn-vase", "MUG-BLUE")
    page.locator(".add-to-cart button").click()
    cart_drawer = page.locator("#cart-drawer")
    increase = cart_drawer.locator("[data-step='1']").first
    count = cart_drawer.locator("[data-count]").first
    expect(increase).to_be_visible()
    settle(page)

    break_requests(page, 503)
    increase.click()
    expect(page.locator("#toast")).to_be_visible()
    expect(count).to_have_text("2")  # nothing has changed
    assert_toast_and_retry(page, increase)
    expect(count).to_have_attribute("data-count", "3")

    page.context.set_offline(True)
    increase.click()
    expect(page.locator("#toast")).to_contain_text("offline")
    assert_in_view(page.locator("#toast"))
    page.keyboard.press("Tab")
    page.context.set_offline(False)
    page.locator("#toast").get_by_role("button", name="Schließen").click()
    expect(page.locator("#toast")).to_be_hidden()
    cart_drawer.locator("form[method=dialog] button").first.click()
    expect(cart_drawer).to_be_hidden()


def test_error_of_the_shop_itself_is_shown_with_its_own_words(visit: Visit) -> None:
    page = visit(360, "/cart", "MUG-BLUE")
    page.locator("form.stepper").evaluate("it => { it.dataset.max = 99 }")
    page.evaluate("document.querySelector('[data-step=\"1\"]').dataset.step = 50")

    page.locator("[data-step='50']").click()

    expect(page.locator("#toast")).to_contain_text("höchstens 10")
    assert_in_view(page.locator("#toast"))
    expect(page.locator("[data-count]")).to_have_text("2")


def test_cart_drawer_works_as_pages_without_javascript(visit: Visit) -> None:
    page = visit(360, "/products/tarn-vase", javascript=False)
    page.locator(".add-to-cart button").click()
    expect(page).to_have_url(re.compile("/cart$"))
    page.locator(".stepper .link").click()
    page.get_by_role("button", name="Rückgängig").click()

    expect(page.locator(".lines li")).to_have_count(1)
