import pytest

from app.catalog.product_fields import read_new_product, slugify, validate_slug
from app.errors import ValidationFailed

PRODUCT = {
    "title": "Jar",
    "category": "Kitchen",
    "blurb": "It closes.",
    "price": "48.00",
    "published": "yes",
}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Tarn Vase", "tarn-vase"),
        ("  Große Vase, No. 2!", "grosse-vase-no-2"),
        ("Crème brûlée", "creme-brulee"),
        ("王", ""),
        ("-", ""),
        ("a" * 99, "a" * 60),
    ],
)
def test_slug_is_made_from_the_title(title: str, slug: str) -> None:
    assert slugify(title) == slug


@pytest.mark.parametrize(
    "slug", ["", "A", "a--b", "-a", "a-", "a b", "a/b", "ä", "a" * 61, "new", "home"]
)
def test_malformed_or_reserved_slug_is_invalid(slug: str) -> None:
    with pytest.raises(ValueError, match=r"hyphens|reserved"):
        validate_slug(slug)


def test_errors_of_product_and_variants_are_reported_at_once_by_field_and_row() -> None:
    rows = {1: {"sku": "A B", "name": "One"}, 2: {"sku": "TWO", "name": ""}}

    with pytest.raises(ValidationFailed) as failed:
        read_new_product({**PRODUCT, "title": "", "price": "1,200"}, rows)

    assert set(failed.value.errors) == {"title", "price", "sku_1", "name_2"}


def test_only_variant_needs_no_name() -> None:
    new = read_new_product(PRODUCT, {1: {"sku": "jar-1", "name": "", "quantity": "7"}})

    assert (new.product.slug, new.quantities) == ("jar", {"JAR-1": 7})
    assert [variant.name for variant in new.product.variants] == ["Default"]
