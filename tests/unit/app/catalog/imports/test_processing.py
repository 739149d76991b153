import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from ulid import ULID

from app.catalog.catalog_cache import forget, whole_catalogue
from app.catalog.imports.jobs import ask_for_import, find_import, outcomes
from app.catalog.imports.processing import ANOTHER_FILE, OVERTAKEN, take_in
from app.catalog.imports.rows import Import, Told
from app.catalog.models import Product
from app.catalog.products import Description, edit_product
from app.csv_io.escaping import written
from app.inventory.models import LedgerEntry, Stock
from tests.builders import NOON, a_product, noted, sku_of, stock_of
from tests.crash_injection import dying, dying_after_call, meanwhile

pytestmark = pytest.mark.usefixtures("tables")

ANNA, FIRST = "anna@hearth.example", "A1"
Rows = Sequence[dict[str, str]]


def _file(*rows: dict[str, str]) -> bytes:
    columns = list(rows[0])
    return written(columns, [[row[name] for name in columns] for row in rows]).encode()


def _taken(data: bytes, sequencer: str = FIRST, it: Import | None = None) -> Import:
    it = it or ask_for_import(by=ANNA, now=NOON)
    take_in(find_import(it.import_id), data, sequencer, now=NOON)
    forget()
    return find_import(it.import_id)


def _told(*rows: dict[str, str]) -> list[Told]:
    return outcomes(_taken(_file(*rows)).import_id)


def _wrong(*rows: dict[str, str]) -> list[tuple[int, str, str]]:
    told = [wrong for one in _told(*rows) for wrong in one.wrong]
    return [(it.row, it.column, it.message) for it in told]


def _now(product: Product) -> Product:
    return whole_catalogue(NOON).piece(product.slug).product


def _new(**cells: str) -> dict[str, str]:
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


def test_a_piece_that_is_new_becomes_a_draft_with_its_stock() -> None:
    row = _new(listed="yes", colour="#2F5A52")

    (told,) = _told(row)

    product = whole_catalogue(NOON).piece(row["slug"]).product
    assert (told.became, told.slug, told.rows) == ("added", row["slug"], (2,))
    assert (product.title, product.price, product.listed) == ("Jar", 4_800, False)
    assert product.variants[0].swatch == "#2f5a52"
    assert Stock.get(row["sku"]).available == 7
    assert [(c.by, c.what) for c in noted(f"/desk/products/{row['slug']}")] == [(ANNA, "Added Jar")]
    product.delete()


def test_the_rows_of_a_piece_become_its_variants_wherever_they_stand() -> None:
    teal, other = _new(variant="Teal"), _new()
    oat = {**teal, "sku": f"{teal['sku']}-OAT", "variant": "Oat"}

    first, second = _told(teal, other, oat)

    assert (first.rows, second.rows) == ((2, 4), (3,))
    product = whole_catalogue(NOON).piece(teal["slug"]).product
    assert [variant.name for variant in product.variants] == ["Teal", "Oat"]
    for made in (product, whole_catalogue(NOON).piece(other["slug"]).product):
        made.delete()


def test_a_piece_that_is_here_is_changed_in_what_the_file_says() -> None:
    product = a_product(price=2_450, title="Tea pot")

    (told,) = _told({"slug": product.slug, "price": "29.00"})

    assert told.became == "changed"
    assert (_now(product).price, _now(product).title) == (2_900, "Tea pot")
    assert (stock_of(product).price, stock_of(product).available) == (2_900, 20)
    assert ANNA in {change.by for change in noted(f"/desk/products/{product.slug}")}


def test_a_piece_is_known_by_its_sku_alone() -> None:
    product = a_product()

    (told,) = _told({"sku": sku_of(product).lower(), "price": "29.00"})

    assert (told.became, told.slug) == ("changed", product.slug)


def test_what_is_so_already_is_left_alone() -> None:
    product = a_product(price=2_450)

    (told,) = _told({"slug": product.slug, "price": "24.50", "version": "0"})

    assert (told.became, _now(product).version) == ("unchanged", 0)


def test_a_good_row_is_taken_beside_a_bad_one() -> None:
    good, bad = a_product(), a_product(price=2_450)

    told = _told({"slug": bad.slug, "price": "1,5"}, {"slug": good.slug, "price": "29"})

    assert [one.became for one in told] == ["wrong", "changed"]
    assert (_now(good).price, _now(bad).price) == (2_900, 2_450)


def test_what_somebody_changed_since_the_export_is_not_overwritten() -> None:
    product = a_product(price=2_450)
    renamed = replace(Description.of(product), title="Jug")
    edit_product(product, renamed, seen=0, by="Ben", now=NOON)

    assert _wrong({"slug": product.slug, "price": "99.00", "version": "0"}) == [
        (2, "version", OVERTAKEN)
    ]
    assert _now(product).price == 2_450
    (told,) = _told({"slug": product.slug, "price": "99.00", "version": ""})
    assert told.became == "changed"


BAD: list[tuple[dict[str, str], str, str]] = [
    ({"title": ""}, "title", "Please fill this in."),
    ({"title": "x" * 101}, "title", "at most 100 characters"),
    ({"blurb": "two\nlines"}, "blurb", "one line"),
    ({"price": "0"}, "price", "nothing away for nothing"),
    ({"price": "48,00"}, "price", "like 48.00"),
    ({"price": "NaN"}, "price", "like 48.00"),
    ({"compare_at": "12.00"}, "compare_at", "higher than today's"),
    ({"weight_g": "1.5"}, "weight_g", "whole number"),
    ({"tags": "<b>"}, "tags", "Small words"),
    ({"details": "\n".join("abcdefghijklm")}, "details", "At most 12 lines"),
    ({"category": "4111 1111 1111 1111"}, "category", "card number"),
    ({"slug": "Not a slug"}, "slug", "Small letters"),
    ({"slug": "new"}, "slug", "for itself"),
    ({"sku": "a b"}, "sku", "Like TARN-TEAL"),
    ({"sku": ""}, "sku", "Like TARN-TEAL"),
    ({"colour": "url(x)"}, "colour", "A colour like"),
    ({"available": "-1"}, "available", "whole number"),
    ({"available": "100001"}, "available", "at most 100000"),
]


@pytest.mark.parametrize(("cells", "column", "said"), BAD)
def test_each_rule_of_the_form_holds_for_a_file(
    cells: dict[str, str], column: str, said: str
) -> None:
    row = _new(**cells)

    ((number, where, message),) = _wrong(row)

    assert (number, where) == (2, column)
    assert said in message
    assert not [p for p in whole_catalogue(NOON).pieces if p.product.slug == row["slug"]]


def test_all_that_is_wrong_in_a_row_is_told_at_once() -> None:
    wrong = _wrong(_new(title="", price="x", sku="a b"))

    assert {column for _, column, _ in wrong} == {"title", "price", "sku"}


def test_a_sku_that_stands_twice_is_refused_where_it_stands_again() -> None:
    product = a_product()
    row = {"sku": sku_of(product), "price": "29.00"}

    ((number, column, said),) = _wrong(row, row)

    assert (number, column, said) == (3, "sku", "This sku stands in row 2 already.")


def test_rows_that_say_different_things_of_one_piece_are_refused() -> None:
    product = a_product(variants=2, price=2_450)
    one, two = [{"slug": product.slug, "sku": v.sku, "price": "29"} for v in product.variants]

    assert _wrong(one, {**two, "price": "30"}) == [
        (3, "price", "Row 2 says something else about the same piece.")
    ]
    assert _now(product).price == 2_450


def test_a_file_adds_no_variant_to_a_piece_and_renames_none() -> None:
    product = a_product(variants=2)
    row = {"slug": product.slug, "sku": sku_of(product), "variant": "Colour 1"}

    ((_, column, _),) = _wrong({**row, "sku": "ANOTHER"})
    ((_, renamed, said),) = _wrong({**row, "variant": "Green"})

    assert (column, renamed) == ("sku", "variant")
    assert "Colour 1" in said


def test_a_sku_that_another_piece_had_is_refused_beside_it() -> None:
    gone = a_product()
    gone.delete()

    ((number, column, said),) = _wrong(_new(sku=sku_of(gone)))

    assert (number, column, said) == (2, "sku", "Another piece has this one already.")


def test_a_title_alone_never_changes_a_piece_that_is_here() -> None:
    row = _new(title=f"Jar {ULID()}", slug="", sku="")
    product = a_product()
    product.update(actions=[Product.blurb.set("It pours.")])

    ((_, column, said),) = _wrong({**row, "title": product.slug.replace("-", " ")})

    assert (column, product.slug in said) == ("title", True)


def test_more_variants_than_a_piece_may_have_are_refused() -> None:
    row = _new()
    rows = [{**row, "sku": f"{row['sku']}-{n}", "variant": f"No. {n}"} for n in range(150)]

    wrong = _wrong(*rows)

    assert len(wrong) == 100
    assert wrong[0][:2] == (7, "sku")


def test_a_file_that_is_told_of_twice_acts_once() -> None:
    product, row = a_product(), _new(listed="yes")
    data = _file(
        {**row, "version": ""},
        {
            **dict.fromkeys(row, ""),
            "version": "",
            "slug": product.slug,
            "title": "Jug",
            "category": "Kitchen",
            "blurb": "B",
            "price": "29",
        },
    )
    it = ask_for_import(by=ANNA, now=NOON)

    for _ in range(3):
        _taken(data, it=it)

    assert [one.became for one in outcomes(it.import_id)] == ["added", "wrong"]
    assert len(list(LedgerEntry.query(row["sku"]))) == 1
    made = whole_catalogue(NOON).piece(row["slug"]).product
    assert not made.listed
    made.delete()


def test_one_that_died_at_any_call_is_taken_to_the_end_by_the_next() -> None:
    """Each call in turn, until one run has fewer calls than that."""
    for number in itertools.count(1):
        one, two = a_product(price=2_450), a_product(price=2_450)
        data = _file({"slug": one.slug, "price": "29"}, {"slug": two.slug, "price": "30"})
        it = ask_for_import(by=ANNA, now=NOON)
        with dying_after_call(number) as fatal:
            _taken(data, it=it)

        ended = _taken(data, it=it)

        assert ended.state == "done"
        assert [told.became for told in outcomes(it.import_id)] == ["changed", "changed"]
        for product, price in ((one, 2_900), (two, 3_000)):
            assert (_now(product).price, _now(product).version) == (price, 1)
            priced = [e for e in LedgerEntry.query(sku_of(product)) if e.reason == "priced"]
            assert len(priced) == 1
        if not fatal:
            assert number > 6
            return


def test_two_runs_at_once_change_a_piece_once() -> None:
    product = a_product(price=2_450)
    data = _file({"slug": product.slug, "price": "29"})
    it = ask_for_import(by=ANNA, now=NOON)

    with meanwhile(lambda: _taken(data, it=it), before="TransactWriteItems"):
        _taken(data, it=it)

    assert [told.became for told in outcomes(it.import_id)] == ["changed"]
    assert (_now(product).price, _now(product).version) == (2_900, 1)


def test_a_second_upload_through_the_same_form_is_overtaken() -> None:
    product = a_product(price=2_450)
    it = _taken(_file({"slug": product.slug, "price": "29"}))

    take_in(find_import(it.import_id), _file({"slug": product.slug, "price": "99"}), "B2", now=NOON)

    assert _now(product).price == 2_900


def test_a_file_replaced_while_it_was_read_is_not_mixed_with_the_other() -> None:
    product = a_product(price=2_450)
    it = ask_for_import(by=ANNA, now=NOON)
    with dying(before="TransactWriteItems"):
        _taken(_file({"slug": product.slug, "price": "29"}), it=it)

    ended = _taken(_file({"slug": product.slug, "price": "99"}), it=it)

    assert (ended.state, ended.reason) == ("refused", ANOTHER_FILE)
    assert _now(product).price == 2_450


def test_the_file_as_a_whole_is_refused_with_its_reason() -> None:
    ended = _taken(b"slug\n" + b"jug\n" * 10_000)

    assert ended.state == "refused"
    assert ended.reason == "The file has more than 2000 rows. Please send it in parts."
    assert outcomes(ended.import_id) == []
