import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.web.admin import (
    audit_log,
    bulk_edit,
    exports,
    image_uploads,
    images,
    import_report,
    imports,
    order_notes,
    orders,
    orders_board,
    product_create,
    product_update,
    products,
    sales,
    stock,
    variants,
)
from tests.builders import an_order_that_is
from tests.unit.app.web.pages import PART

DESK = (
    *(
        product_create,
        images,
        orders_board,
        bulk_edit,
        audit_log,
        product_update,
        exports,
        variants,
        import_report,
        imports,
        order_notes,
    ),
    *(orders, image_uploads, products, sales, stock),
)
SOME = {
    "order_id": "0" * 26,
    "import_id": "0" * 26,
    "slug": "tea-pot",
    "picture_id": "x",
    "sku": "TEA",
    "table": "spans",
}
ROUTES = [
    (method, route.path.format(**SOME))
    for module in DESK
    for route in module.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
PAGES = [path for method, path in ROUTES if method == "GET"]


@pytest.mark.parametrize("path", PAGES)
def test_who_has_not_signed_in_is_asked_to(browser: TestClient, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_a_part_of_the_desk_is_protected_like_the_page(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=PART)

    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("headers", [{}, PART])
def test_for_a_customer_the_desk_does_not_exist(
    customer: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert customer.request(method, path, headers=headers).status_code == 404


@pytest.mark.parametrize(("method", "path"), [pair for pair in ROUTES if pair[0] != "GET"])
def test_a_form_from_another_site_changes_nothing(
    merchant: TestClient, method: str, path: str
) -> None:
    answer = merchant.request(method, path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_the_order_of_another_person_is_hidden_even_with_its_id(customer: TestClient) -> None:
    orders = an_order_that_is("placed")

    assert customer.get(f"/desk/orders/{orders.order_id}").status_code == 404
