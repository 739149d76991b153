"""Languages have addresses: /de/products is /products in German."""

import re

import pytest
from fastapi.testclient import TestClient

from app.aws.secrets import signing_secret
from app.main import create_app
from app.orders.signed_links import order_key, order_link
from app.orders.transitions import find_order
from app.settings import settings
from app.web.http.language_prefix import LINK
from app.web.lazy_router import loaded_routers
from app.web.security.authorization import routes_of
from app.web.storefront.routers import LOCALIZED_ROUTERS
from infra.local.cloud import LocalCloud
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import (
    ADDRESS,
    FRAGMENT_HEADERS,
    input_values,
    page_text,
    place_order,
    put_in_cart,
)
from tests.unit.app.web.storefront.test_account import an_email, emails_to

ENGLISH_ONLY = (
    *("/admin", "/admin/products", "/api/products", "/docs", "/openapi.json", "/healthz"),
    *("/webhooks/payments", "/robots.txt", "/sitemap.xml", "/.well-known/security.txt"),
    *("/static/dev/css/base.css", "/media/x/1/240.webp"),
)


def paths_in(html: str) -> set[str]:
    """Path of every link and form of a page, without files."""
    found = re.findall(r'(?:href|action|hx-get|hx-post|data-href)="(/[^"]*)"', html)
    return {path for path in found if not path.startswith(("/static/", "/media/"))}


def test_prefix_decides_the_language_whatever_the_browser_prefers(browser: TestClient) -> None:
    browser.cookies.set("language", "en")

    page = browser.get("/de/products", headers={"Accept-Language": "en"})

    assert page.status_code == 200
    assert page.headers["content-language"] == "de"
    assert '<html lang="de"' in page.text
    assert "Alle Produkte" in page_text(page)


@pytest.mark.parametrize("path", ["/de", "/de/"])
def test_home_page_has_two_spellings_of_its_address(browser: TestClient, path: str) -> None:
    assert '<html lang="de"' in browser.get(path).text


def test_address_without_a_prefix_follows_the_preference(browser: TestClient) -> None:
    assert browser.get("/cart").headers["content-language"] == "en"
    german = browser.get("/cart", headers={"Accept-Language": "de"})
    assert german.headers["content-language"] == "de"
    assert "/de/" not in "".join(paths_in(german.text))


def test_shared_page_without_a_prefix_is_english(browser: TestClient) -> None:
    browser.cookies.set("language", "de")

    page = browser.get("/", headers={"Accept-Language": "de"})

    assert page.headers["content-language"] == "en"


def test_every_link_and_form_of_a_prefixed_page_stays_in_its_language(browser: TestClient) -> None:
    product = a_product(variants=2)
    put_in_cart(browser, product)
    for path in ("/", "/products", f"/products/{product.slug}", "/search?q=tea", "/cart"):
        paths = paths_in(browser.get(f"/de{path}").text)

        others = {it for it in paths if not it.startswith("/de/")}
        assert others <= {"/docs", "/admin", "/manifest.webmanifest"}, path
        assert paths - others, path


def test_fragment_stays_in_the_language_of_its_page(browser: TestClient) -> None:
    product = a_product(title="Bowl")
    suggestions = FRAGMENT_HEADERS | {"HX-Target": "ul#suggestions"}

    fragment = browser.get("/de/search?q=bowl", headers=suggestions)

    assert f'data-href="/de/products/{product.slug}"' in fragment.text


def test_forms_and_redirects_keep_the_language(browser: TestClient) -> None:
    added = browser.post("/de/cart", data={"sku": sku_of(a_product()), "quantity": "1"})

    assert added.headers["location"].startswith("/de/cart")
    assert browser.get("/de/orders").headers["location"].startswith("/de/")
    assert browser.get("/de/account").headers["location"] == "/de/sign-in?next=/de/account"
    themed = browser.post("/de/theme", data={"theme": "dark", "next": "/de/cart"})
    assert themed.headers["location"] == "/de/cart"


def test_htmx_history_shows_the_prefixed_address(browser: TestClient) -> None:
    a_product()

    fragment = browser.get(
        "/de/products?in_stock=yes", headers=FRAGMENT_HEADERS | {"HX-Target": "div#product-list"}
    )

    assert fragment.headers["hx-push-url"] == "/de/products?in_stock=yes"


def test_order_placed_in_german_is_followed_in_both_languages(browser: TestClient) -> None:
    order_id = place_order(browser)

    for path in (f"/de/orders/{order_id}", f"/orders/{order_id}"):
        assert browser.get(path).status_code == 200


def test_grant_of_an_emailed_link_holds_at_every_address_of_the_order(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser)
    key = order_key(order_id, signing_secret())

    opened = another.get(f"/de/orders/{order_id}?key={key}")

    assert opened.headers["location"] == f"/de/orders/{order_id}"
    for path in (f"/de/orders/{order_id}", f"/orders/{order_id}"):
        assert another.get(path).status_code == 200, path


def test_links_in_emails_open_the_language_of_their_reader(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    put_in_cart(browser, a_product())
    page = browser.get("/de/checkout")
    hidden = {name: input_values(page)[name] for name in ("form", "cart_version", "total")}

    placed = browser.post("/de/checkout", data={**ADDRESS, **hidden, "email": email})
    order_id = placed.headers["location"].removeprefix("/de/orders/")
    link = order_link(find_order(order_id), signing_secret())
    browser.post("/de/sign-in", data={"email": email})

    assert link.startswith(f"{settings().base_url}/de/orders/{order_id}?key=")
    assert f"{settings().base_url}/de/sign-in/" in str(emails_to(tables, email)[-1])


@pytest.mark.parametrize(
    ("at", "language", "location"),
    [
        ("/products?page=2", "de", "/de/products?page=2"),
        ("/de/products?page=2", "en", "/products?page=2"),
        ("/de/products", "de", "/de/products"),
        ("/", "de", "/de/"),
        ("/de/", "en", "/"),
        ("/de", "en", "/"),
        ("/admin", "de", "/admin"),
        ("//evil.example", "de", "/de/"),
        ("/de//evil.example", "en", "/"),
        ("/de/de//evil.example", "en", "/de//evil.example"),  # a path of our own, not found
    ],
)
def test_language_switch_opens_the_address_in_the_chosen_language(
    browser: TestClient, at: str, language: str, location: str
) -> None:
    for prefix in ("", "/de"):
        chosen = browser.post(f"{prefix}/language", data={"language": language, "next": at})

        assert chosen.headers["location"] == location
        assert f"language={language}" in chosen.headers["set-cookie"]


def test_footer_forms_return_to_the_prefixed_page(browser: TestClient) -> None:
    page = browser.get("/de/products?in_stock=yes")

    assert input_values(page)["next"] == "/de/products?in_stock=yes"


@pytest.mark.parametrize("path", ENGLISH_ONLY)
def test_path_that_is_no_page_of_the_storefront_has_no_prefix(
    browser: TestClient, path: str
) -> None:
    for method in ("GET", "POST"):
        assert browser.request(method, f"/de{path}").status_code == 404, method


@pytest.mark.parametrize(
    "path",
    [
        *("/de/de/products", "/de//products", "/de//evil.example", "/DE/products", "/fr/products"),
        *("/de/%61dmin", "/de%2fadmin", "/de%2f%2fadmin", "/dealer", "/de/..;/admin", "/de;/cart"),
    ],
)
def test_other_spellings_of_a_prefix_are_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_orders_and_accounts_are_as_private_at_their_prefixed_addresses(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser)

    assert another.get(f"/de/orders/{order_id}").status_code == 404
    assert another.post(f"/de/orders/{order_id}/cancel").status_code == 404
    for path in ("/de/account", "/de/orders"):
        assert another.get(path).headers["location"].startswith("/de/sign-in")


def test_csrf_check_covers_prefixed_forms(browser: TestClient) -> None:
    refused = browser.post(
        "/de/cart",
        data={"sku": sku_of(a_product()), "quantity": "1"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert refused.status_code == 403


def test_visitors_text_is_never_rewritten(browser: TestClient) -> None:
    page = browser.get("/de/search", params={"q": 'href="/cart"'})

    assert 'href="/cart"' in page_text(page)


def test_pattern_of_links_matches_attributes_only() -> None:
    html = '<a href="/cart" data-href="/x" hx-get="/y" src="/z" href="https://x/y" title="/t">'

    assert [it[2] for it in LINK.finditer(html)] == ["/cart", "/x", "/y"]


def test_every_route_of_the_storefront_is_localized() -> None:
    paths = {it.path for router in loaded_routers(LOCALIZED_ROUTERS) for it in routes_of(router)}

    segments = create_app().state.localized_segments
    assert {path.split("/")[1] for path in paths} == segments
    assert not {"admin", "api", "webhooks", "docs"} & segments


def test_order_at_the_prefixed_checkout_leads_to_the_prefixed_order(browser: TestClient) -> None:
    put_in_cart(browser, a_product())
    page = browser.get("/de/checkout")

    assert page.status_code == 200
    assert 'action="/de/checkout"' in page.text
