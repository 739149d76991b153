import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.models import Product
from app.catalog.products import Description, edit_product
from app.inventory.models import LedgerEntry, Stock
from tests.builders import NOON, a_product, sku_of
from tests.crash_injection import meanwhile
from tests.unit.app.web.pages import typed


def _now(product: Product) -> Product:
    return whole_catalogue(NOON).piece(product.slug).product


def _path(product: Product) -> str:
    return f"/desk/products/{product.slug}/variants"


def _form(**changes: str) -> dict[str, str]:
    usual = {"sku": f"oat-{ULID()}", "name": "Oat", "pieces": "7", "swatch": "#a4502a"}
    return {**usual, **changes}


def test_a_variant_comes_with_its_stock_and_the_price_of_its_piece(merchant: TestClient) -> None:
    product, form = a_product(price=2_450, variants=2), _form(coloured="yes")

    answer = merchant.post(_path(product), data=form)

    assert answer.headers["location"] == f"/desk/products/{product.slug}#stock"
    made = _now(product).variants[-1]
    assert (made.sku, made.name, made.swatch) == (form["sku"].upper(), "Oat", "#a4502a")
    row = Stock.get(made.sku)
    assert (row.available, row.received, row.price, row.on_sale) == (7, 7, 2_450, True)


def test_a_variant_of_a_draft_waits_in_the_drawer_with_it(merchant: TestClient) -> None:
    product, form = a_product(variants=2), _form()
    merchant.post(f"/desk/products/{product.slug}/shelf", data={"listed": "no"})

    asked = merchant.get(_path(product))
    merchant.post(_path(product), data=form)

    assert "once the piece leaves the drawer" in asked.text
    assert not Stock.get(form["sku"].upper()).on_sale


def test_the_one_that_was_alone_gets_a_name(merchant: TestClient) -> None:
    product = a_product()

    refused = merchant.post(_path(product), data=_form(first_name=" "))
    merchant.post(_path(product), data=_form(first_name="Teal"))

    assert refused.status_code == 422
    assert 'id="first_name-error"' in refused.text
    assert [(v.name, v.swatch) for v in _now(product).variants] == [("Teal", None), ("Oat", None)]


def test_pressing_twice_adds_once(merchant: TestClient) -> None:
    product, form = a_product(variants=2), _form()

    answers = [merchant.post(_path(product), data=form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(_now(product).variants) == 3
    assert len(list(LedgerEntry.query(form["sku"].upper()))) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", "a b"),
        ("sku", ""),
        ("name", ""),
        ("name", "x" * 101),
        ("pieces", "-1"),
        ("pieces", "1e3"),
        ("swatch", "url(x)"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    merchant: TestClient, field: str, value: str
) -> None:
    product = a_product(variants=2)
    form = _form(coloured="yes", **{field: value})

    answer = merchant.post(_path(product), data=form)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = typed(answer)
    assert {name: kept[name] for name in form} == form
    assert len(_now(product).variants) == 2


def test_a_sku_of_another_piece_is_refused_beside_its_field(merchant: TestClient) -> None:
    product, other = a_product(variants=2), a_product()

    answer = merchant.post(_path(product), data=_form(sku=sku_of(other)))

    assert answer.status_code == 409
    assert 'id="sku-error"' in answer.text
    assert len(_now(product).variants) == 2


def test_a_price_changed_in_the_same_moment_leaves_no_sku_at_the_old_one(
    merchant: TestClient,
) -> None:
    product, form = a_product(price=2_450, variants=2), _form()

    def repriced() -> None:
        dearer = Description(**{**vars(Description.of(product)), "price": 9_900})
        edit_product(product, dearer, seen=0, by="Ben", now=NOON)

    with meanwhile(repriced, before="TransactWriteItems"):
        answer = merchant.post(_path(product), data=form)

    assert answer.status_code == 409
    assert not list(LedgerEntry.query(form["sku"].upper()))


def test_a_piece_has_five_variants_at_most(merchant: TestClient) -> None:
    product = a_product(variants=5)

    assert merchant.post(_path(product), data=_form()).status_code == 409
