from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.imports.models import import_key
from app.catalog.models import Product
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from tests.builders import NOON, LambdaContextStub, a_product, current_product, stock_of
from tests.crash_injection import crash
from tests.unit.app.web.pages import heading, input_values, page_text
from workers.imports import handler

BULK_EDIT = "/admin/products/bulk-edit"


def _form(*products: Product, **fields: str) -> dict[str, Any]:
    return {f"product-{it.slug}": str(it.version) for it in products} | fields


def _confirm(merchant: TestClient, form: dict[str, Any]) -> Response:
    """Review the form, confirm it, and show the report of the job that the worker has done."""
    review = input_values(merchant.post(BULK_EDIT, data=form))
    answer = merchant.post(BULK_EDIT, data=form | review | {"confirmed": "yes"})
    assert answer.status_code == 303, page_text(answer)
    return _report(merchant, answer)


def _report(merchant: TestClient, answer: Response) -> Response:
    key = import_key(_job_id(answer))
    handler({"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}, LambdaContextStub())
    report: Response = merchant.get(answer.headers["location"])
    return report


def _job_id(answer: Response) -> str:
    return str(answer.headers["location"]).split("/")[3]


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


def test_confirmed_bulk_edit_is_done_by_the_worker(merchant: TestClient) -> None:
    one, two = a_product(price=2_450), a_product(price=3_000)
    form = _form(one, two, action="start_sale", percent="20")
    review = input_values(merchant.post(BULK_EDIT, data=form))

    answer = merchant.post(BULK_EDIT, data=review | {"confirmed": "yes"})
    waiting = merchant.get(answer.headers["location"])
    before = (current_product(one).price, current_product(two).price)
    done = _report(merchant, answer)

    assert answer.headers["location"].endswith("/report")
    assert ("Starting …" in heading(waiting), before) == (True, (2_450, 3_000))
    assert (heading(done), "Changed 2 of 2 products" in page_text(done)) == ("Bulk edit done", True)
    assert [(current_product(it).price, current_product(it).compare_at) for it in (one, two)] == [
        (1_960, 2_450),
        (2_400, 3_000),
    ]
    assert stock_of(one).price == 1_960


def test_confirming_the_same_review_twice_starts_one_bulk_edit(merchant: TestClient) -> None:
    product = a_product(price=2_000)
    form = _form(product, action="change_percent", change_percent="-10")
    review = input_values(merchant.post(BULK_EDIT, data=form)) | {"confirmed": "yes"}

    answers = [merchant.post(BULK_EDIT, data=review) for _ in range(2)]
    reports = [_report(merchant, answer) for answer in answers]
    again = merchant.post(BULK_EDIT, data=review)

    assert len({_job_id(it) for it in (*answers, again)}) == 1
    assert "Changed 1 of 1 product" in page_text(reports[1])
    assert current_product(product).price == 1_800


def test_bulk_edit_whose_file_was_not_stored_is_started_by_the_repeat(
    merchant: TestClient,
) -> None:
    product = a_product(price=2_000)
    form = _form(product, action="set_price", price="30")
    review = input_values(merchant.post(BULK_EDIT, data=form)) | {"confirmed": "yes"}
    with crash(before="PutObject"):
        merchant.post(BULK_EDIT, data=review)

    _report(merchant, merchant.post(BULK_EDIT, data=review))

    assert current_product(product).price == 3_000


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ({"action": "set_price", "price": "20"}, (2_450, 3_000), (2_000, 3_000)),
        ({"action": "set_price", "price": "40"}, (2_450, 3_000), (4_000, None)),
        ({"action": "start_sale", "percent": "50"}, (2_450, 3_000), (1_500, 3_000)),
        ({"action": "start_sale", "percent": "33"}, (999, 1_000), (670, 1_000)),
        ({"action": "start_sale", "percent": "90"}, (1, 3), (1, 3)),
        ({"action": "end_sale"}, (2_450, 3_000), (3_000, None)),
        ({"action": "change_percent", "change_percent": "-10"}, (2_000, 3_000), (1_800, 3_000)),
        ({"action": "change_percent", "change_percent": "7.5 %"}, (999, 1_000), (1_074, None)),
        ({"action": "change_percent", "change_percent": "\u221210"}, (5, 6), (5, 6)),
        ({"action": "change_amount", "change_amount": "-2,50"}, (2_450, 3_000), (2_200, 3_000)),
        ({"action": "change_amount", "change_amount": "+6"}, (2_450, 3_000), (3_050, None)),
    ],
)
def test_bulk_edit_keeps_price_and_compare_at_price_consistent(
    merchant: TestClient,
    form: dict[str, str],
    before: tuple[int, int],
    after: tuple[int, int | None],
) -> None:
    product = _product_on_sale(*before)

    review = input_values(merchant.post(BULK_EDIT, data=_form(product, **form)))
    if before != after:
        _report(merchant, merchant.post(BULK_EDIT, data=review | {"confirmed": "yes"}))

    assert (current_product(product).price, current_product(product).compare_at) == after


def test_price_below_a_cent_is_left_out_with_the_reason(merchant: TestClient) -> None:
    cheap, dear = a_product(price=200, title="Cheap pin"), a_product(price=2_000)
    form = _form(cheap, dear, action="change_amount", change_amount="-5.00")

    review = merchant.post(BULK_EDIT, data=form)

    assert "Cheap pin would cost less than €0.01" in page_text(review)
    _confirm(merchant, form)
    assert (current_product(cheap).price, current_product(dear).price) == (200, 1_500)


def test_products_are_unpublished_and_published_together(merchant: TestClient) -> None:
    one, two = a_product(), a_product()

    _confirm(merchant, _form(one, two, action="unpublish"))
    drafts = [current_product(it) for it in (one, two)]
    _confirm(merchant, _form(*drafts, action="publish"))

    assert [it.published for it in drafts] == [False, False]
    assert [current_product(it).published for it in (one, two)] == [True, True]


def test_edit_conflict_of_one_product_does_not_prevent_the_others(merchant: TestClient) -> None:
    one, two = a_product(price=2_450, title="Contested jug"), a_product(price=2_450)
    form = _form(one, two, action="set_price", price="48.00")
    fields = ProductFields(**{**vars(ProductFields.from_product(one)), "blurb": "Mine."})
    update_product(one, fields, expected_version=0, by="Ben", now=NOON)

    report = _confirm(merchant, form)

    assert heading(report) == "Bulk edit done, except for 1 product"
    assert "Contested jug" in page_text(report)
    assert "Another merchant has changed this product since you selected it" in page_text(report)
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
        ({"action": "change_percent", "change_percent": "0"}, "change_percent"),
        ({"action": "change_percent", "change_percent": "-91"}, "change_percent"),
        ({"action": "change_percent", "change_percent": "many"}, "change_percent"),
        ({"action": "change_amount", "change_amount": "-"}, "change_amount"),
        ({"action": "change_amount", "change_amount": "0.00"}, "change_amount"),
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


@pytest.mark.parametrize("is_ticked", [True, False])
def test_any_number_of_products_is_changed_once_each(merchant: TestClient, is_ticked: bool) -> None:
    products = [a_product(price=2_450, quantity=0) for _ in range(130)]
    for product in products:
        product.update(actions=[Product.published.set(False)])
    selected = _form(*products) if is_ticked else {"scope": "drafts"}

    report = _confirm(merchant, selected | {"action": "set_price", "price": "48.00"})

    assert heading(report) == "Bulk edit done"
    assert {current_product(it).price for it in products} == {4_800}
    assert {current_product(it).version for it in products} == {1}
    for product in products:
        product.delete()


def test_bulk_edit_is_listed_with_the_imports(merchant: TestClient) -> None:
    product = a_product(price=2_450)
    _confirm(merchant, _form(product, action="change_percent", change_percent="-12.5"))

    listed = page_text(merchant.get("/admin/imports"))

    assert "Bulk edit: change prices by -12.5%" in listed


def test_more_than_a_hundred_products_can_be_ticked(merchant: TestClient) -> None:
    form = {f"product-{n}": "0" for n in range(1_000)}

    answer = merchant.post(BULK_EDIT, data=_form(a_product(), **form))

    assert heading(answer) == "Edit 1 product"


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
