"""Header, first screen, 400 % zoom and styles of the storefront, at the widths of real screens."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from infra.local.cloud import LocalCloud
from tests.browser.checks.unstyled import classes_without_rule
from tests.browser.conftest import Visit

WIDTHS = (320, 360, 390, 768, 820, 1024, 1440)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll(".site-header > *")]
        .map((it) => it.getBoundingClientRect()).filter((it) => it.width);
    const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return boxes.some((a, i) => boxes.slice(i + 1).some((b) => overlap(a, b)));
}"""


def height(locator: Locator) -> float:
    return float(locator.evaluate("it => it.getBoundingClientRect().height"))


@pytest.mark.parametrize("width", WIDTHS)
def test_header_fits_and_links_to_the_account(visit: Visit, width: int) -> None:
    page = visit(width, "/products")

    assert page.evaluate(OVERLAPS) is False
    assert page.evaluate(OVERFLOW) == 0
    assert height(page.locator(".site-header nav")) <= 50, "the categories wrap"
    assert height(page.locator(".site-header")) <= 110
    expect(page.get_by_role("link", name="Anmelden").first).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Warenkorb").first).to_be_in_viewport(ratio=1)


def test_header_names_the_customer_who_is_signed_in(visit: Visit, storefront: LocalCloud) -> None:
    page = visit(320, "/")
    token = new_session_token()
    start_session(visitor_id_of(token), "ada@example.com", now=datetime.now(UTC))
    cookies = {"visitor": token, "known": "1"}
    page.context.add_cookies(
        [{"name": name, "value": it, "url": storefront.shop_url} for name, it in cookies.items()]
    )
    page.reload()

    account = page.locator(".account-link")
    expect(account.locator(".signed-in")).to_be_visible()
    assert account.inner_text().replace("\n", "").endswith("angemeldet als ada@example.com")
    expect(account).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("width", "screen"), [(320, 568), (360, 640), (390, 844)])
def test_first_screen_of_a_product_on_a_phone_has_name_and_price(
    visit: Visit, width: int, screen: int
) -> None:
    page = visit(width, "/products/tarn-vase", height=screen)

    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    expect(page.locator(".cost")).to_be_in_viewport(ratio=1)
    expect(page.locator(".slides img").first).to_be_in_viewport(ratio=0.3)
    page.evaluate("scrollBy(0, 300)")
    expect(page.locator(".bar-title")).to_be_in_viewport(ratio=1)
    expect(page.locator(".bar-title")).to_have_text("Tarn-Vase 68,00\xa0€")


@pytest.mark.parametrize(("width", "screen"), [(1280, 720), (1440, 900), (1920, 1080)])
def test_product_image_is_whole_on_a_desktop(visit: Visit, width: int, screen: int) -> None:
    page = visit(width, "/products/tarn-vase", height=screen)

    image = page.locator(".slides img").first
    shown = image.evaluate("it => it.clientHeight / it.clientWidth")
    stored = image.evaluate("it => it.naturalHeight / it.naturalWidth")
    assert shown == pytest.approx(stored, abs=0.01)
    expect(image).to_be_in_viewport(ratio=0.99)


@pytest.mark.parametrize("path", ["/", "/products", "/products/untersetzerhalterung", "/cart"])
def test_zoom_of_400_percent_leaves_room_for_the_page(visit: Visit, path: str) -> None:
    page = visit(320, path, height=256)

    assert height(page.locator(".site-header")) <= 110
    page.evaluate("scrollBy(0, 400)")
    stuck = page.evaluate("""() => [...document.querySelectorAll("body *")]
        .filter((it) => ["fixed", "sticky"].includes(getComputedStyle(it).position))
        .filter((it) => it.checkVisibility() && it.getBoundingClientRect().top < innerHeight)
        .map((it) => it.className)""")
    assert [name for name in stuck if name] == []
    assert page.evaluate(OVERFLOW) == 0


PAGES = (
    *("/", "/products", "/products?colour=Oat&price_min=1.234", "/search?q=vase", "/search?q=zzz"),
    *("/products/tarn-vase", "/products/harbour-mug?sku=MUG-RUST", "/cart", "/checkout"),
    *("/sign-in", "/find-order", "/orders", "/no-such-page"),
)


def test_every_class_of_a_page_has_a_rule_in_its_own_style_sheets(visit: Visit) -> None:
    page = visit(390, "/products/tarn-vase", "MUG-BLUE")
    page.locator(".add-to-cart button").click()
    page.locator(".cart-drawer-content").wait_for()
    missing = {"cart drawer": classes_without_rule(page)}

    for path in PAGES:
        page.goto(path)
        missing[path] = classes_without_rule(page)

    assert {path: names for path, names in missing.items() if names} == {}


def test_class_without_a_rule_is_found(visit: Visit) -> None:
    page = visit(390, "/sign-in")
    page.evaluate("document.querySelector('main').classList.add('bulk-bar')")

    assert classes_without_rule(page) == {"bulk-bar"}


def test_button_below_the_cards_of_the_home_page_has_room(visit: Visit) -> None:
    page: Page = visit(390, "/")

    bottom = page.locator(".product-grid").evaluate("it => it.getBoundingClientRect().bottom")
    top = page.locator(".view-all .button").evaluate("it => it.getBoundingClientRect().top")
    assert top - bottom >= 16
