import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.card_numbers import has_card_number
from app.catalog.catalog_cache import cached_catalog, read_full_catalog
from app.catalog.models import Product
from app.catalog.product_fields import as_form_values
from app.inventory.models import Stock
from tests.builders import NOON, a_product, audit_log_entries, current_product, sku_of, stock_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import input_values, page_text

# --- create ---------------------------------------------------------------------------------


def _new_product_form(**changes: str) -> dict[str, Any]:
    """What a browser submits: every row, empty ones too."""
    mark = str(ULID())
    rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "quantity")}
    swatches = {f"swatch_{n}": "#a4502a" for n in range(1, 6)}
    return {
        **rows,
        **swatches,
        "title": f"Jar {mark}",
        "slug": "",
        "category": "Kitchen",
        "blurb": "It closes.",
        "details": "Stoneware\n\n  Cork  lid ",
        "price": "48.00",
        "compare_at": "",
        "weight_g": "",
        "sku_1": f"jar-{mark[:13]}-{mark[13:]}",
        "quantity_1": "7",
        "published": "no",
        **changes,
    }


def _created(form: dict[str, str]) -> Product:
    slug = form["title"].lower().replace(" ", "-")
    return read_full_catalog(NOON).entry(slug).product


def test_product_is_created_with_its_stock(merchant: TestClient) -> None:
    form = _new_product_form(weight_g="850", compare_at="60")

    answer = merchant.post("/admin/products", data=form)

    product = _created(form)
    location = f"/admin/products/{product.slug}"
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert (product.price, product.compare_at, product.weight_g) == (4_800, 6_000, 850)
    assert product.details == ("Stoneware", "Cork lid")
    (variant,) = product.variants
    assert (variant.sku, variant.name, variant.swatch) == (form["sku_1"].upper(), "Default", None)
    assert Stock.get(variant.sku).available == 7
    product.delete()


def test_variant_has_a_colour_only_if_its_checkbox_is_checked(merchant: TestClient) -> None:
    form = _new_product_form(name_1="Teal", has_colour_1="yes", swatch_1="#2F5A52", name_3="Oat")
    form["sku_3"] = form["sku_1"] + "-oat"

    merchant.post("/admin/products", data=form)

    product = _created(form)
    assert [(v.name, v.swatch) for v in product.variants] == [("Teal", "#2f5a52"), ("Oat", None)]
    product.delete()


def test_draft_is_only_visible_in_the_admin(merchant: TestClient) -> None:
    form = _new_product_form()

    merchant.post("/admin/products", data=form)

    product = _created(form)
    assert product.slug not in [entry.product.slug for entry in cached_catalog(NOON).entries]
    assert "Draft" in page_text(merchant.get(f"/admin/products/{product.slug}"))
    product.delete()


@pytest.mark.parametrize(
    ("field", "value", "invalid_field"),
    [
        ("title", "", "title"),
        ("title", "x" * 101, "title"),
        ("title", "王", "slug"),  # no slug can be made from it
        ("slug", "Not a slug", "slug"),
        ("slug", "new", "slug"),
        ("category", " ", "category"),
        ("blurb", "x" * 301, "blurb"),
        ("details", "\n".join("abcdefghijklm"), "details"),
        ("details", "x" * 121, "details"),
        ("price", "1,234", "price"),
        ("price", "0", "price"),
        ("price", "-1", "price"),
        ("price", "1e5", "price"),
        ("price", "", "price"),
        ("compare_at", "48.00", "compare_at"),
        ("compare_at", "NaN", "compare_at"),
        ("weight_g", "0", "weight_g"),
        ("weight_g", "1.5", "weight_g"),
        ("sku_1", "", "sku_1"),
        ("sku_1", "a b", "sku_1"),
        ("sku_1", "-", "sku_1"),
        ("sku_1", "x" * 41, "sku_1"),
        ("quantity_1", "-1", "quantity_1"),
        ("quantity_1", "1e3", "quantity_1"),
        ("quantity_1", "100001", "quantity_1"),
        ("sku_2", "TWO", "name_2"),  # of two variants, each needs a name
    ],
)
def test_validation_error_is_shown_at_its_field_and_the_form_keeps_its_values(
    merchant: TestClient, field: str, value: str, invalid_field: str
) -> None:
    form = _new_product_form(**{field: value})

    answer = merchant.post("/admin/products", data=form)

    assert answer.status_code == 422
    assert f'id="{invalid_field}-error"' in answer.text
    assert f'href="#{invalid_field}"' in answer.text
    shown = input_values(answer)
    names = [name for name in shown if name in form and name != "published"]
    assert {name: shown[name] for name in names} == {name: form[name] for name in names}


def test_validation_errors_of_all_rows_are_reported_at_once(merchant: TestClient) -> None:
    form = _new_product_form(
        price="", sku_1="a b", name_1="One", sku_2="TWO", name_2="", quantity_2="x"
    )

    page = merchant.post("/admin/products", data=form).text

    for field in ("price", "sku_1", "name_2", "quantity_2"):
        assert f'id="{field}-error"' in page


def test_error_message_names_the_field_and_says_what_to_enter(merchant: TestClient) -> None:
    form = _new_product_form(title="", price="", weight_g="heavy", quantity_1="100001")

    page = page_text(merchant.post("/admin/products", data=form))

    assert "There is a problem" in page
    for message in (
        "Enter a title.",
        "Enter a price.",
        "Enter a weight in grams as a whole number, like 12.",
        "Enter a quantity of at most 100000.",
    ):
        assert page.count(message) == 2  # in the summary and at the field


def test_repeated_sku_is_invalid(merchant: TestClient) -> None:
    form = _new_product_form(name_1="One", name_2="Two")
    form["sku_2"] = form["sku_1"]

    answer = merchant.post("/admin/products", data=form)

    assert answer.status_code == 422
    assert 'id="sku_2-error"' in answer.text


def test_malformed_colour_is_invalid(merchant: TestClient) -> None:
    form = _new_product_form(has_colour_1="yes", swatch_1="url(x)")

    answer = merchant.post("/admin/products", data=form)

    assert answer.status_code == 422
    assert 'id="swatch_1-error"' in answer.text


def test_duplicate_slug_is_a_conflict_at_its_field(merchant: TestClient) -> None:
    answer = merchant.post("/admin/products", data=_new_product_form(slug=a_product().slug))

    assert answer.status_code == 409
    assert 'id="slug-error"' in answer.text
    assert 'id="sku_1-error"' not in answer.text


def test_duplicate_sku_is_a_conflict_at_its_field(merchant: TestClient) -> None:
    form = _new_product_form(name_1="One", sku_2=sku_of(a_product()), name_2="Two")

    answer = merchant.post("/admin/products", data=form)

    assert answer.status_code == 409
    assert 'id="sku_2-error"' in answer.text
    assert 'id="sku_1-error"' not in answer.text


def test_markup_in_a_field_is_escaped(merchant: TestClient) -> None:
    form = _new_product_form(blurb='"><img src=x onerror=alert(1)>', price="")

    answer = merchant.post("/admin/products", data=form)

    assert "<img src=x" not in answer.text
    assert input_values(answer)["blurb"] == form["blurb"]


# --- edit -----------------------------------------------------------------------------------


def _edit_path(product: Product) -> str:
    return f"/admin/products/{product.slug}/edit"


def _edit_form(product: Product, **changes: str) -> dict[str, str]:
    return {**as_form_values(product), **changes}


def test_edit_form_shows_the_current_values_and_version(merchant: TestClient) -> None:
    product = a_product(price=2_450, title="Tea pot")

    form = input_values(merchant.get(_edit_path(product)))

    assert (form["title"], form["price"], form["version"]) == ("Tea pot", "24.50", "0")
    assert form["published"] == "yes"


def test_edit_is_visible_in_the_shop_at_once(merchant: TestClient) -> None:
    product = a_product()
    merchant.get(f"/products/{product.slug}")

    form = _edit_form(product, title="Jug", price="29")
    answer = merchant.post(_edit_path(product), data=form)

    location = f"/admin/products/{product.slug}"
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert "Jug" in page_text(merchant.get(f"/products/{product.slug}"))
    assert stock_of(product).price == 2_900


def test_tags_are_normalised_and_deduplicated(merchant: TestClient) -> None:
    product = a_product()

    form = _edit_form(product, tags=" New, for  the table,new,, ")
    merchant.post(_edit_path(product), data=form)

    assert current_product(product).tags == ("new", "for the table")


def test_materials_are_normalised_and_deduplicated(merchant: TestClient) -> None:
    product = a_product()

    form = _edit_form(product, materials=" stoneware, Soy  wax,Stoneware, PET,, ")
    merchant.post(_edit_path(product), data=form)

    assert current_product(product).materials == ("Stoneware", "Soy wax", "PET")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("blurb", "x" * 301),
        ("price", "0"),
        ("price", "-1"),
        ("price", "0.001"),
        ("price", "1,234"),
        ("price", "1e5"),
        ("price", "9" * 12),
        ("price", "NaN"),
        ("compare_at", "24.50"),
        ("tags", "<b>"),
        ("tags", ",".join("abcdefghi")),
        ("tags", "x" * 31),
        ("materials", ",".join("abcdefg")),
        ("materials", "x" * 41),
    ],
)
def test_invalid_edit_changes_nothing_and_the_form_keeps_its_values(
    merchant: TestClient, field: str, value: str
) -> None:
    product = a_product()

    answer = merchant.post(_edit_path(product), data=_edit_form(product, **{field: value}))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert input_values(answer)[field] == value
    assert current_product(product).version == 0


def test_card_number_is_not_shown_again(merchant: TestClient) -> None:
    product = a_product()

    form = _edit_form(product, title="4242 4242 4242 4242")
    answer = merchant.post(_edit_path(product), data=form)

    assert answer.status_code == 422
    assert input_values(answer)["title"] == ""


BARCODE = "36159758259545"  # a GTIN-14, and a number of Diners Club


def test_product_facts_and_slugs_may_have_any_barcode(merchant: TestClient) -> None:
    number = f"b{str(ULID())[-10:]}-{BARCODE}".lower()

    form = _new_product_form(slug=number, details=f"GTIN {BARCODE}", sku_1=number)
    merchant.post("/admin/products", data=form)

    product = read_full_catalog(NOON).entry(number).product
    assert has_card_number(BARCODE)
    assert product.details == (f"GTIN {BARCODE}",)
    assert (product.slug, sku_of(product)) == (number, number.upper())


def test_refused_form_shows_its_skus_and_facts_again(merchant: TestClient) -> None:
    form = _new_product_form(title="", details=f"GTIN {BARCODE}", sku_1=BARCODE)

    answer = merchant.post("/admin/products", data=form)

    assert answer.status_code == 422
    assert input_values(answer)["sku_1"] == BARCODE
    assert f"GTIN {BARCODE}" in answer.text


def test_edit_without_a_version_changes_nothing(merchant: TestClient) -> None:
    product = a_product()

    form = _edit_form(product, title="Jug", version="")
    answer = merchant.post(_edit_path(product), data=form)

    assert answer.status_code == 422
    assert current_product(product).title == "Tea pot"


def _opened_form(merchant: TestClient, product: Product) -> dict[str, str]:
    """The form as a browser would submit it unchanged."""
    page = merchant.get(_edit_path(product))
    details = re.search(r'<textarea id="details".*?>(.*?)</textarea>', page.text, re.DOTALL)
    assert details
    return input_values(page) | {"details": unescape(details[1])}


def test_edits_of_different_fields_are_merged(merchant: TestClient) -> None:
    product = a_product()
    form = _opened_form(merchant, product)
    merchant.post(_edit_path(product), data={**form, "title": "Anna's jug", "weight_g": "7"})

    late = merchant.post(_edit_path(product), data={**form, "price": "99", "materials": "Oak"})

    saved = current_product(product)
    assert late.status_code == 303
    assert (saved.title, saved.weight_g) == ("Anna's jug", 7)
    assert (saved.price, saved.materials, saved.version) == (9_900, ("Oak",), 2)
    assert stock_of(product).price == 9_900


def test_conflicting_edit_can_be_saved_all_the_same(merchant: TestClient) -> None:
    product = a_product(title="The jug")
    form = _opened_form(merchant, product)
    merchant.post(_edit_path(product), data={**form, "title": "Anna's jug", "blurb": "Anna's."})

    late = merchant.post(_edit_path(product), data={**form, "title": "Ben's jug"})
    mine = input_values(late) | {"details": form["details"]}
    again = merchant.post(_edit_path(product), data=mine)

    assert late.status_code == 409
    shown = page_text(late).partition("Save mine")[0]
    assert "opened the form: The jug Theirs, saved now: Anna's jug Mine: Ben's jug" in shown
    assert "Short description" not in shown
    assert again.status_code == 303
    saved = current_product(product)
    assert (saved.title, saved.blurb) == ("Ben's jug", "Anna's.")


def test_third_edit_after_a_conflict_is_not_overwritten(merchant: TestClient) -> None:
    product = a_product()
    form = _opened_form(merchant, product)
    merchant.post(_edit_path(product), data={**form, "title": "Anna's jug"})
    late = merchant.post(_edit_path(product), data={**form, "title": "Ben's jug"})
    current = _opened_form(merchant, product)
    merchant.post(_edit_path(product), data={**current, "title": "Cleo's jug"})

    mine = input_values(late) | {"details": form["details"]}
    again = merchant.post(_edit_path(product), data=mine)

    assert again.status_code == 409
    assert current_product(product).title == "Cleo's jug"


def test_merged_prices_must_fit_together(merchant: TestClient) -> None:
    product = a_product(price=5_000)
    form = _opened_form(merchant, product)
    merchant.post(_edit_path(product), data={**form, "compare_at": "60"})

    late = merchant.post(_edit_path(product), data={**form, "price": "70"})

    assert late.status_code == 409
    assert "Compare-at price" in page_text(late)
    assert current_product(product).price == 5_000


def test_conflict_without_the_opened_values_compares_every_field(merchant: TestClient) -> None:
    product = a_product()
    form = _edit_form(product)
    merchant.post(_edit_path(product), data={**form, "title": "Anna's jug"})

    late = merchant.post(_edit_path(product), data={**form, "price": "99"})

    assert late.status_code == 409
    assert current_product(product).price == product.price


def test_edit_conflict_keeps_the_entries_and_shows_the_current_values(
    merchant: TestClient,
) -> None:
    product = a_product()
    form = _edit_form(product)
    merchant.post(_edit_path(product), data={**form, "title": "Anna's jug"})

    late = merchant.post(_edit_path(product), data={**form, "title": "Ben's jug", "price": "99"})

    assert late.status_code == 409
    assert "Your changes were not saved." in page_text(late)
    assert "Anna&#39;s jug" in late.text
    assert (input_values(late)["title"], input_values(late)["price"]) == ("Ben's jug", "99")
    assert current_product(product).title == "Anna's jug"


def test_repeated_edit_changes_the_product_once(merchant: TestClient) -> None:
    product = a_product()
    form = _edit_form(product, title="Jug")

    answers = [merchant.post(_edit_path(product), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert current_product(product).version == 1


def test_edit_is_in_the_audit_log(merchant: TestClient) -> None:
    product = a_product(title="Logged jug")

    merchant.post(_edit_path(product), data=_edit_form(product, title="Mended jug"))

    (change,) = audit_log_entries(f"/admin/products/{product.slug}", now=datetime.now(UTC))
    assert (change.by, change.summary) == (MERCHANT, "Changed Logged jug: title")


def test_fields_that_the_form_does_not_have_are_ignored(merchant: TestClient) -> None:
    product = a_product()

    form = _edit_form(product, slug="stolen", position="-1", title="Jug")
    merchant.post(_edit_path(product), data=form)

    current = current_product(product)
    assert (current.slug, current.position) == (product.slug, product.position)


def test_form_of_a_copy_has_the_fields_and_names_but_no_sku(merchant: TestClient) -> None:
    product = a_product(title="Tea pot", variants=2)

    page = merchant.get(f"/admin/products/new?copy={product.slug}")

    values = input_values(page)
    assert (values["title"], values["price"]) == ("Copy of Tea pot", "24.50")
    assert (values["name_1"], values["name_2"]) == ("Colour 1", "Colour 2")
    assert (values["sku_1"], values["slug"]) == ("", "")
    assert merchant.get("/admin/products/new?copy=unknown").status_code == 404
