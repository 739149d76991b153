import itertools
from dataclasses import replace

import pytest
from ulid import ULID

from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.models import ImportJob, ProductResult
from app.catalog.imports.parsing import IN_USE
from app.catalog.imports.processing import FILE_REPLACED, process_file
from app.catalog.imports.results import EDIT_CONFLICT
from app.catalog.product_fields import MAX_VARIANTS, ProductFields
from app.catalog.products import update_product
from app.csv_io.escaping import write_csv
from app.inventory.models import LedgerEntry, Stock
from tests.builders import NOON, a_product, audit_log_entries, current_product, sku_of, stock_of
from tests.crash_injection import crash, crash_after_call, interleave

pytestmark = pytest.mark.usefixtures("tables")

ANNA, SEQUENCER = "anna@hearth.example", "A1"


def _csv(*rows: dict[str, str]) -> bytes:
    columns = list(rows[0])
    return write_csv(columns, [[row[name] for name in columns] for row in rows]).encode()


def _process(data: bytes, job: ImportJob | None = None) -> ImportJob:
    job = job or create_import(by=ANNA, now=NOON)
    process_file(find_import(job.import_id), data, SEQUENCER, now=NOON)
    clear_cache()
    return find_import(job.import_id)


def _results(*rows: dict[str, str]) -> list[ProductResult]:
    return product_results(_process(_csv(*rows)).import_id)


def _errors(*rows: dict[str, str]) -> list[tuple[int, str, str]]:
    errors = [error for result in _results(*rows) for error in result.errors]
    return [(error.row, error.column, error.message) for error in errors]


def _new_row(**cells: str) -> dict[str, str]:
    mark = str(ULID())
    return {
        "slug": f"jar-{mark}".lower(),
        "sku": f"JAR-{mark}",
        "title": "Jar",
        "variant": "",
        "category": "Kitchen",
        "blurb": "It closes.",
        "price": "48.00",
        "available": "7",
        **cells,
    }


def test_new_product_becomes_a_draft_with_its_stock() -> None:
    row = _new_row(published="yes", colour="#2F5A52")

    (result,) = _results(row)

    product = read_full_catalog(NOON).entry(row["slug"]).product
    assert (result.outcome, result.slug, result.rows) == ("created", row["slug"], (2,))
    assert (product.title, product.price, product.published) == ("Jar", 4_800, False)
    assert product.variants[0].swatch == "#2f5a52"
    assert Stock.get(row["sku"]).available == 7
    (change,) = audit_log_entries(f"/admin/products/{row['slug']}")
    assert (change.by, change.summary) == (ANNA, "Added Jar")
    product.delete()


def test_rows_of_one_product_become_its_variants_wherever_they_are() -> None:
    teal, other = _new_row(variant="Teal"), _new_row()
    oat = {**teal, "sku": f"{teal['sku']}-OAT", "variant": "Oat"}

    first, second = _results(teal, other, oat)

    assert (first.rows, second.rows) == ((2, 4), (3,))
    product = read_full_catalog(NOON).entry(teal["slug"]).product
    assert [variant.name for variant in product.variants] == ["Teal", "Oat"]
    for created in (product, read_full_catalog(NOON).entry(other["slug"]).product):
        created.delete()


def test_existing_product_is_updated_in_the_columns_of_the_file() -> None:
    product = a_product(price=2_450, title="Tea pot")

    (result,) = _results({"slug": product.slug, "price": "29.00"})

    assert result.outcome == "updated"
    assert (current_product(product).price, current_product(product).title) == (2_900, "Tea pot")
    assert (stock_of(product).price, stock_of(product).available) == (2_900, 20)
    changes = audit_log_entries(f"/admin/products/{product.slug}")
    assert ANNA in {change.by for change in changes}


def test_product_is_identified_by_its_sku_alone() -> None:
    product = a_product()

    (result,) = _results({"sku": sku_of(product).lower(), "price": "29.00"})

    assert (result.outcome, result.slug) == ("updated", product.slug)


def test_row_without_changes_is_unchanged() -> None:
    product = a_product(price=2_450)

    (result,) = _results({"slug": product.slug, "price": "24.50", "version": "0"})

    assert (result.outcome, current_product(product).version) == ("unchanged", 0)


def test_invalid_row_does_not_prevent_valid_rows() -> None:
    valid, invalid = a_product(), a_product(price=2_450)

    results = _results(
        {"slug": invalid.slug, "price": "1,500"}, {"slug": valid.slug, "price": "29"}
    )

    assert [result.outcome for result in results] == ["invalid", "updated"]
    assert (current_product(valid).price, current_product(invalid).price) == (2_900, 2_450)


def test_optimistic_locking_rejects_a_row_of_an_older_version() -> None:
    product = a_product(price=2_450)
    renamed = replace(ProductFields.from_product(product), title="Jug")
    update_product(product, renamed, expected_version=0, by="Ben", now=NOON)

    errors = _errors({"slug": product.slug, "price": "99.00", "version": "0"})

    assert errors == [(2, "version", EDIT_CONFLICT)]
    assert current_product(product).price == 2_450
    (result,) = _results({"slug": product.slug, "price": "99.00", "version": ""})
    assert result.outcome == "updated"


INVALID_CELLS: list[tuple[dict[str, str], str, str]] = [
    ({"title": ""}, "title", "Enter a title."),
    ({"title": "x" * 101}, "title", "Enter a title with at most 100 characters."),
    ({"blurb": "two\nlines"}, "blurb", "Enter a short description on one line."),
    ({"price": ""}, "price", "Enter a price."),
    ({"price": "1,200"}, "price", "Enter 1200.00 or 1.20"),
    ({"price": "NaN"}, "price", "like 48.00"),
    ({"compare_at": "12.00"}, "compare_at", "higher than the price"),
    ({"weight_g": "1.5"}, "weight_g", "Enter a weight in grams as a whole number, like 12."),
    ({"tags": "<b>"}, "tags", "Enter tags as plain words"),
    ({"details": "\n".join("abcdefghijklm")}, "details", "at most 12 lines"),
    ({"category": "4111 1111 1111 1111"}, "category", "card number"),
    ({"tags": "4111 1111 1111 1111"}, "tags", "card number"),
    ({"title": "Vase\u202egnp"}, "title", "without the hidden character U+202E"),
    ({"details": "\u3164"}, "details", "that can be seen"),
    ({"slug": "Not a slug"}, "slug", "lower-case letters"),
    ({"slug": "new"}, "slug", "reserved"),
    ({"sku": "a b"}, "sku", "Enter a SKU like TARN-TEAL"),
    ({"sku": ""}, "sku", "Enter a SKU like TARN-TEAL"),
    ({"colour": "url(x)"}, "colour", "Enter a colour like #2f5a52"),
    ({"available": "-1"}, "available", "Enter a quantity as a whole number, like 12."),
    ({"available": "100001"}, "available", "Enter a quantity of at most 100000."),
]


@pytest.mark.parametrize(("cells", "column", "message"), INVALID_CELLS)
def test_csv_rows_are_validated_by_the_rules_of_the_forms(
    cells: dict[str, str], column: str, message: str
) -> None:
    row = _new_row(**cells)

    ((number, invalid_column, shown),) = _errors(row)

    assert (number, invalid_column) == (2, column)
    assert message in shown
    slugs = [entry.product.slug for entry in read_full_catalog(NOON).entries]
    assert row["slug"] not in slugs


def test_all_errors_of_a_row_are_reported_at_once() -> None:
    errors = _errors(_new_row(title="", price="x", sku="a b"))

    assert {column for _, column, _ in errors} == {"title", "price", "sku"}


def test_repeated_sku_is_invalid_in_the_later_row() -> None:
    product = a_product()
    row = {"sku": sku_of(product), "price": "29.00"}

    errors = _errors(row, row)

    assert errors == [(3, "sku", "Enter a different SKU: row 2 has this one.")]


def test_contradicting_rows_of_one_product_are_invalid() -> None:
    product = a_product(variants=2, price=2_450)
    one, two = [
        {"slug": product.slug, "sku": v.sku, "title": "Pot", "price": "29"}
        for v in product.variants
    ]

    errors = _errors(one, {**two, "title": "Jug"})

    assert errors == [(3, "title", "Enter the same value as in row 2.")]
    assert current_product(product).price == 2_450


def test_import_neither_adds_nor_renames_variants_of_an_existing_product() -> None:
    product = a_product(variants=2)
    row = {"slug": product.slug, "sku": sku_of(product), "variant": "Colour 1"}

    ((_, added, _),) = _errors({**row, "sku": "ANOTHER"})
    ((_, renamed, message),) = _errors({**row, "variant": "Green"})

    assert (added, renamed) == ("sku", "variant")
    assert "Colour 1" in message


def test_sku_of_another_product_is_invalid() -> None:
    deleted = a_product()
    deleted.delete()

    errors = _errors(_new_row(sku=sku_of(deleted)))

    assert errors == [(2, "sku", IN_USE)]


def test_two_products_of_a_file_that_claim_the_same_sku_do_not_stop_it() -> None:
    """One transaction may not write the same item twice, so these products need one each."""
    product, other = a_product(price=2_450), a_product(price=2_450)
    facts = {"title": "Jug", "category": "Kitchen", "blurb": "B", "price": "29"}
    edit = dict.fromkeys(_new_row(), "") | facts | {"slug": product.slug}

    results = _results(edit, _new_row(sku=sku_of(product)), {**edit, "slug": other.slug})

    assert [result.outcome for result in results] == ["updated", "invalid", "updated"]
    assert [(error.column, error.message) for error in results[1].errors] == [("sku", IN_USE)]
    assert [current_product(it).price for it in (product, other)] == [2_900, 2_900]


def test_title_alone_does_not_identify_an_existing_product() -> None:
    product = a_product()
    row = _new_row(title=product.slug.replace("-", " "), slug="", sku="")

    ((_, column, message),) = _errors(row)

    assert (column, product.slug in message) == ("title", True)


def test_too_many_variants_are_invalid_and_the_reported_errors_are_limited() -> None:
    row = _new_row()
    rows = [{**row, "sku": f"{row['sku']}-{n}", "variant": f"No. {n}"} for n in range(150)]

    errors = _errors(*rows)

    assert len(errors) == 100
    assert errors[0][:2] == (MAX_VARIANTS + 2, "sku")


def test_product_with_the_most_variants_is_created_and_repriced_in_one_transaction_each() -> None:
    row = _new_row()
    rows = [
        {**row, "sku": f"{row['sku']}-{n}", "variant": f"No. {n}", "available": "1"}
        for n in range(MAX_VARIANTS)
    ]

    assert [result.outcome for result in _results(*rows)] == ["created"]
    dearer = [{**it, "price": "50", "version": ""} for it in rows]
    assert [result.outcome for result in _results(*dearer)] == ["updated"]

    stock = [Stock.get(it["sku"]) for it in rows]
    assert {(it.price, it.available, it.first_units) for it in stock} == {(5_000, 1, 1)}
    assert len(rows) == 50
    read_full_catalog(NOON).entry(row["slug"]).product.delete()


def test_duplicate_notification_is_processed_once() -> None:
    row = _new_row(published="yes", version="")
    edited = {**dict.fromkeys(row, ""), "slug": a_product().slug, "title": "Jug", "price": "29"}
    data = _csv(row, {**edited, "category": "Kitchen", "blurb": "B"})
    job = create_import(by=ANNA, now=NOON)

    for _ in range(3):
        _process(data, job)

    outcomes = [result.outcome for result in product_results(job.import_id)]
    assert outcomes == ["created", "invalid"]
    assert Stock.get(row["sku"]).first_units == Stock.get(row["sku"]).received
    created = read_full_catalog(NOON).entry(row["slug"]).product
    assert not created.published
    created.delete()


def test_crash_at_any_call_is_completed_by_the_retry() -> None:
    """Crash after each call in turn, until a run has fewer calls than that."""
    for number in itertools.count(1):
        one, two = a_product(price=2_450), a_product(price=2_450)
        data = _csv({"slug": one.slug, "price": "29"}, {"slug": two.slug, "price": "30"})
        job = create_import(by=ANNA, now=NOON)
        with crash_after_call(number) as crashed:
            _process(data, job)

        retried = _process(data, job)

        assert retried.state == "done"
        outcomes = [result.outcome for result in product_results(job.import_id)]
        assert outcomes == ["updated", "updated"]
        for product, price in ((one, 2_900), (two, 3_000)):
            assert (current_product(product).price, current_product(product).version) == (price, 1)
            priced = [e for e in LedgerEntry.query(sku_of(product)) if e.reason == "priced"]
            assert len(priced) == 1
        if not crashed:
            assert number > 6
            return


def test_concurrent_runs_update_a_product_once() -> None:
    product = a_product(price=2_450)
    data = _csv({"slug": product.slug, "price": "29"})
    job = create_import(by=ANNA, now=NOON)

    with interleave(lambda: _process(data, job), before="TransactWriteItems"):
        _process(data, job)

    assert [result.outcome for result in product_results(job.import_id)] == ["updated"]
    assert (current_product(product).price, current_product(product).version) == (2_900, 1)


def test_second_upload_of_a_finished_import_is_superseded() -> None:
    product = a_product(price=2_450)
    job = _process(_csv({"slug": product.slug, "price": "29"}))

    data = _csv({"slug": product.slug, "price": "99"})
    outcome = process_file(find_import(job.import_id), data, "B2", now=NOON)

    assert outcome == "superseded"
    assert current_product(product).price == 2_900


def test_file_that_was_replaced_during_processing_is_rejected() -> None:
    product = a_product(price=2_450)
    job = create_import(by=ANNA, now=NOON)
    with crash(before="TransactWriteItems"):
        _process(_csv({"slug": product.slug, "price": "29"}), job)

    retried = _process(_csv({"slug": product.slug, "price": "99"}), job)

    assert (retried.state, retried.reason) == ("rejected", FILE_REPLACED)
    assert current_product(product).price == 2_450


def test_file_with_too_many_rows_is_rejected_as_a_whole() -> None:
    job = _process(b"slug\n" + b"jug\n" * 50_001)

    assert job.state == "rejected"
    assert job.reason == "The file has more than 50000 rows. Split it into several files."
    assert product_results(job.import_id) == []
