"""Two merchants edit variants of one product, and a variant gets one of its product's images."""

from fastapi.testclient import TestClient

from app.catalog.catalog_cache import read_entry
from app.catalog.image_uploads import request_upload
from app.catalog.models import Product
from tests.builders import NOON, a_product, current_product
from tests.unit.app.web.pages import input_values, page_text


def _path(product: Product, index: int = 0) -> str:
    return f"/admin/products/{product.slug}/variants/{product.variants[index].sku}"


def test_edits_of_two_variants_are_merged(merchant: TestClient) -> None:
    product = a_product(variants=2)
    mine, theirs = (input_values(merchant.get(_path(product, it))) for it in (0, 1))
    merchant.post(_path(product, 1), data=theirs | {"price": "40"})

    answer = merchant.post(_path(product, 0), data=mine | {"price": "30"})

    assert answer.status_code == 303
    assert "flash=edit_merged" in answer.headers["set-cookie"]
    assert [it.price for it in current_product(product).variants] == [3_000, 4_000]


def test_edits_of_different_fields_of_one_variant_are_merged(merchant: TestClient) -> None:
    product = a_product(variants=2)
    form = input_values(merchant.get(_path(product)))
    merchant.post(_path(product), data=form | {"weight_g": "900"})

    merchant.post(_path(product), data=form | {"price": "30"})

    variant = current_product(product).variants[0]
    assert (variant.price, variant.weight_g) == (3_000, 900)


def test_conflict_shows_all_three_values_and_saves_mine(merchant: TestClient) -> None:
    product = a_product(variants=2)
    form = input_values(merchant.get(_path(product)))
    merchant.post(_path(product), data=form | {"price": "40", "weight_g": "900"})

    conflict = merchant.post(_path(product), data=form | {"price": "30"})
    unchanged = current_product(product).variants[0].price
    saved = merchant.post(_path(product), data=input_values(conflict))

    assert (conflict.status_code, unchanged) == (409, 4_000)
    shown = "When you opened the form: empty Theirs, saved now: 40.00 Mine: 30"
    assert shown in page_text(conflict)
    assert saved.status_code == 303
    variant = current_product(product).variants[0]
    assert (variant.price, variant.weight_g) == (3_000, 900)


def test_merged_prices_that_do_not_fit_are_a_conflict(merchant: TestClient) -> None:
    product = a_product(variants=2)
    path = _path(product)
    merchant.post(path, data=input_values(merchant.get(path)) | {"price": "30"})
    form = input_values(merchant.get(path))
    merchant.post(path, data=form | {"price": "50"})

    answer = merchant.post(path, data=form | {"compare_at": "40"})

    assert answer.status_code == 409
    assert current_product(product).variants[0].compare_at is None


def test_image_of_a_variant_is_chosen_in_its_form(merchant: TestClient) -> None:
    product = a_product(variants=2)
    for image_id in ("front", "side"):
        request_upload(product.slug, image_id, f"Seen from the {image_id}", now=NOON)
    path = _path(product, 1)
    form = input_values(merchant.get(path))

    page = merchant.get(path)
    merchant.post(path, data=form | {"image_id": "side"})
    chosen = read_entry(product.slug)
    merchant.post(path, data=input_values(merchant.get(path)) | {"image_id": ""})

    assert form["image_id"] == ""
    assert "Seen from the side" in page_text(page)
    assert chosen.image_of(product.variants[1].sku) == chosen.images[1]
    assert current_product(product).variants[1].image_id is None


def test_image_of_another_product_is_refused(merchant: TestClient) -> None:
    product, other = a_product(variants=2), a_product()
    request_upload(other.slug, "front", "Another product", now=NOON)
    form = input_values(merchant.get(_path(product)))

    answer = merchant.post(_path(product), data=form | {"image_id": "front"})

    assert answer.status_code == 422
    assert 'id="image_id-error"' in answer.text
    assert "Select one of the images of this product" in page_text(answer)
