from datetime import timedelta

import pytest
from ulid import ULID

from app.catalog import catalog_cache
from app.catalog.catalog_cache import (
    MAX_LOOKUPS,
    cached_catalog,
    clear_cache,
    read_full_catalog,
    read_published_catalog,
)
from app.catalog.image_uploads import (
    ImageUpload,
    ProcessedImage,
    mark_ready,
    request_upload,
    upload_key,
)
from app.catalog.missing_products import refresh_if_missing
from app.catalog.models import UPLOAD_TIMEOUT, Product
from app.catalog.publishing import archive_product
from app.errors import NotFound
from tests.builders import NOON, a_product, sku_of
from tests.crash_injection import recorded_calls

pytestmark = pytest.mark.usefixtures("tables")


def _add_image(product: Product) -> str:
    image_id = str(ULID())
    request_upload(product.slug, image_id, "A pot", now=NOON)
    upload = ImageUpload.from_key(upload_key(product.slug, image_id), "A1")
    mark_ready(upload, ProcessedImage("0123456789abcdef", 960, 640))
    clear_cache()
    return image_id


def test_product_is_found_by_slug_and_by_sku() -> None:
    product = a_product(variants=2)

    catalog = cached_catalog(NOON)

    assert catalog.entry(product.slug).product.title == "Tea pot"
    assert catalog.entry_with_sku(product.variants[1].sku).product.slug == product.slug


def test_unknown_slug_or_sku_is_not_found() -> None:
    with pytest.raises(NotFound):
        cached_catalog(NOON).entry("no-such-product")
    with pytest.raises(NotFound):
        cached_catalog(NOON).entry_with_sku("NO-SUCH-SKU")


def test_catalog_is_cached_for_half_a_minute() -> None:
    catalog = cached_catalog(NOON)

    assert cached_catalog(NOON + timedelta(seconds=29)) is catalog
    assert cached_catalog(NOON + timedelta(seconds=30)) is not catalog


@pytest.mark.parametrize("by", ["slug", "skus"])
@pytest.mark.parametrize("seconds", [0, 3])
def test_product_that_another_function_published_is_found_at_once(
    monkeypatch: pytest.MonkeyPatch, by: str, seconds: int
) -> None:
    catalog, later = cached_catalog(NOON), NOON + timedelta(seconds=seconds)
    product = a_product()
    monkeypatch.setattr(catalog_cache, "_cached", [catalog])  # of a function that does not know it

    if by == "slug":
        refresh_if_missing(later, slug=product.slug)
    else:
        refresh_if_missing(later, skus=[sku_of(product)])

    assert cached_catalog(later).entry(product.slug).product.slug == product.slug


def test_requests_for_an_archived_product_do_not_read_the_catalog_again() -> None:
    product = a_product()
    archive_product(product, by="merchant@hearth.example", now=NOON)
    catalog = cached_catalog(NOON)

    refresh_if_missing(NOON + timedelta(seconds=9), slug=product.slug)
    refresh_if_missing(NOON + timedelta(seconds=9), skus=[sku_of(product)])

    assert cached_catalog(NOON + timedelta(seconds=9)) is catalog


@pytest.mark.parametrize("name", ["no-such-product", "", "x" * 3_000, "\N{SNOWMAN}" * 400])
def test_requests_for_unknown_products_do_not_read_the_catalog_again(name: str) -> None:
    catalog = cached_catalog(NOON)

    refresh_if_missing(NOON + timedelta(seconds=9), slug=name)
    refresh_if_missing(NOON + timedelta(seconds=9), skus=[name])

    assert cached_catalog(NOON + timedelta(seconds=9)) is catalog


def test_flood_of_requests_for_unknown_products_is_not_looked_up() -> None:
    clear_cache()
    cached_catalog(NOON)

    with recorded_calls() as calls:
        for number in range(100):
            refresh_if_missing(NOON + timedelta(seconds=9), slug=f"no-such-product-{number}")
    with recorded_calls() as later:
        refresh_if_missing(NOON + timedelta(seconds=39), slug="no-such-product")

    assert len(calls) == MAX_LOOKUPS
    assert any("GetItem" in call for call in later)


def test_unpublished_product_is_only_in_the_full_catalog() -> None:
    product = a_product()
    product.update(actions=[Product.published.set(False)])

    assert read_full_catalog(NOON).entry(product.slug)
    with pytest.raises(NotFound):
        read_published_catalog(NOON).entry(product.slug)


def test_image_is_shown_once_it_has_content() -> None:
    product = a_product()
    request_upload(product.slug, str(ULID()), "Not uploaded yet", now=NOON)
    clear_cache()
    assert cached_catalog(NOON).entry(product.slug).cover is None

    image_id = _add_image(product)

    cover = cached_catalog(NOON).entry(product.slug).cover
    assert cover
    assert cover.image_id == image_id


def test_full_catalog_has_images_that_are_in_progress() -> None:
    product = a_product()
    request_upload(product.slug, f"{product.slug}-front", "A pot", now=NOON)

    entry = read_full_catalog(NOON).entry(product.slug)

    (image,) = entry.images
    assert (image.image_id, image.state) == (f"{product.slug}-front", "pending")
    assert entry.has_images_in_progress(NOON)
    assert not entry.has_images_in_progress(NOON + UPLOAD_TIMEOUT)
    image.delete()


def test_images_are_in_the_order_that_the_merchant_chose() -> None:
    product = a_product()
    ids = [_add_image(product) for _ in range(3)]
    product.update(actions=[Product.image_order.set((ids[2], ids[0]))])
    clear_cache()

    shown = [image.image_id for image in cached_catalog(NOON).entry(product.slug).images]

    assert shown == [ids[2], ids[0], ids[1]]


def test_variant_without_an_image_of_its_own_shows_the_cover() -> None:
    product = a_product()
    image_id = _add_image(product)

    image = cached_catalog(NOON).entry(product.slug).image_of(sku_of(product))

    assert image
    assert image.image_id == image_id
