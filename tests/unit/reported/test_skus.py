"""A SKU that a word processor or a spreadsheet has changed is still the SKU of its product.

Imports kept blanks around a SKU, so that two products had the same one: magento2#10080 and
magento2#12300.
"""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalog.imports.jobs import create_import, product_results
from app.catalog.imports.processing import process_file
from app.catalog.product_fields import VARIANT_READERS, normalize_sku, normalize_slug
from tests.builders import NOON, a_product, current_product, sku_of
from tests.fake_clouds import MERCHANT

read_sku = VARIANT_READERS["sku"]
SPELLINGS = {
    "as it is": "TARN-TEAL-7",
    "small letters": "tarn-teal-7",
    "blanks around": " \u00a0TARN-TEAL-7\t",
    "byte order mark": "\ufeffTARN-TEAL-7",
    "zero width space": "TARN\u200b-TEAL-7\u200b",
    "soft hyphen beside the hyphen": "TARN-\u00adTEAL-7",
    "en dashes": "TARN\u2013TEAL\u20137",
    "no-break hyphens": "TARN\u2011TEAL\u20117",
    "minus signs": "TARN\u2212TEAL\u22127",
    "full width": "\uff34\uff21\uff32\uff2e\uff0d\uff34\uff25\uff21\uff2c\uff0d\uff17",
}
REFUSED = ["", "-", "TARN TEAL", "TARN--TEAL", "TARN_TEAL", "TARN/TEAL", "-TARN", "TARN-", "TÄRN"]
REFUSED += ["X" * 41, "1.23E+12", "'00123", "=TARN", "TARN\nTEAL", "\u0422ARN", "TARN\u202e"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_sku_has_one_spelling(spelling: str) -> None:
    assert read_sku(SPELLINGS[spelling]) == "TARN-TEAL-7"


@pytest.mark.parametrize("text", REFUSED)
def test_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="Enter a SKU like TARN-TEAL"):
        read_sku(text)


@given(st.text(max_size=40) | st.text("aZ09-\u2013\u00ad\u200b \uff21ßŉ", max_size=20))
@example("ß")
def test_accepted_sku_and_slug_are_in_their_normal_form(text: str) -> None:
    sku, slug = normalize_sku(text), normalize_slug(text)

    assert normalize_sku(sku) == sku
    assert normalize_slug(slug) == slug
    try:
        kept = read_sku(text)
    except ValueError:
        return
    assert kept.isascii()
    assert read_sku(kept) == kept == sku


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        "\ufeff{}\u200b".format,
        lambda sku: sku.replace("-", "\u2013"),
        lambda sku: "".join(chr(ord(it) + 0xFEE0) for it in sku),
    ],
)
def test_import_finds_the_product_of_a_sku(tables: object, change: Callable[[str], str]) -> None:
    product = a_product()
    job = create_import(by=MERCHANT, now=NOON)

    process_file(job, f"sku,price\n{change(sku_of(product))},13\n".encode(), "A1", now=NOON)

    assert [it.outcome for it in product_results(job.import_id)] == ["updated"]
    assert current_product(product).price == 1_300


def test_import_finds_the_product_of_a_slug(tables: object) -> None:
    product = a_product()
    job = create_import(by=MERCHANT, now=NOON)

    process_file(
        job, f"slug,price\n\ufeff{product.slug.upper()}\u200b,13\n".encode(), "A1", now=NOON
    )

    assert current_product(product).price == 1_300


def test_import_says_which_answers_the_column_published_takes(tables: object) -> None:
    product = a_product()
    job = create_import(by=MERCHANT, now=NOON)

    process_file(job, f"slug,published\n{product.slug},TRUE\n".encode(), "A1", now=NOON)

    ((error,),) = [it.errors for it in product_results(job.import_id)]
    assert error.message == "Select whether the product is published: yes or no."


def test_form_with_a_sku_in_use_marks_its_row(merchant: TestClient) -> None:
    sku = sku_of(a_product())
    form = {"title": "Pot", "slug": f"pot-{sku.lower()}", "category": "Pots", "blurb": "It pours."}
    form |= {"price": "12", "published": "no", "quantity_1": "1", "sku_1": f"\ufeff{sku.lower()}"}

    refused = merchant.post("/admin/products", data=form)

    assert refused.status_code == 409
    assert 'id="sku_1-error"' in refused.text
