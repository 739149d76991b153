"""The rows of the catalog of bad inputs that need several requests."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import MAX_QUANTITY_PER_LINE
from app.cart.models import load_cart
from app.catalog.catalog_cache import clear_cache
from app.catalog.models import Product
from app.customers.magic_links import LINKS_PER_NETWORK
from app.customers.models import sha256_hex
from app.lambda_handler import handler
from infra.local.cloud import LocalCloud
from tests.builders import a_product, sku_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import FRAGMENT_HEADERS, place_order, put_in_cart, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, emails_to
from tests.unit.app.web.test_lambda_handler import a_request

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}",
    '" hx-get="/admin" x="',
    "' onfocus=alert(1) autofocus='",
    "</script><script>alert(1)</script>",
)


def test_link_in_an_email_ignores_the_host_header(tables: LocalCloud, browser: TestClient) -> None:
    email = an_email()
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    browser.post("/sign-in", data={"email": email}, headers=forged)

    email_text = str(emails_to(tables, email))
    assert f"{tables.shop_url}/sign-in/" in email_text
    assert "evil.example" not in email_text


def test_rate_limit_ignores_spoofed_forwarding_headers(tables: LocalCloud) -> None:
    network = f"192.0.2.{ULID()}"  # the source address of API Gateway; unique to this test

    def request_link(number: int) -> int:
        event = a_request("/sign-in") | {"body": f"email={an_email()}"}
        event["requestContext"]["http"] |= {"method": "POST", "sourceIp": network}
        event["headers"] |= {
            "content-type": "application/x-www-form-urlencoded",
            "x-forwarded-for": f"203.0.113.{number}",
            "forwarded": f"for=203.0.113.{number}",
            "x-real-ip": f"203.0.113.{number}",
        }
        return int(handler(event, None)["statusCode"])

    answers = [request_link(n) for n in range(LINKS_PER_NETWORK.max_hits + 1)]

    assert answers == [200] * LINKS_PER_NETWORK.max_hits + [429]


def test_line_feeds_do_not_inject_log_lines(
    browser: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.get("/orders/%0a%7b%22log%22:%22forged%22%7d", headers={"User-Agent": "a\tb"})
    browser.post("/sign-in", data={"email": 'a\n{"log": "forged"}'})

    assert "forged" not in capsys.readouterr().err


def test_concurrent_additions_to_a_cart_keep_the_quantity_limit(
    browser: TestClient,
) -> None:
    product = a_product(quantity=50)
    put_in_cart(browser, product)
    token = browser.cookies["visitor"]

    def add(_: int) -> int:
        data = {"sku": sku_of(product), "quantity": "1"}
        return int(browser.post("/cart", data=data, headers=FRAGMENT_HEADERS).status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(add, range(20)))

    taken = 1 + answers.count(200)
    assert set(answers) <= {200, 422, 503}
    assert load_cart(sha256_hex(token)).count == min(taken, MAX_QUANTITY_PER_LINE)


def test_forged_form_fields_are_ignored_and_logged_without_their_values(
    browser: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    product = a_product(price=2_450)
    data = {"sku": sku_of(product), "price": "1", "user_id": "eve", "discount": "99"}

    browser.post("/cart", data=data)

    (line,) = load_cart(sha256_hex(browser.cookies["visitor"])).lines
    assert line.price == 2_450
    assert '"forged":"discount, price, user_id"' in capsys.readouterr().err


def test_cart_of_another_visitor_cannot_be_selected(
    browser: TestClient, another: TestClient
) -> None:
    product = a_product()
    put_in_cart(browser, product, 2)
    victim = sha256_hex(browser.cookies["visitor"])

    another.post(
        "/cart",
        data={"sku": sku_of(product), "visitor": victim, "cart_id": victim, "owner": victim},
    )

    assert load_cart(victim).count == 2


class MarkupReader(HTMLParser):
    """Collects elements and attributes as a browser parses them."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes_found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.attributes_found += [(tag, name, value) for name, value in attributes.items()]
        if (
            tag == "script"
            and "src" not in attributes
            and attributes.get("type") != "application/ld+json"
        ):
            self.attributes_found.append((tag, "onsight", ""))


def find_injected_markup(page: str) -> list[tuple[str, str, str]]:
    reader = MarkupReader()
    reader.feed(page)
    return [
        (tag, name, value)
        for tag, name, value in reader.attributes_found
        if name.startswith("on")
        or (name == "src" and value == "x")
        or (name == "hx-get" and value == "/admin")
        or value.strip().lower().startswith("javascript:")
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_stored_xss_payload_is_escaped_on_every_page(
    browser: TestClient, another: TestClient, payload: str
) -> None:
    product = a_product(title=payload)
    order_id = place_order(browser, product, name=payload, street=payload)
    put_in_cart(browser, product)
    merchant = sign_in_as(another, MERCHANT)
    merchant.post(f"/admin/orders/{order_id}/notes", data={"note": payload, "note_id": str(ULID())})
    pages = [
        browser.get(path) for path in ("/products", "/cart", "/checkout", f"/orders/{order_id}")
    ]
    pages.append(browser.get(f"/products/{product.slug}"))
    pages.append(browser.get("/search", params={"q": payload}))
    admin = (
        "/admin",
        "/admin/products",
        f"/admin/orders/{order_id}",
        f"/admin/products/{product.slug}",
    )
    pages += [merchant.get(path) for path in (*admin, f"/admin/products/{product.slug}/edit")]

    assert [
        (str(it.url), find_injected_markup(it.text))
        for it in pages
        if find_injected_markup(it.text)
    ] == []
    assert not [it for it in pages if it.status_code != 200]


def test_injected_markup_is_found() -> None:
    assert [len(find_injected_markup(it)) for it in PAYLOADS] == [2, 0, 0, 0, 1]  # unescaped
    assert find_injected_markup("<a href='javascript:alert(1)' hx-get='/admin' onfocus=x>")


def test_template_injection_in_a_title_is_not_evaluated(browser: TestClient) -> None:
    product = a_product(title="sum {{7*7}} ${7*7} #{7*7}")

    page: Any = browser.get(f"/products/{product.slug}").text

    assert "sum {{7*7}} ${7*7} #{7*7}" in page


def test_draft_is_visible_to_merchants_only(browser: TestClient, another: TestClient) -> None:
    product = a_product()
    product.update(actions=[Product.published.set(False)])
    clear_cache()
    merchant = sign_in_as(another, MERCHANT)

    shown = [browser.get(f"{path}{product.slug}") for path in ("/products/", "/api/products/")]

    assert [it.status_code for it in shown] == [404, 404]
    assert merchant.get(f"/admin/products/{product.slug}").status_code == 200
