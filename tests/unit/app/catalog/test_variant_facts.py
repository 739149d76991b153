"""Price, compare-at price, weight and barcode of each variant."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as struct_replace

from app.catalog.bulk_edit import BulkChange
from app.catalog.models import Product, Variant
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from app.catalog.variants import try_variant_facts
from app.inventory.models import LedgerEntry, Stock
from tests.builders import NOON, a_product, current_product

NO_FACTS = dict.fromkeys(("price", "compare_at", "weight_g", "barcode"), "")


def facts(**submitted: str) -> dict[str, str]:
    return NO_FACTS | submitted


@pytest.mark.parametrize(
    "barcode",
    ["4006381333931", "96385074", "036000291452", "10012345678902", "978-0-306-40615-7"],
)
def test_barcode_of_each_length_is_read_without_its_hyphens(barcode: str) -> None:
    values, errors = try_variant_facts(facts(barcode=barcode))

    assert errors == {}
    assert values["barcode"] == barcode.replace("-", "")


@pytest.mark.parametrize(
    ("submitted", "field", "message"),
    [
        ({"barcode": "4006381333932"}, "barcode", "last digit does not fit"),
        ({"barcode": "123456789"}, "barcode", "8, 12, 13 or 14 digits"),
        (
            {"barcode": "9.78E+12"},
            "barcode",
            "with all its digits: this one looks changed by a spreadsheet",
        ),
        ({"barcode": "\u0664" * 13}, "barcode", "8, 12, 13 or 14 digits"),
        ({"price": "48", "compare_at": "48"}, "compare_at", "higher than the price"),
        ({"compare_at": "60"}, "compare_at", "the price of this variant too"),
        ({"price": "0"}, "price", "at least"),
        ({"weight_g": "1.5"}, "weight_g", "whole number"),
    ],
)
def test_invalid_fact_says_what_to_enter(
    submitted: dict[str, str], field: str, message: str
) -> None:
    _, errors = try_variant_facts(facts(**submitted))

    assert list(errors) == [field]
    assert message in errors[field]


def with_own_price(product: Product, price: int, compare_at: int | None = None) -> None:
    first, second = product.variants
    variants = (first, struct_replace(second, price=price, compare_at=compare_at))
    fields = replace(ProductFields.from_product(product), variants=variants)
    update_product(product, fields, expected_version=product.version, by="Anna", now=NOON)


@pytest.mark.usefixtures("tables")
def test_price_of_a_variant_is_that_of_its_stock_item_alone() -> None:
    product = a_product(price=2_450, variants=2)
    first, second = (variant.sku for variant in product.variants)

    with_own_price(product, 3_100)

    assert (Stock.get(first).price, Stock.get(second).price) == (2_450, 3_100)
    priced = [
        sku for sku in (first, second) for it in LedgerEntry.query(sku) if it.reason == "priced"
    ]
    assert priced == [second]


@pytest.mark.usefixtures("tables")
def test_price_of_a_product_leaves_the_prices_of_its_variants() -> None:
    product = a_product(price=2_450, variants=2)
    with_own_price(product, 3_100)
    changed = current_product(product)

    fields = replace(ProductFields.from_product(changed), price=2_000)
    update_product(changed, fields, expected_version=changed.version, by="Anna", now=NOON)

    prices = [Stock.get(variant.sku).price for variant in product.variants]
    assert prices == [2_000, 3_100]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (BulkChange("start_sale", 50), [(500, 1_000), (1_000, 2_000)]),
        (BulkChange("end_sale"), [(1_000, None), (2_000, None)]),
        (BulkChange("set_price", 700), [(700, None), (700, None)]),
    ],
)
def test_bulk_edit_changes_the_price_of_each_variant(
    change: BulkChange, expected: list[tuple[int, int | None]]
) -> None:
    variants = (Variant("A", "Small"), Variant("B", "Large", price=2_000))
    product = Product(slug="jug", price=1_000, variants=variants, title="Jug", category="Jugs")
    product.blurb = "It pours."

    fields = change.edit_of(product, expected_version=0).fields

    for name, value in vars(fields).items():
        setattr(product, name, value)
    prices = [(product.price_of(it), product.compare_at_of(it)) for it in product.variants]
    assert prices == expected
