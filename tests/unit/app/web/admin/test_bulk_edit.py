from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.models import Product
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from app.web.admin import bulk_edit
from tests.builders import NOON, a_product, current_product, stock_of
from tests.unit.app.web.pages import heading, input_values, page_text

BULK_EDIT = "/admin/products/bulk-edit"


def _form(*products: Product, **fields: str) -> dict[str, Any]:
    return {f"product-{it.slug}": str(it.version) for it in products} | fields


def _product_on_sale(price: int, compare_at: int) -> Product:
    product = a_product(price=price)
    product.update(actions=[Product.compare_at.set(compare_at)])
    return product


def test_bulk_edit_changes_nothing_before_it_is_confirmed(merchant: TestClient) -> None:
    one, two = a_product(price=2_450, title="Bulk jug"), a_product(price=3_000, title="Bulk pot")

    selection = merchant.post(BULK_EDIT, data=_form(one, two))
    review = merchant.post(BULK_EDIT, data=_form(one, two, action="set_price", price="48.00"))

    assert heading(selection) == "Edit 2 products"
    assert "Bulk jug, Bulk pot" in page_text(selection)
    assert heading(review) == "Review changes"
    assert "€24.50 €48.00" in page_text(review)
    assert "Change 2 products" in page_text(review)
    assert (current_product(one).price, current_product(two).price) == (2_450, 3_000)


def test_confirming_the_reviewed_form_applies_the_changes(merchant: TestClient) -> None:
    one, two = a_product(price=2_450), a_product(price=3_000)
    form = _form(one, two, action="start_sale", percent="20")
    review = input_values(merchant.post(BULK_EDIT, data=form))

    confirmed = {name: value for name, value in review.items() if name != "next"}
    answer = merchant.post(BULK_EDIT, data=confirmed | {"confirmed": "yes"})

    assert answer.headers["location"] == "/admin/products"
    assert [(current_product(it).price, current_product(it).compare_at) for it in (one, two)] == [
        (1_960, 2_450),
        (2_400, 3_000),
    ]
    assert stock_of(one).price == 1_960


def test_repeated_bulk_edit_discounts_once(merchant: TestClient) -> None:
    product = a_product(price=2_450)
    form = _form(product, action="start_sale", percent="20", confirmed="yes")

    for _ in range(2):
        merchant.post(BULK_EDIT, data=form)

    assert current_product(product).price == 1_960


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ({"action": "set_price", "price": "20"}, (2_450, 3_000), (2_000, 3_000)),
        ({"action": "set_price", "price": "40"}, (2_450, 3_000), (4_000, None)),
        ({"action": "start_sale", "percent": "50"}, (2_450, 3_000), (1_500, 3_000)),
        ({"action": "start_sale", "percent": "33"}, (999, 1_000), (670, 1_000)),
        ({"action": "start_sale", "percent": "90"}, (1, 3), (1, 3)),
        ({"action": "end_sale"}, (2_450, 3_000), (3_000, None)),
    ],
)
def test_bulk_edit_keeps_price_and_compare_at_price_consistent(
    merchant: TestClient,
    form: dict[str, str],
    before: tuple[int, int],
    after: tuple[int, int | None],
) -> None:
    product = _product_on_sale(*before)

    merchant.post(BULK_EDIT, data=_form(product, **form, confirmed="yes"))

    assert (current_product(product).price, current_product(product).compare_at) == after


def test_products_are_unpublished_and_published_together(merchant: TestClient) -> None:
    one, two = a_product(), a_product()

    merchant.post(BULK_EDIT, data=_form(one, two, action="unpublish", confirmed="yes"))
    drafts = [current_product(it) for it in (one, two)]
    merchant.post(BULK_EDIT, data=_form(*drafts, action="publish", confirmed="yes"))

    assert [it.published for it in drafts] == [False, False]
    assert [current_product(it).published for it in (one, two)] == [True, True]


def test_edit_conflict_of_one_product_does_not_prevent_the_others(merchant: TestClient) -> None:
    one, two = a_product(price=2_450, title="Contested jug"), a_product(price=2_450)
    form = _form(one, two, action="set_price", price="48.00", confirmed="yes")
    fields = ProductFields(**{**vars(ProductFields.from_product(one)), "blurb": "Mine."})
    update_product(one, fields, expected_version=0, by="Ben", now=NOON)

    answer = merchant.post(BULK_EDIT, data=form)

    assert answer.status_code == 409
    assert heading(answer) == "Some products were not changed"
    assert "Contested jug" in page_text(answer)
    assert (current_product(one).price, current_product(two).price) == (2_450, 4_800)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"action": "set_price", "price": "1,500"}, "price"),
        ({"action": "set_price", "price": "0"}, "price"),
        ({"action": "set_price", "price": ""}, "price"),
        ({"action": "start_sale", "percent": "0"}, "percent"),
        ({"action": "start_sale", "percent": "91"}, "percent"),
        ({"action": "start_sale", "percent": "1e1"}, "percent"),
        ({"action": "steal"}, "action"),
        ({"action": ""}, "action"),
    ],
)
def test_validation_error_is_shown_at_its_field_and_the_form_keeps_its_values(
    merchant: TestClient, form: dict[str, str], field: str
) -> None:
    product = a_product(price=2_450)

    answer = merchant.post(BULK_EDIT, data=_form(product, **form, confirmed="yes"))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    shown = input_values(answer)
    assert shown[f"product-{product.slug}"] == "0"
    assert field == "action" or shown[field] == form[field]
    assert current_product(product).price == 2_450


@pytest.mark.parametrize("form", [{}, {"product-unknown": "0"}])
def test_empty_selection_leads_back_to_the_products_with_a_message(
    merchant: TestClient, form: dict[str, str]
) -> None:
    answer = merchant.post(BULK_EDIT, data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/products")
    assert "flash=nothing_selected" in answer.headers["set-cookie"]


def _apply_all(merchant: TestClient, form: dict[str, str]) -> list[Response]:
    """Confirm, and continue until all is done, as the page's script does."""
    answers = [merchant.post(BULK_EDIT, data=form | {"confirmed": "yes"})]
    while "data-continue" in answers[-1].text:
        answers.append(merchant.post(BULK_EDIT, data=input_values(answers[-1])))
    return answers


@pytest.mark.parametrize("is_ticked", [True, False])
def test_any_number_of_products_is_changed_in_batches_once_each(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch, is_ticked: bool
) -> None:
    monkeypatch.setattr(bulk_edit, "BATCH_SIZE", 3)
    products = [a_product(price=2_450, quantity=0) for _ in range(8)]
    for product in products:
        product.update(actions=[Product.published.set(False)])
    selected = _form(*products) if is_ticked else {"scope": "drafts"}
    form = selected | {"action": "set_price", "price": "48.00"}

    answers = _apply_all(merchant, form)

    assert [answer.status_code for answer in answers] == [200, 200, 303]
    assert 'max="8" value="3"' in answers[0].text
    assert {current_product(it).price for it in products} == {4_800}
    assert {current_product(it).version for it in products} == {1}


def test_more_than_a_hundred_products_can_be_ticked(merchant: TestClient) -> None:
    form = {f"product-{n}": "0" for n in range(1_000)}

    answer = merchant.post(BULK_EDIT, data=_form(a_product(), **form))

    assert heading(answer) == "Edit 1 product"


def test_interrupted_bulk_edit_is_resumed_by_doing_it_again(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_edit, "BATCH_SIZE", 2)
    products = [a_product(price=2_450) for _ in range(3)]
    form = _form(*products, action="start_sale", percent="20")
    merchant.post(BULK_EDIT, data=form | {"confirmed": "yes"})

    answers = _apply_all(merchant, form)

    assert answers[-1].status_code == 303
    assert [current_product(it).price for it in products] == [1_960] * 3
    assert [current_product(it).version for it in products] == [1] * 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", BULK_EDIT, 422),
        ("GET", "/admin/products/unknown", 404),
        ("GET", "/admin/stock/UNKNOWN", 404),
        ("GET", "/admin/sales?period=1y", 422),
    ],
)
def test_errors_of_the_admin_stay_in_the_admin(
    merchant: TestClient, method: str, path: str, status: int
) -> None:
    answer = merchant.request(method, path, data={"product-x": "x", "a": "x" * 9_000})

    assert answer.status_code == status
    assert '<nav aria-label="Admin">' in answer.text
    assert 'href="/cart">View cart' not in answer.text


def test_errors_of_the_admin_show_customers_no_admin(customer: TestClient) -> None:
    answer = customer.get("/admin/products/unknown")

    assert answer.status_code == 404
    assert "Audit log" not in answer.text


def test_malformed_version_is_rejected(merchant: TestClient) -> None:
    form = {f"product-{a_product().slug}": "x", "action": "unpublish"}

    assert merchant.post(BULK_EDIT, data=form).status_code == 422
