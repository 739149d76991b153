"""Admin pages read what they show: one product takes two reads, however many others there are."""

import re
from time import process_time

import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import clear_cache, read_entry, read_entry_with_sku, with_images
from app.catalog.image_uploads import request_upload
from app.catalog.models import CATALOG_ID, Product, ProductImage, image_key
from app.catalog.publishing import unpublish_product
from app.errors import NotFound
from tests.builders import NOON, a_product, sku_of
from tests.crash_injection import recorded_calls


@pytest.mark.usefixtures("tables")
def test_product_is_read_by_its_key_with_its_own_images() -> None:
    product, other = a_product(), a_product()
    request_upload(product.slug, "second", "Seen from above", now=NOON)
    slug = f"{product.slug}-large"
    image = ProductImage(CATALOG_ID, image_key(slug, "third"), slug=slug, image_id="third")
    image.alt, image.requested_at = "Another product's", NOON
    image.save()
    request_upload(other.slug, "other", "Another product's", now=NOON)

    with recorded_calls() as calls:
        entry = read_entry(product.slug)

    assert entry.product.title == product.title
    assert [image.image_id for image in entry.images] == ["second"]
    assert [it.split(" ")[0] for it in calls] == ["GetItem", "Query"]


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("slug", ["unknown", "é" * 2_000, "", "x#y"])
def test_unknown_product_is_not_found(slug: str) -> None:
    with pytest.raises(NotFound):
        read_entry(slug)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("is_published", [True, False])
def test_product_of_a_sku_is_found_published_or_not(is_published: bool) -> None:
    product = a_product()
    if not is_published:
        unpublish_product(product, by="ada@potter.example", now=NOON)
    clear_cache()

    assert read_entry_with_sku(sku_of(product), NOON).product.slug == product.slug
    with pytest.raises(NotFound):
        read_entry_with_sku("NO-SUCH-SKU", NOON)


@pytest.mark.parametrize("page", ["", "/edit"])
def test_page_of_a_product_does_not_read_the_others(merchant: TestClient, page: str) -> None:
    product = a_product()
    for _ in range(3):
        a_product()
    merchant.get("/products")  # the categories of the form come from the shop's cache

    with recorded_calls() as calls:
        answer = merchant.get(f"/admin/products/{product.slug}{page}")

    assert answer.status_code == 200
    assert len(calls) <= 5
    queries = [it for it in calls if it.startswith("Query") and "catalog" in it]
    assert len(queries) == 1
    assert re.search(rf"image#{product.slug}#", queries[0])


def _seconds(count: int) -> float:
    """The least of some, since other processes disturb the measurement."""
    products = [Product(slug=f"p{number}", variants=()) for number in range(count)]
    images = [
        ProductImage(slug=it.slug, image_id=str(number), requested_at=NOON)
        for it in products
        for number in range(3)
    ]
    times = []
    for _ in range(5):
        began = process_time()
        with_images(products, images)
        times.append(process_time() - began)
    return min(times)


def test_images_are_grouped_once() -> None:
    """Ten times as many products take about ten times as long; it was a hundred times."""
    assert _seconds(2_000) < 30 * _seconds(200)
