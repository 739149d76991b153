"""Campaigns add parameters to our links, and nothing reads them: dotCMS#25178."""

from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import ROUTERS
from app.web.security.authorization import routes_of
from app.web.security.query_params import single_params
from tests.builders import a_product
from tests.unit.app.web.pages import page_text

IGNORED = {
    "a campaign twice": "utm_source=a&utm_source=b",
    "a click id twice": "gclid=a&gclid=b",
    "an array of another framework": "utm_source[]=a&utm_source[]=b&page[]=1&page[]=2",
    "empty names": "=1&=2&&&",
    "broken percent-encoding": "%zz=1&%zz=2&%ff=3&%ff=4&%=5&%=6",
    "a thousand unknown": "&".join(f"a{n}=1" for n in range(1000)),
    "one unknown a thousand times": "&".join(["a=1"] * 1000),
    "a parameter of another page": "q=vase&q=mug&key=a&key=b",
    "the same in capitals": "Page=1&Page=2",
    "a semicolon is no separator": "a=1;page=1;page=2",
}
PATHS = ("/", "/products", "/cart", "/sign-in", "/api/products", "/healthz", "/docs")


@pytest.mark.parametrize("query", IGNORED.values(), ids=IGNORED)
@pytest.mark.parametrize("path", ["/products", "/cart", "/api/products", "/healthz"])
def test_doubled_parameter_that_nothing_reads_is_ignored(
    browser: TestClient, path: str, query: str
) -> None:
    if path == "/products":
        query = query.removeprefix("q=vase&q=mug&")  # the product list shares the search's filters

    assert browser.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/products?page=1&page=2", "page"),
        ("/products?page=1&page=1", "page"),
        ("/products?page=1&utm_source=a&%70age=2", "page"),
        ("/search?q=vase&q=", "q"),
        ("/products?sort=newest&in_stock=yes&sort=price-up", "sort"),
        ("/sign-in?next=/account&next=//evil.example", "next"),
        ("/api/products?category=Vases&category=Mugs", "category"),
    ],
)
def test_doubled_parameter_that_the_route_reads_is_refused_by_its_name(
    browser: TestClient, url: str, name: str
) -> None:
    response = browser.get(url)

    assert response.status_code == 400
    assert f"the parameter “{name}” more than once" in response.text


def test_doubled_sku_of_a_product_page_is_refused(browser: TestClient) -> None:
    path = f"/products/{a_product().slug}"

    assert browser.get(f"{path}?fbclid=a&fbclid=b").status_code == 200
    assert browser.get(f"{path}?sku=A&sku=B").status_code == 400


def test_refusal_is_translated(browser: TestClient) -> None:
    response = browser.get("/de/products?page=1&page=2")

    assert "den Parameter „page“ mehrfach" in page_text(response)


@pytest.mark.parametrize("query", ["page=", "sort=", "q=", "price_min=", "colour=", "in_stock="])
def test_empty_parameter_is_ignored(browser: TestClient, query: str) -> None:
    assert browser.get(f"/products?{query}").status_code == 200


def test_parameter_with_several_values_may_repeat(browser: TestClient) -> None:
    assert browser.get("/products?colour=Rust&colour=Teal").status_code == 200


def test_parameters_are_those_that_a_route_and_its_dependencies_read() -> None:
    params = {
        route.path: single_params(route)
        for router in ROUTERS
        for route in routes_of(router)
        if "GET" in (route.methods or ())
    }

    assert "colour" not in params["/search"] >= {"q", "page", "sort", "price_min"}
    assert params["/sign-in"] == {"next"}
    assert params["/healthz"] == set()


@pytest.mark.parametrize("cookies", ["visitor=a; visitor=b", "theme=dark; theme=light"])
def test_doubled_cookie_counts_as_none(browser: TestClient, cookies: str) -> None:
    assert browser.get("/", headers={"Cookie": cookies}).status_code == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    pairs=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=12),
    path=st.sampled_from(PATHS),
)
def test_any_unknown_parameters_change_nothing(
    browser: TestClient, pairs: list[tuple[str, str]], path: str
) -> None:
    unknown = [(f"x{name}", value) for name, value in pairs]

    assert browser.get(f"{path}?{urlencode(unknown * 2)}").status_code == 200
