from dataclasses import replace

import pytest

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.models import Product
from app.catalog.products import ChangedMeanwhile, Description, edit_product
from app.catalog.publishing import hide_product
from app.inventory.models import LedgerEntry, Stock
from app.orders.checkout import place_order
from app.persistence.audit_log import Change
from tests.builders import NOON, a_cart, a_product, a_request, noted, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")

ANNA, BEN = "anna@hearth.example", "ben@hearth.example"


def _now(product: Product) -> Product:
    return whole_catalogue(NOON).piece(product.slug).product


def _edit(product: Product, by: str = ANNA, **changes: object) -> Product:
    wanted = replace(Description.of(product), **changes)  # type: ignore[arg-type]
    edit_product(product, wanted, seen=product.version, by=by, now=NOON)
    return _now(product)


def _noted(product: Product) -> list[Change]:
    return noted(f"/desk/products/{product.slug}")


def test_what_a_product_says_is_changed() -> None:
    product = a_product()

    edited = _edit(
        product, title="Jug", details=("Stoneware",), tags=("new",), compare_at=9_900, weight_g=850
    )

    assert (edited.title, edited.details, edited.tags) == ("Jug", ("Stoneware",), ("new",))
    assert (edited.compare_at, edited.weight_g, edited.version) == (9_900, 850, 1)


def test_an_earlier_price_can_be_taken_away_again() -> None:
    product = _edit(a_product(), compare_at=9_900)

    assert _edit(product, compare_at=None).compare_at is None


def test_a_price_changes_for_every_sku_in_the_same_moment() -> None:
    product = a_product(price=2_450, variants=2)

    assert _edit(product, price=2_900).price == 2_900

    for variant in product.variants:
        assert Stock.get(variant.sku).price == 2_900
        (noted,) = [e for e in LedgerEntry.query(variant.sku) if e.reason == "priced"]
        assert (noted.change, noted.note, noted.by) == (0, "price €24.50 to €29.00", ANNA)


def test_the_old_price_buys_nothing_any_more() -> None:
    product = a_product(price=2_450)
    cart = a_cart(product)

    _edit(product, price=2_900)

    with pytest.raises(Exception, match="price"):
        place_order(a_request(), cart, now=NOON)


def test_a_product_becomes_a_draft_with_all_its_skus() -> None:
    product = a_product()

    _edit(product, listed=False)

    assert not stock_of(product).on_sale


def test_the_second_of_two_merchants_overwrites_nothing() -> None:
    product = a_product(price=2_450)
    _edit(product, title="Anna's jug")

    with pytest.raises(ChangedMeanwhile):
        _edit(product, by=BEN, title="Ben's jug", price=9_900)

    assert _now(product).title == "Anna's jug"
    assert stock_of(product).price == 2_450
    assert {change.by for change in _noted(product)} == {ANNA, "the shop itself"}


def test_an_edit_begun_before_a_product_was_hidden_does_not_show_it_again() -> None:
    product = a_product()
    hide_product(product, by=BEN, now=NOON)

    with pytest.raises(ChangedMeanwhile):
        _edit(a_product_as_read_before(product), title="Jug")

    assert not stock_of(product).on_sale


def a_product_as_read_before(product: Product) -> Product:
    product.listed, product.version = True, 0
    return product


def test_a_product_that_was_never_edited_has_no_version_and_can_be_edited() -> None:
    product = a_product()
    product.update(actions=[Product.version.remove()])

    assert _edit(_now(product), title="Jug").version == 1


def test_a_product_that_is_gone_is_not_brought_back() -> None:
    product = a_product()
    product.delete()

    with pytest.raises(ChangedMeanwhile):
        edit_product(
            product, replace(Description.of(product), title="Jug"), seen=0, by=ANNA, now=NOON
        )


def test_nothing_changed_is_nothing_written() -> None:
    product = a_product()

    assert _edit(product).version == 0
    assert len(_noted(product)) == 1


def test_the_log_says_what_was_changed_and_from_what() -> None:
    product = a_product(price=2_450)

    _edit(product, price=2_900, compare_at=3_500, blurb="It pours.", listed=False)

    (edit,) = [change for change in _noted(product) if change.by == ANNA]
    assert edit.what == (
        "Changed Tea pot: blurb, price €24.50 to €29.00, compare at none to €35.00, made a draft"
    )


def test_a_sku_that_has_no_stock_row_stops_the_whole_edit() -> None:
    product = a_product()
    Stock(sku_of(product)).delete()

    with pytest.raises(ChangedMeanwhile):
        _edit(product, price=2_900)

    assert _now(product).price == 2_450
