from typing import Any

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.catalog.catalog_cache import catalogue, whole_catalogue
from app.catalog.models import Product
from app.inventory.models import Stock
from tests.builders import NOON, a_product, sku_of
from tests.unit.app.web.pages import typed, words


def _form(**changes: str) -> dict[str, Any]:
    """As a browser sends it: every row, empty ones too."""
    mark = str(ULID())
    rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "pieces")}
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
        "pieces_1": "7",
        "listed": "no",
        **changes,
    }


def _added(form: dict[str, str]) -> Product:
    slug = form["title"].lower().replace(" ", "-")
    return whole_catalogue(NOON).piece(slug).product


def test_a_product_is_added_with_its_stock(merchant: TestClient) -> None:
    form = _form(weight_g="850", compare_at="60")

    answer = merchant.post("/desk/products", data=form)

    product = _added(form)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/desk/products/{product.slug}",
    )
    assert (product.price, product.compare_at, product.weight_g) == (4_800, 6_000, 850)
    assert product.details == ("Stoneware", "Cork lid")
    (variant,) = product.variants
    assert (variant.sku, variant.name, variant.swatch) == (form["sku_1"].upper(), "Default", None)
    assert Stock.get(variant.sku).available == 7
    product.delete()


def test_variants_have_names_and_colours_where_they_are_ticked(merchant: TestClient) -> None:
    form = _form(name_1="Teal", coloured_1="yes", swatch_1="#2F5A52", name_3="Oat")
    form["sku_3"] = form["sku_1"] + "-oat"

    merchant.post("/desk/products", data=form)

    product = _added(form)
    assert [(v.name, v.swatch) for v in product.variants] == [("Teal", "#2f5a52"), ("Oat", None)]
    product.delete()


def test_a_draft_is_seen_at_the_desk_only(merchant: TestClient) -> None:
    form = _form()

    merchant.post("/desk/products", data=form)

    product = _added(form)
    assert product.slug not in [piece.product.slug for piece in catalogue(NOON).pieces]
    assert "Draft" in words(merchant.get(f"/desk/products/{product.slug}"))
    product.delete()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("title", "王"),
        ("slug", "Not a slug"),
        ("slug", "new"),
        ("category", " "),
        ("blurb", "x" * 301),
        ("details", "\n".join("abcdefghijklm")),
        ("details", "x" * 121),
        ("price", "1,234.56"),
        ("price", "0"),
        ("price", "-1"),
        ("price", "1e5"),
        ("price", ""),
        ("compare_at", "48.00"),
        ("compare_at", "NaN"),
        ("weight_g", "0"),
        ("weight_g", "1.5"),
        ("sku_1", ""),
        ("sku_1", "a b"),
        ("sku_1", "-"),
        ("sku_1", "x" * 41),
        ("pieces_1", "-1"),
        ("pieces_1", "1e3"),
        ("pieces_1", "100001"),
        ("sku_2", "TWO"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    merchant: TestClient, field: str, value: str
) -> None:
    form = _form(**{field: value})

    answer = merchant.post("/desk/products", data=form)

    beside = {"title": "slug"}.get(field, field) if value == "王" else field
    beside = {"sku_2": "name_2"}.get(beside, beside)
    assert answer.status_code == 422
    assert f'id="{beside}-error"' in answer.text
    kept = typed(answer)
    assert {name: kept[name] for name in kept if name in form and name != "listed"} == {
        name: form[name] for name in kept if name in form and name != "listed"
    }


def test_all_rows_are_told_at_once(merchant: TestClient) -> None:
    form = _form(price="", sku_1="a b", name_1="One", sku_2="TWO", name_2="", pieces_2="x")

    page = merchant.post("/desk/products", data=form).text

    for field in ("price", "sku_1", "name_2", "pieces_2"):
        assert f'id="{field}-error"' in page


def test_a_sku_stands_in_one_row_only(merchant: TestClient) -> None:
    form = _form(name_1="One", name_2="Two")
    form["sku_2"] = form["sku_1"]

    answer = merchant.post("/desk/products", data=form)

    assert answer.status_code == 422
    assert 'id="sku_2-error"' in answer.text


def test_a_colour_is_a_colour(merchant: TestClient) -> None:
    answer = merchant.post("/desk/products", data=_form(coloured_1="yes", swatch_1="url(x)"))

    assert answer.status_code == 422
    assert 'id="swatch_1-error"' in answer.text


def test_an_address_that_is_taken_is_said_beside_it(merchant: TestClient) -> None:
    answer = merchant.post("/desk/products", data=_form(slug=a_product().slug))

    assert answer.status_code == 409
    assert 'id="slug-error"' in answer.text
    assert 'id="sku_1-error"' not in answer.text


def test_a_sku_that_is_taken_is_said_beside_it(merchant: TestClient) -> None:
    answer = merchant.post(
        "/desk/products", data=_form(name_1="One", sku_2=sku_of(a_product()), name_2="Two")
    )

    assert answer.status_code == 409
    assert 'id="sku_2-error"' in answer.text
    assert 'id="sku_1-error"' not in answer.text


def test_markup_stays_text(merchant: TestClient) -> None:
    form = _form(blurb='"><img src=x onerror=alert(1)>', price="")

    page = merchant.post("/desk/products", data=form).text

    assert "<img src=x" not in page
    assert typed(merchant.post("/desk/products", data=form))["blurb"] == form["blurb"]
