from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.models import Product
from app.catalog.products import Description, edit_product
from tests.builders import NOON, a_product, stock_of
from tests.unit.app.web.pages import heading, typed, words

WHERE = "/desk/products/several"


def _now(product: Product) -> Product:
    return whole_catalogue(NOON).piece(product.slug).product


def _ticked(*products: Product, **form: str) -> dict[str, Any]:
    return {f"piece-{it.slug}": str(it.version) for it in products} | form


def _on_sale(price: int, before: int) -> Product:
    product = a_product(price=price)
    product.update(actions=[Product.compare_at.set(before)])
    return product


def test_nothing_is_changed_before_it_was_seen(merchant: TestClient) -> None:
    one, two = a_product(price=2_450, title="Bulk jug"), a_product(price=3_000, title="Bulk pot")

    asked = merchant.post(WHERE, data=_ticked(one, two))
    shown = merchant.post(WHERE, data=_ticked(one, two, act="price", price="48.00"))

    assert heading(asked) == "2 pieces, one change"
    assert "Bulk jug, Bulk pot" in words(asked)
    assert "€24.50 €48.00" in words(shown)
    assert "Change 2 pieces" in words(shown)
    assert (_now(one).price, _now(two).price) == (2_450, 3_000)


def test_the_page_that_was_seen_is_the_form_that_does_it(merchant: TestClient) -> None:
    one, two = a_product(price=2_450), a_product(price=3_000)
    shown = typed(merchant.post(WHERE, data=_ticked(one, two, act="sale", percent="20")))

    form = {name: value for name, value in shown.items() if name != "next"}
    answer = merchant.post(WHERE, data=form | {"sure": "yes"})

    assert answer.headers["location"] == "/desk/products"
    assert [(_now(it).price, _now(it).compare_at) for it in (one, two)] == [
        (1_960, 2_450),
        (2_400, 3_000),
    ]
    assert stock_of(one).price == 1_960


def test_pressing_twice_takes_off_once(merchant: TestClient) -> None:
    product = a_product(price=2_450)
    form = _ticked(product, act="sale", percent="20", sure="yes")

    for _ in range(2):
        merchant.post(WHERE, data=form)

    assert _now(product).price == 1_960


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ({"act": "price", "price": "20"}, (2_450, 3_000), (2_000, 3_000)),
        ({"act": "price", "price": "40"}, (2_450, 3_000), (4_000, None)),
        ({"act": "sale", "percent": "50"}, (2_450, 3_000), (1_500, 3_000)),
        ({"act": "sale", "percent": "33"}, (999, 1_000), (670, 1_000)),
        ({"act": "sale", "percent": "90"}, (1, 3), (1, 3)),
        ({"act": "regular"}, (2_450, 3_000), (3_000, None)),
    ],
)
def test_prices_and_the_prices_before_stay_sensible(
    merchant: TestClient,
    form: dict[str, str],
    before: tuple[int, int],
    after: tuple[int, int | None],
) -> None:
    product = _on_sale(*before)

    merchant.post(WHERE, data=_ticked(product, **form, sure="yes"))

    assert (_now(product).price, _now(product).compare_at) == after


def test_several_are_put_into_the_drawer_and_back(merchant: TestClient) -> None:
    one, two = a_product(), a_product()

    merchant.post(WHERE, data=_ticked(one, two, act="draft", sure="yes"))
    hidden = [_now(it) for it in (one, two)]
    merchant.post(WHERE, data=_ticked(*hidden, act="shelve", sure="yes"))

    assert [it.listed for it in hidden] == [False, False]
    assert [_now(it).listed for it in (one, two)] == [True, True]


def test_who_was_overtaken_is_told_and_the_others_are_changed(merchant: TestClient) -> None:
    one, two = a_product(price=2_450, title="Overtaken jug"), a_product(price=2_450)
    form = _ticked(one, two, act="price", price="48.00", sure="yes")
    wanted = Description(**{**vars(Description.of(one)), "blurb": "Mine."})
    edit_product(one, wanted, seen=0, by="Ben", now=NOON)

    answer = merchant.post(WHERE, data=form)

    assert (answer.status_code, heading(answer)) == (409, "Somebody was faster")
    assert "Overtaken jug" in words(answer)
    assert (_now(one).price, _now(two).price) == (2_450, 4_800)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"act": "price", "price": "1,5"}, "price"),
        ({"act": "price", "price": "0"}, "price"),
        ({"act": "price", "price": ""}, "price"),
        ({"act": "sale", "percent": "0"}, "percent"),
        ({"act": "sale", "percent": "91"}, "percent"),
        ({"act": "sale", "percent": "1e1"}, "percent"),
        ({"act": "steal"}, "act"),
        ({"act": ""}, "act"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    merchant: TestClient, form: dict[str, str], field: str
) -> None:
    product = a_product(price=2_450)

    answer = merchant.post(WHERE, data=_ticked(product, **form, sure="yes"))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = typed(answer)
    assert kept[f"piece-{product.slug}"] == "0"
    assert kept.get(field, form[field]) == form[field] or field == "act"
    assert _now(product).price == 2_450


@pytest.mark.parametrize(
    "form", [{}, {"piece-of-nobody": "0"}, {f"piece-{n}": "0" for n in range(101)}]
)
def test_none_or_far_too_many_are_refused(merchant: TestClient, form: dict[str, str]) -> None:
    assert merchant.post(WHERE, data=form).status_code == 422


def test_a_version_that_is_none_is_refused(merchant: TestClient) -> None:
    form = {f"piece-{a_product().slug}": "x", "act": "draft"}

    assert merchant.post(WHERE, data=form).status_code == 422


def test_the_shelves_show_what_runs_low_and_what_is_a_draft(merchant: TestClient) -> None:
    low, plenty = a_product(pieces=2, title="Rare jug"), a_product(pieces=50, title="Common jug")

    page = words(merchant.get("/desk/products?show=low"))

    assert "Rare jug" in page
    assert "Common jug" not in page
    assert merchant.get("/desk/products?show=everything").status_code == 422
    merchant.post(WHERE, data=_ticked(plenty, act="draft", sure="yes"))
    assert "Common jug" in words(merchant.get("/desk/products?show=drafts"))
    assert low.slug in merchant.get("/desk/products?show=bare").text
