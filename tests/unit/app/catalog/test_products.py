from dataclasses import replace

import pytest
from ulid import ULID

from app.catalog.catalog_cache import cached_catalog, clear_cache, read_full_catalog
from app.catalog.models import Product, Variant
from app.catalog.product_fields import ProductFields
from app.catalog.products import DuplicateProduct, EditConflict, create_product, update_product
from app.catalog.publishing import publish_product, unpublish_product
from app.errors import NotFound
from app.inventory.adjustments import list_ledger_entries
from app.inventory.models import LedgerEntry, Stock
from app.orders.checkout import place_order
from app.persistence.audit_log import AuditLogEntry
from tests.builders import (
    NOON,
    a_cart,
    a_product,
    a_request,
    a_sku,
    audit_log_entries,
    current_product,
    sku_of,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("tables")

ANNA, BEN = "anna@hearth.example", "ben@hearth.example"


def _audit_log(product: Product) -> list[AuditLogEntry]:
    return audit_log_entries(f"/admin/products/{product.slug}")


# --- create ---------------------------------------------------------------------------------


def _draft(slug: str, *skus: str) -> Product:
    return Product(
        slug=slug,
        title="Jar",
        category="Kitchen",
        blurb="It closes.",
        price=100,
        variants=tuple(Variant(sku, sku) for sku in skus),
        published=False,
    )


def test_product_is_created_with_stock_and_ledger_entries() -> None:
    product = a_product(quantity=7, variants=2)

    for variant in product.variants:
        stock = Stock.get(variant.sku)
        assert (stock.price, stock.available, stock.received) == (2_450, 7, 7)
        assert [(it.reason, it.change) for it in list_ledger_entries(stock)] == [("received", 7)]


def test_duplicate_slug_creates_nothing() -> None:
    existing, sku = a_product(), a_sku()

    with pytest.raises(DuplicateProduct) as duplicate:
        create_product(_draft(existing.slug, sku), quantities={sku: 1}, now=NOON)

    assert (duplicate.value.slug, duplicate.value.skus) == (existing.slug, ())
    assert not list(Stock.query(sku))
    assert current_product(existing).title == "Tea pot"


def test_duplicate_sku_creates_nothing() -> None:
    existing, slug = a_product(variants=2), f"another-{ULID()}".lower()
    sku = existing.variants[1].sku

    with pytest.raises(DuplicateProduct) as duplicate:
        create_product(_draft(slug, a_sku(), sku), quantities={}, now=NOON)

    assert (duplicate.value.slug, duplicate.value.skus) == ("", (sku,))
    assert stock_of(existing).price == 2_450
    with pytest.raises(NotFound):
        read_full_catalog(NOON).entry(slug)


# --- update ---------------------------------------------------------------------------------


def _update(product: Product, by: str = ANNA, **changes: object) -> Product:
    fields = replace(ProductFields.from_product(product), **changes)  # type: ignore[arg-type]
    update_product(product, fields, expected_version=product.version, by=by, now=NOON)
    return current_product(product)


def test_update_changes_the_fields_and_increments_the_version() -> None:
    product = a_product()

    updated = _update(
        product, title="Jug", details=("Stoneware",), tags=("new",), compare_at=9_900, weight_g=850
    )

    assert (updated.title, updated.details, updated.tags) == ("Jug", ("Stoneware",), ("new",))
    assert (updated.compare_at, updated.weight_g, updated.version) == (9_900, 850, 1)


def test_compare_at_price_can_be_removed() -> None:
    product = _update(a_product(), compare_at=9_900)

    assert _update(product, compare_at=None).compare_at is None


def test_price_change_applies_to_the_stock_of_every_sku() -> None:
    product = a_product(price=2_450, variants=2)

    assert _update(product, price=2_900).price == 2_900

    for variant in product.variants:
        assert Stock.get(variant.sku).price == 2_900
        (entry,) = [e for e in LedgerEntry.query(variant.sku) if e.reason == "priced"]
        assert (entry.change, entry.note, entry.by) == (0, "price €24.50 to €29.00", ANNA)


def test_cart_with_the_old_price_cannot_be_ordered() -> None:
    product = a_product(price=2_450)
    cart = a_cart(product)

    _update(product, price=2_900)

    with pytest.raises(Exception, match="price"):
        place_order(a_request(), cart, now=NOON)


def test_unpublishing_by_an_update_stops_sales_of_every_sku() -> None:
    product = a_product()

    _update(product, published=False)

    assert not stock_of(product).on_sale


def test_optimistic_locking_raises_an_edit_conflict_for_the_second_merchant() -> None:
    product = a_product(price=2_450)
    _update(product, title="Anna's jug")

    with pytest.raises(EditConflict):
        _update(product, by=BEN, title="Ben's jug", price=9_900)

    assert current_product(product).title == "Anna's jug"
    assert stock_of(product).price == 2_450
    assert {change.by for change in _audit_log(product)} == {ANNA, "system"}


def test_update_of_a_version_from_before_unpublishing_is_an_edit_conflict() -> None:
    product = a_product()
    unpublish_product(product, by=BEN, now=NOON)
    product.published, product.version = True, 0

    with pytest.raises(EditConflict):
        _update(product, title="Jug")

    assert not stock_of(product).on_sale


def test_update_of_a_deleted_product_is_an_edit_conflict() -> None:
    product = a_product()
    product.delete()
    fields = replace(ProductFields.from_product(product), title="Jug")

    with pytest.raises(EditConflict):
        update_product(product, fields, expected_version=0, by=ANNA, now=NOON)


def test_update_without_changes_writes_nothing() -> None:
    product = a_product()

    assert _update(product).version == 0
    assert len(_audit_log(product)) == 1


def test_audit_log_has_the_changed_fields_and_amounts() -> None:
    product = a_product(price=2_450)

    _update(product, price=2_900, compare_at=3_500, blurb="It pours.", published=False)

    (change,) = [change for change in _audit_log(product) if change.by == ANNA]
    assert change.summary == (
        "Changed Tea pot: short description, price €24.50 to €29.00, "
        "compare at none to €35.00, unpublished"
    )


def test_update_is_all_or_nothing_if_a_stock_item_is_missing() -> None:
    product = a_product()
    Stock(sku_of(product)).delete()

    with pytest.raises(EditConflict):
        _update(product, price=2_900)

    assert current_product(product).price == 2_450


# --- publish --------------------------------------------------------------------------------


def test_unpublished_product_is_neither_shown_nor_on_sale() -> None:
    product = a_product()

    unpublish_product(product, by=ANNA, now=NOON)
    clear_cache()

    assert not stock_of(product).on_sale
    with pytest.raises(NotFound):
        cached_catalog(NOON).entry(product.slug)
    assert current_product(product).published is False


def test_publish_product_restores_sales_and_is_idempotent() -> None:
    product = a_product()
    unpublish_product(product, by=ANNA, now=NOON)

    publish_product(product, by=ANNA, now=NOON)
    publish_product(product, by=ANNA, now=NOON)
    clear_cache()

    assert stock_of(product).on_sale
    assert cached_catalog(NOON).entry(product.slug).variant(sku_of(product))
