"""`shop smoke --url`: a shop passes, and each kind of a broken one fails its own check."""

from collections.abc import Callable

import httpx
import pytest

from infra.local.form_client import Shopper
from infra.ops.public_checks import check_shop

HEADERS = {"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff"}
HOME = (
    '<link rel="stylesheet" href="/static/v1/shop.css"><script src="/static/v1/shop.js"></script>'
)
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
HSTS = {"Strict-Transport-Security": "max-age=1"}

type Shop = Callable[[httpx.Request], httpx.Response]


def a_shop(request: httpx.Request) -> httpx.Response:
    """A shop without products."""
    path = request.url.path
    if path.startswith("/static/"):
        return httpx.Response(200, headers=IMMUTABLE)
    if path == "/api/products":
        return httpx.Response(200, json={"products": []})
    found = path in {"/", "/healthz", "/products", "/search", "/cart", "/sign-in", "/privacy"}
    return httpx.Response(200 if found else 404, text=HOME, headers=HEADERS | HSTS)


def replacing(path: str, answer: httpx.Response) -> Shop:
    return lambda request: answer if request.url.path == path else a_shop(request)


def problems(shop: Shop, url: str = "https://shop.example") -> dict[str, str]:
    checks = check_shop(Shopper(url, transport=httpx.MockTransport(shop)))
    return {it.name: it.problem for it in checks if it.problem}


def test_shop_without_products_passes() -> None:
    assert problems(a_shop) == {}


@pytest.mark.parametrize(
    ("path", "answer", "check", "words"),
    [
        ("/healthz", httpx.Response(503), "Health", "/healthz returned 503"),
        ("/products", httpx.Response(500), "Pages", "/products returned 500"),
        ("/no-such-page", httpx.Response(200), "Pages", "a missing page returned 200"),
        ("/static/v1/shop.css", httpx.Response(403), "Static files", "shop.css returned 403"),
        ("/static/v1/shop.js", httpx.Response(200), "Static files", "may not be cached"),
        ("/", httpx.Response(200, text=""), "Static files", "links to no static file"),
        ("/", httpx.Response(200, text=HOME), "Security headers", "content-security-policy"),
        ("/api/products", httpx.Response(503), "Catalog, cart and checkout", "503"),
    ],
)
def test_broken_shop_fails_the_check_that_names_the_cause(
    path: str, answer: httpx.Response, check: str, words: str
) -> None:
    assert words in problems(replacing(path, answer))[check]


def test_shop_with_tls_needs_strict_transport_security() -> None:
    without = httpx.Response(200, text=HOME, headers=HEADERS)

    assert "strict-transport-security" in problems(replacing("/", without))["Security headers"]
    assert problems(replacing("/", without), "http://localhost:8000") == {}


def test_shop_that_does_not_answer_fails_in_words() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    assert set(problems(refuse).values()) == {"ConnectError: Connection refused"}


def test_product_in_stock_is_put_into_the_cart() -> None:
    product = {"variants": [{"sku": "A", "availability": "sold_out"}]}
    product["variants"].append({"sku": "B", "availability": "in_stock"})
    bought: list[bytes] = []

    def shop(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/products":
            return httpx.Response(200, json={"products": [product]})
        if request.method == "POST":
            bought.append(request.read())
            return httpx.Response(303)
        return httpx.Response(500) if request.url.path == "/checkout" else a_shop(request)

    assert "GET /checkout returned 500" in problems(shop)["Catalog, cart and checkout"]
    assert bought == [b"sku=B&quantity=1"]
