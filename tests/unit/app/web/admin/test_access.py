import pytest
from fastapi.testclient import TestClient

from app.main import ROUTERS
from app.web.security.authorization import routes_of
from tests.builders import an_order_in_status
from tests.unit.app.web.pages import FRAGMENT_HEADERS

PATH_PARAMETERS = {
    "order_id": "0" * 26,
    "import_id": "0" * 26,
    "slug": "tea-pot",
    "image_id": "x",
    "sku": "TEA",
    "table": "intervals",
    "language": "de",
    "code": "SPRING",
}
ROUTES = [
    (method, route.path.format(**PATH_PARAMETERS))
    for router in ROUTERS
    for route in routes_of(router)
    for method in sorted(route.methods or ())
    if route.path.startswith("/admin")
]
PAGES = [path for method, path in ROUTES if method == "GET"]


@pytest.mark.parametrize("path", PAGES)
def test_admin_page_redirects_guests_to_sign_in(browser: TestClient, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_fragment_of_an_admin_page_requires_sign_in_too(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=FRAGMENT_HEADERS)

    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS])
def test_admin_route_is_not_found_for_customers(
    customer: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert customer.request(method, path, headers=headers).status_code == 404


@pytest.mark.parametrize(("method", "path"), [pair for pair in ROUTES if pair[0] != "GET"])
def test_cross_site_form_is_rejected_as_csrf(merchant: TestClient, method: str, path: str) -> None:
    answer = merchant.request(method, path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_order_page_of_the_admin_is_not_found_for_customers(customer: TestClient) -> None:
    order = an_order_in_status("placed")

    assert customer.get(f"/admin/orders/{order.order_id}").status_code == 404
