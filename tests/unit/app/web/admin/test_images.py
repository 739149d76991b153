from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.testclient import TestClient

from app.aws.s3 import read_upload
from app.catalog.catalog_cache import CatalogEntry, read_full_catalog
from app.catalog.image_uploads import (
    ImageUpload,
    ProcessedImage,
    mark_ready,
    mark_rejected,
    request_upload,
    upload_key,
)
from app.catalog.images import request_new_image
from app.catalog.models import Product, ProductImage
from app.settings import settings
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import FRAGMENT_HEADERS, input_values, page_text, s3_form

JSON = {"Accept": "application/json"}
IMAGE_FORM = {"alt": "A jar, seen from above", "content_type": "image/webp"}


@pytest.fixture
def product(merchant: TestClient) -> Iterator[Product]:
    product = a_product()
    yield product
    for image in _images(product):
        image.delete()


def _images(product: Product) -> tuple[ProductImage, ...]:
    return read_full_catalog(NOON).entry(product.slug).images


def _path(product: Product, rest: str = "") -> str:
    return f"/admin/products/{product.slug}{rest}"


def _upload(product: Product) -> ImageUpload:
    return ImageUpload(product.slug, _images(product)[0].image_id, "1".rjust(32, "0"))


# --- upload ---------------------------------------------------------------------------------


def test_upload_without_javascript_posts_the_file_to_s3_and_returns(
    merchant: TestClient, product: Product
) -> None:
    requested = merchant.post(_path(product, "/images"), data=IMAGE_FORM)
    second_page = merchant.get(requested.headers["location"])

    url, fields = s3_form(second_page.text)
    uploaded = httpx.post(url, data=fields, files={"file": b"an image file"})

    assert requested.status_code == 303
    assert uploaded.status_code == 303
    assert uploaded.headers["location"].startswith(settings().base_url + _path(product) + "?")
    (image,) = _images(product)
    assert read_upload(upload_key(product.slug, image.image_id)) == b"an image file"


def test_upload_by_script_gets_the_s3_form_as_json(merchant: TestClient, product: Product) -> None:
    answer = merchant.post(_path(product, "/images"), data=IMAGE_FORM, headers=JSON)

    form = answer.json()
    uploaded = httpx.post(form["url"], data=form["fields"], files={"file": b"bytes"})

    assert (answer.status_code, uploaded.status_code) == (201, 204)
    assert form["retry_url"] == _path(product, f"/images/{_images(product)[0].image_id}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alt", ""),
        ("alt", "x" * 301),
        ("content_type", "image/svg+xml"),
        ("content_type", "text/html"),
        ("content_type", ""),
        ("size", "0"),
        ("size", str(11 * 2**20)),
    ],
)
def test_invalid_upload_is_rejected_before_a_file_is_sent(
    merchant: TestClient, product: Product, field: str, value: str
) -> None:
    form = {**IMAGE_FORM, field: value}

    page = merchant.post(_path(product, "/images"), data=form)
    response = merchant.post(_path(product, "/images"), data=form, headers=JSON)

    assert (page.status_code, response.status_code) == (422, 422)
    assert list(response.json()["errors"]) == [field]
    assert input_values(page)["alt"] == form["alt"]
    assert not _images(product)


@pytest.mark.parametrize("changes", [{"key": "images/x/y"}, {"Content-Type": "text/html"}])
def test_s3_rejects_an_upload_whose_fields_were_changed(
    merchant: TestClient, product: Product, changes: dict[str, str]
) -> None:
    form = merchant.post(_path(product, "/images"), data=IMAGE_FORM, headers=JSON).json()

    uploaded = httpx.post(form["url"], data=form["fields"] | changes, files={"file": b"bytes"})

    assert uploaded.status_code == 403


def test_s3_rejects_an_upload_with_another_redirect(merchant: TestClient, product: Product) -> None:
    requested = merchant.post(_path(product, "/images"), data=IMAGE_FORM)
    url, fields = s3_form(merchant.get(requested.headers["location"]).text)
    changed = fields | {"success_action_redirect": "https://evil.example/"}

    assert httpx.post(url, data=changed, files={"file": b"bytes"}).status_code == 403
    assert httpx.post(url, data=fields, files={"file": b"bytes"}).status_code == 303


def test_page_polls_until_the_image_is_ready(merchant: TestClient, product: Product) -> None:
    merchant.post(_path(product, "/images"), data=IMAGE_FORM)
    pending = merchant.get(_path(product), headers=FRAGMENT_HEADERS).text

    mark_ready(_upload(product), ProcessedImage("v1", 800, 1000))
    ready = merchant.get(_path(product), headers=FRAGMENT_HEADERS).text

    assert pending.lstrip().startswith('<ul id="images"')
    assert "every 2s" in pending
    assert "every 2s" not in ready
    assert "/v1/480.webp" in ready


def test_rejected_image_shows_the_reason_and_accepts_another_file(
    merchant: TestClient, product: Product
) -> None:
    merchant.post(_path(product, "/images"), data=IMAGE_FORM)
    mark_rejected(_upload(product), "This is not an image.")

    page = merchant.get(_path(product))
    image_path = _path(product, f"/images/{_images(product)[0].image_id}")
    form = merchant.get(image_path)
    merchant.post(image_path, data=IMAGE_FORM)

    assert "Rejected: This is not an image." in page_text(page)
    assert "every 2s" not in page.text
    assert input_values(form)["alt"] == IMAGE_FORM["alt"]
    assert [image.state for image in _images(product)] == ["pending"]


def test_page_stops_polling_for_an_upload_that_timed_out(
    merchant: TestClient, product: Product
) -> None:
    request_upload(product.slug, "never", "A jar", now=datetime.now(UTC) - timedelta(hours=1))

    page = merchant.get(_path(product))

    assert "No file was uploaded." in page_text(page)
    assert "every 2s" not in page.text


@pytest.mark.parametrize("rest", ["/images/unknown", "/images/unknown?content_type=image/png"])
def test_unknown_image_is_not_found(merchant: TestClient, product: Product, rest: str) -> None:
    assert merchant.get(_path(product, rest)).status_code == 404
    assert merchant.post(_path(product, rest), data=IMAGE_FORM).status_code == 404


# --- order, description, removal ------------------------------------------------------------


def _entry(*alts: str) -> CatalogEntry:
    product = a_product(variants=2)
    for alt in alts:
        request_new_image(CatalogEntry(product, ()), alt, now=NOON)
    return _current(product.slug)


def _current(slug: str) -> CatalogEntry:
    return read_full_catalog(NOON).entry(slug)


def _image_path(entry: CatalogEntry, rest: str) -> str:
    return _path(entry.product, f"/images/{entry.images[0].image_id}/{rest}")


def test_move_is_idempotent_because_the_form_has_the_target_position(merchant: TestClient) -> None:
    entry = _entry("a", "b", "c")
    first = entry.images[0].image_id

    for _ in range(2):
        answer = merchant.post(_image_path(entry, "position"), data={"position": "1"})

    assert answer.status_code == 303
    assert _current(entry.product.slug).images[1].image_id == first


@pytest.mark.parametrize("position", ["", "-1", "1.5", "99", "first"])
def test_invalid_position_is_rejected(merchant: TestClient, position: str) -> None:
    path = _image_path(_entry("a"), "position")

    assert merchant.post(path, data={"position": position}).status_code == 422


def test_description_and_variant_of_an_image_are_changed(merchant: TestClient) -> None:
    entry = _entry("a")
    sku = entry.product.variants[1].sku

    form = {"alt": " A pot ", "sku": sku}
    answer = merchant.post(_image_path(entry, "details"), data=form)

    changed = _current(entry.product.slug)
    (image,) = changed.images
    assert answer.status_code == 303
    assert (image.alt, changed.product.variants[1].image_id) == ("A pot", image.image_id)
    assert f'value="{sku}" selected' in merchant.get(_image_path(entry, "details")).text


@pytest.mark.parametrize("alt", ["", "  ", "x" * 301, "two\nlines"])
def test_invalid_description_changes_nothing(merchant: TestClient, alt: str) -> None:
    entry = _entry("a")

    answer = merchant.post(_image_path(entry, "details"), data={"alt": alt})

    assert answer.status_code == 422
    assert 'id="alt-error"' in answer.text
    assert _current(entry.product.slug).images[0].alt == "a"


def test_variant_of_another_product_is_not_found(merchant: TestClient) -> None:
    form = {"alt": "a", "sku": a_product().variants[0].sku}

    answer = merchant.post(_image_path(_entry("a"), "details"), data=form)

    assert answer.status_code == 404


def test_image_is_removed(merchant: TestClient) -> None:
    entry = _entry("a", "b")

    merchant.post(_image_path(entry, "delete"))

    remaining = [image.alt for image in _current(entry.product.slug).images]
    assert remaining == [entry.images[1].alt]
    assert merchant.post(_image_path(entry, "delete")).status_code == 404


def test_only_the_first_image_is_the_cover(merchant: TestClient) -> None:
    entry = _entry("a", "b")

    page = merchant.get(_path(entry.product))

    assert page_text(page).count("Cover") == 1
