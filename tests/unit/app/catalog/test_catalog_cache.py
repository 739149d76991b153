from datetime import timedelta

import pytest
from ulid import ULID

from app.catalog.catalog_cache import catalogue, forget, read_catalogue
from app.catalog.image_uploads import Finished, Upload, ask_for, finish, upload_key
from app.catalog.models import Product, Variant
from app.catalog.publishing import add_product
from app.errors import Conflict, NotFound
from app.inventory.models import LedgerEntry, Stock
from tests.builders import NOON, a_product, a_sku, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")


def a_picture_of(product: Product) -> str:
    picture_id = str(ULID())
    ask_for(product.slug, picture_id, "A pot", now=NOON)
    upload = Upload.from_key(upload_key(product.slug, picture_id), "A1")
    finish(upload, Finished("0123456789abcdef", 960, 640))
    forget()
    return picture_id


def test_a_product_appears_with_its_stock_and_why() -> None:
    product = a_product(pieces=7, variants=2)

    assert catalogue(NOON).piece(product.slug).product.title == "Tea pot"
    assert catalogue(NOON).piece_with(product.variants[1].sku).product.slug == product.slug
    for variant in product.variants:
        stock = Stock.get(variant.sku)
        assert (stock.price, stock.available, stock.received) == (2_450, 7, 7)
        assert [it.change for it in LedgerEntry.query(variant.sku)] == [7]


def test_a_slug_that_is_taken_adds_nothing() -> None:
    taken = a_product()
    sku = a_sku()
    copy = Product(
        slug=taken.slug,
        title="Another",
        category="Tableware",
        blurb="",
        price=1,
        variants=(Variant(sku, "Default"),),
    )

    with pytest.raises(Conflict):
        add_product(copy, pieces={sku: 1}, now=NOON)

    assert not list(Stock.query(sku))
    assert catalogue(NOON).piece(taken.slug).product.title == "Tea pot"


def test_a_sku_that_is_taken_adds_nothing() -> None:
    taken = a_product()
    slug = f"another-{ULID()}".lower()
    copy = Product(
        slug=slug,
        title="Another",
        category="Tableware",
        blurb="",
        price=1,
        variants=(Variant(sku_of(taken), "Default"),),
    )

    with pytest.raises(Conflict):
        add_product(copy, pieces={}, now=NOON)

    assert stock_of(taken).price == 2_450
    with pytest.raises(NotFound):
        read_catalogue(NOON).piece(slug)


def test_what_we_do_not_have_is_not_found() -> None:
    with pytest.raises(NotFound):
        catalogue(NOON).piece("no-such-piece")
    with pytest.raises(NotFound):
        catalogue(NOON).piece_with("NO-SUCH-SKU")


def test_the_shelf_is_kept_for_half_a_minute() -> None:
    shelf = catalogue(NOON)

    assert catalogue(NOON + timedelta(seconds=29)) is shelf
    assert catalogue(NOON + timedelta(seconds=30)) is not shelf


def test_a_product_that_is_not_listed_is_not_seen() -> None:
    product = a_product()
    product.update(actions=[Product.listed.set(False)])

    with pytest.raises(NotFound):
        read_catalogue(NOON).piece(product.slug)


def test_a_picture_is_shown_from_its_first_version_on() -> None:
    product = a_product()
    ask_for(product.slug, str(ULID()), "Not uploaded yet", now=NOON)
    forget()
    assert catalogue(NOON).piece(product.slug).cover is None

    picture_id = a_picture_of(product)

    cover = catalogue(NOON).piece(product.slug).cover
    assert cover
    assert cover.picture_id == picture_id


def test_pictures_stand_in_the_order_the_merchant_chose() -> None:
    product = a_product()
    ids = [a_picture_of(product) for _ in range(3)]
    product.update(actions=[Product.picture_order.set((ids[2], ids[0]))])
    forget()

    shown = [it.picture_id for it in catalogue(NOON).piece(product.slug).pictures]

    assert shown == [ids[2], ids[0], ids[1]]


def test_a_variant_without_a_picture_of_its_own_shows_the_cover() -> None:
    product = a_product()
    picture_id = a_picture_of(product)

    shown = catalogue(NOON).piece(product.slug).picture_of(sku_of(product))

    assert shown
    assert shown.picture_id == picture_id
