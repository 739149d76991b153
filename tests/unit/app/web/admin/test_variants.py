import pytest
from fastapi.testclient import TestClient
from pynamodb.exceptions import DoesNotExist
from ulid import ULID

from app.catalog.models import Product
from app.catalog.product_fields import MAX_VARIANTS, ProductFields
from app.catalog.products import update_product
from app.inventory.models import Stock
from tests.builders import NOON, a_product, current_product, sku_of
from tests.crash_injection import interleave
from tests.unit.app.web.pages import input_values, page_text


def _path(product: Product) -> str:
    return f"/admin/products/{product.slug}/variants"


def _form(**changes: str) -> dict[str, str]:
    values = {"sku": f"oat-{ULID()}", "name": "Oat", "quantity": "7", "swatch": "#a4502a"}
    return {**values, **changes}


def test_variant_is_added_with_stock_and_the_price_of_its_product(merchant: TestClient) -> None:
    product, form = a_product(price=2_450, variants=2), _form(has_colour="yes")

    answer = merchant.post(_path(product), data=form)

    assert answer.headers["location"] == f"/admin/products/{product.slug}#stock"
    variant = current_product(product).variants[-1]
    assert (variant.sku, variant.name, variant.swatch) == (form["sku"].upper(), "Oat", "#a4502a")
    item = Stock.get(variant.sku)
    assert (item.available, item.received, item.price, item.on_sale) == (7, 7, 2_450, True)


def test_variant_of_a_draft_cannot_be_ordered(merchant: TestClient) -> None:
    product, form = a_product(variants=2), _form()
    merchant.post(f"/admin/products/{product.slug}/unpublish")

    page = merchant.get(_path(product))
    merchant.post(_path(product), data=form)

    assert "once the product is published" in page.text
    assert not Stock.get(form["sku"].upper()).on_sale


def test_only_variant_gets_a_name_when_a_second_one_is_added(merchant: TestClient) -> None:
    product = a_product()

    invalid = merchant.post(_path(product), data=_form(first_name=" "))
    merchant.post(_path(product), data=_form(first_name="Teal"))

    assert invalid.status_code == 422
    assert 'id="first_name-error"' in invalid.text
    variants = [(v.name, v.swatch) for v in current_product(product).variants]
    assert variants == [("Teal", None), ("Oat", None)]


def test_adding_a_variant_is_idempotent(merchant: TestClient) -> None:
    product, form = a_product(variants=2), _form()

    answers = [merchant.post(_path(product), data=form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(current_product(product).variants) == 3
    assert Stock.get(form["sku"].upper()).first_units == 7


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", "a b"),
        ("sku", ""),
        ("name", ""),
        ("name", "x" * 101),
        ("quantity", "-1"),
        ("quantity", "1e3"),
        ("swatch", "url(x)"),
    ],
)
def test_validation_error_is_shown_at_its_field_and_the_form_keeps_its_values(
    merchant: TestClient, field: str, value: str
) -> None:
    product = a_product(variants=2)
    form = _form(has_colour="yes", **{field: value})

    answer = merchant.post(_path(product), data=form)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    shown = input_values(answer)
    assert {name: shown[name] for name in form} == form
    assert len(current_product(product).variants) == 2


def test_duplicate_sku_is_a_conflict_at_its_field(merchant: TestClient) -> None:
    product, other = a_product(variants=2), a_product()

    answer = merchant.post(_path(product), data=_form(sku=sku_of(other)))

    assert answer.status_code == 409
    assert 'id="sku-error"' in answer.text
    assert len(current_product(product).variants) == 2


def test_concurrent_price_change_is_an_edit_conflict_and_adds_no_variant(
    merchant: TestClient,
) -> None:
    product, form = a_product(price=2_450, variants=2), _form()

    def change_price() -> None:
        fields = ProductFields(**{**vars(ProductFields.from_product(product)), "price": 9_900})
        update_product(product, fields, expected_version=0, by="Ben", now=NOON)

    with interleave(change_price, before="TransactWriteItems"):
        answer = merchant.post(_path(product), data=form)

    assert answer.status_code == 409
    with pytest.raises(DoesNotExist):
        Stock.get(form["sku"].upper())


def test_product_has_at_most_50_variants(merchant: TestClient) -> None:
    product = a_product(variants=49)

    answers = [merchant.post(_path(product), data=_form()).status_code for _ in range(2)]

    assert answers == [303, 409]
    assert len(current_product(product).variants) == MAX_VARIANTS == 50


# --- the facts of a variant -------------------------------------------------------------------

FACTS = {"price": "31,00", "compare_at": "40", "weight_g": "600", "barcode": "4006381333931"}


def test_facts_of_a_variant_are_saved_and_shown_to_shoppers(
    merchant: TestClient, browser: TestClient
) -> None:
    product = a_product(price=2_450, variants=2)
    first, second = (variant.sku for variant in product.variants)

    answer = merchant.post(f"{_path(product)}/{second}", data=FACTS | {"version": "0"})

    assert answer.headers["location"] == f"/admin/products/{product.slug}#stock"
    assert input_values(merchant.get(f"{_path(product)}/{second}"))["price"] == "31.00"
    shown = browser.get(f"/products/{product.slug}?sku={second}")
    assert "You save €9.00" in page_text(shown)
    assert '"gtin":"4006381333931"' in shown.text.replace(" ", "")
    assert "€24.50" in page_text(browser.get(f"/products/{product.slug}?sku={first}"))
    (api,) = [
        it
        for it in browser.get(f"/api/products/{product.slug}").json()["variants"]
        if it["sku"] == second
    ]
    assert (api["price"], api["compare_at"], api["weight_g"]) == (3_100, 4_000, 600)
    exported = merchant.get("/admin/products.csv").text
    assert "31.00,40.00,600,4-006381-333931" in exported


def test_form_of_a_variant_keeps_what_was_entered(merchant: TestClient) -> None:
    product = a_product(variants=2)
    path = f"{_path(product)}/{sku_of(product)}"

    answer = merchant.post(path, data=FACTS | {"barcode": "4006381333932", "version": "0"})

    assert answer.status_code == 422
    assert "its last digit does not fit" in page_text(answer)
    assert input_values(answer)["price"] == "31,00"


def test_variant_that_was_changed_meanwhile_is_not_overwritten(merchant: TestClient) -> None:
    product = a_product(variants=2)
    path = f"{_path(product)}/{sku_of(product)}"
    merchant.post(path, data=FACTS | {"version": "0"})

    answer = merchant.post(path, data=FACTS | {"price": "99", "compare_at": "", "version": "0"})

    assert answer.status_code == 409
    assert Stock.get(sku_of(product)).price == 3_100


def test_unknown_variant_is_not_found(merchant: TestClient) -> None:
    assert merchant.get(f"{_path(a_product())}/NONE").status_code == 404
    assert merchant.post(f"{_path(a_product())}/NONE", data=FACTS).status_code == 404
