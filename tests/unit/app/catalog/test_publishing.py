import pytest

from app.catalog.catalog_cache import Piece, catalogue, forget, whole_catalogue
from app.catalog.image_uploads import ask_for
from app.catalog.models import ARRIVES_WITHIN, Picture, Product, Variant
from app.catalog.publishing import (
    MOST_PICTURES,
    Taken,
    add_product,
    ask_for_another,
    check_slug,
    hide_product,
    show_product,
    slug_of,
)
from app.errors import NotFound, Unacceptable
from tests.builders import NOON, a_product, a_sku, sku_of, stock_of

ANNA = "anna@hearth.example"


def _unlisted(slug: str, *skus: str) -> Product:
    return Product(
        slug=slug,
        title="Jar",
        category="Kitchen",
        blurb="It closes.",
        price=100,
        variants=tuple(Variant(sku, sku) for sku in skus),
        listed=False,
    )


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
def test_a_title_suggests_an_address(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize(
    "slug", ["", "A", "a--b", "-a", "a-", "a b", "a/b", "ä", "a" * 61, "new", "home"]
)
def test_what_cannot_be_an_address_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match=r"hyphens|itself"):
        check_slug(slug)


@pytest.mark.usefixtures("tables")
def test_what_is_taken_is_named() -> None:
    there = a_product(variants=2)
    fresh = a_sku()

    with pytest.raises(Taken) as slug:
        add_product(_unlisted(there.slug, fresh), pieces={}, now=NOON)
    with pytest.raises(Taken) as sku:
        add_product(_unlisted(fresh.lower(), fresh, there.variants[1].sku), pieces={}, now=NOON)

    assert (slug.value.slug, slug.value.skus) == (there.slug, ())
    assert (sku.value.slug, sku.value.skus) == ("", (there.variants[1].sku,))


@pytest.mark.usefixtures("tables")
def test_what_is_taken_off_the_shelf_can_be_neither_seen_nor_ordered() -> None:
    product = a_product()

    hide_product(product, by=ANNA, now=NOON)
    forget()

    assert not stock_of(product).on_sale
    with pytest.raises(NotFound):
        catalogue(NOON).piece(product.slug)
    assert whole_catalogue(NOON).piece(product.slug).product.listed is False


@pytest.mark.usefixtures("tables")
def test_what_is_put_back_is_as_before() -> None:
    product = a_product()

    hide_product(product, by=ANNA, now=NOON)
    show_product(product, by=ANNA, now=NOON)
    show_product(product, by=ANNA, now=NOON)
    forget()

    assert stock_of(product).on_sale
    assert catalogue(NOON).piece(product.slug).variant(sku_of(product))


@pytest.mark.usefixtures("tables")
def test_merchants_see_a_picture_that_has_nothing_to_show_yet() -> None:
    product = a_product()
    asked = ask_for(product.slug, f"{product.slug}-front", "A pot", now=NOON)

    (seen,) = whole_catalogue(NOON).piece(product.slug).pictures

    assert (seen.picture_id, seen.state) == (asked.picture_id, "waiting")
    assert whole_catalogue(NOON).piece(product.slug).awaits_pictures(NOON)
    assert not seen.awaited(NOON + ARRIVES_WITHIN)
    seen.delete()


@pytest.mark.usefixtures("tables")
def test_a_product_has_room_for_so_many_pictures() -> None:
    product = a_product()
    full = Piece(product, (Picture(),) * MOST_PICTURES)

    with pytest.raises(Unacceptable):
        ask_for_another(full, "One too many", now=NOON)
