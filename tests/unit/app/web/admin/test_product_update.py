from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.models import Product
from app.catalog.product_fields import as_typed
from tests.builders import NOON, a_product, noted, stock_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import heading, typed, words


def _path(product: Product) -> str:
    return f"/desk/products/{product.slug}/edit"


def _form(product: Product, **changes: str) -> dict[str, str]:
    return {**as_typed(product), **changes}


def _now(product: Product) -> Product:
    return whole_catalogue(NOON).piece(product.slug).product


def test_the_form_holds_the_product_as_it_is(merchant: TestClient) -> None:
    product = a_product(price=2_450, title="Tea pot")

    form = typed(merchant.get(_path(product)))

    assert (form["title"], form["price"], form["version"]) == ("Tea pot", "24.50", "0")
    assert form["listed"] == "yes"


def test_what_was_edited_is_seen_in_the_shop_at_once(merchant: TestClient) -> None:
    product = a_product()
    merchant.get(f"/products/{product.slug}")

    answer = merchant.post(_path(product), data=_form(product, title="Jug", price="29"))

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/desk/products/{product.slug}",
    )
    assert "Jug" in words(merchant.get(f"/products/{product.slug}"))
    assert stock_of(product).price == 2_900


def test_tags_are_small_words_each_once(merchant: TestClient) -> None:
    product = a_product()

    merchant.post(_path(product), data=_form(product, tags=" New, for  the table,new,, "))

    assert _now(product).tags == ("new", "for the table")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("blurb", "x" * 301),
        ("price", "0"),
        ("price", "-1"),
        ("price", "0.001"),
        ("price", "1,234.56"),
        ("price", "1e5"),
        ("price", "9" * 12),
        ("price", "NaN"),
        ("compare_at", "24.50"),
        ("tags", "<b>"),
        ("tags", ",".join("abcdefghi")),
        ("tags", "x" * 31),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    merchant: TestClient, field: str, value: str
) -> None:
    product = a_product()

    answer = merchant.post(_path(product), data=_form(product, **{field: value}))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert typed(answer)[field] == value
    assert _now(product).version == 0


def test_a_form_without_a_version_changes_nothing(merchant: TestClient) -> None:
    product = a_product()

    answer = merchant.post(_path(product), data=_form(product, title="Jug", version=""))

    assert answer.status_code == 422
    assert _now(product).title == "Tea pot"


def test_who_is_too_late_keeps_what_was_typed_and_sees_what_differs(merchant: TestClient) -> None:
    product = a_product()
    form = _form(product)
    merchant.post(_path(product), data={**form, "title": "Anna's jug"})

    late = merchant.post(_path(product), data={**form, "title": "Ben's jug", "price": "99"})

    assert late.status_code == 409
    assert heading(late) == "Somebody was faster"
    assert "Anna&#39;s jug" in late.text
    assert (typed(late)["title"], typed(late)["price"]) == ("Ben's jug", "99")
    assert _now(product).title == "Anna's jug"


def test_pressing_twice_changes_once(merchant: TestClient) -> None:
    product = a_product()
    form = _form(product, title="Jug")

    answers = [merchant.post(_path(product), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert _now(product).version == 1


def test_it_is_noted_who_did_it(merchant: TestClient) -> None:
    product = a_product(title="Noted jug")

    merchant.post(_path(product), data=_form(product, title="Mended jug"))

    (change,) = noted(f"/desk/products/{product.slug}", now=datetime.now(UTC))
    assert (change.by, change.what) == (MERCHANT, "Changed Noted jug: title")


def test_fields_that_are_not_there_are_ignored(merchant: TestClient) -> None:
    product = a_product()

    merchant.post(_path(product), data=_form(product, slug="stolen", position="-1", title="Jug"))

    assert (_now(product).slug, _now(product).position) == (product.slug, product.position)
