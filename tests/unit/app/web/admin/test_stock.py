import pytest
from fastapi.testclient import TestClient

from app.catalog.models import Product
from app.inventory.reservations import write_ledger
from tests.builders import NOON, a_product, a_sku, an_order, sku_of, stock_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import typed, words


def _path(product: Product, rest: str = "") -> str:
    return f"/desk/stock/{sku_of(product)}{rest}"


def _form(merchant: TestClient, product: Product, **changes: str) -> dict[str, str]:
    hidden = typed(merchant.get(_path(product)))
    kept = {name: hidden[name] for name in ("adjustment", "shown")}
    return kept | {"reason": "broken", "pieces": "2"} | changes


def test_pressing_twice_writes_it_down_once(merchant: TestClient) -> None:
    product = a_product(pieces=5)
    form = _form(merchant, product)

    answers = [merchant.post(_path(product, "/adjustments"), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert stock_of(product).available == 3
    page = words(merchant.get(_path(product)))
    assert "3 there, 0 held for orders, 0 sold." in page
    assert f"Broke -2 {MERCHANT}" in page


def test_a_count_is_held_against_what_the_page_showed(merchant: TestClient) -> None:
    product = a_product(pieces=5)

    form = _form(merchant, product, reason="counted", pieces="4")
    merchant.post(_path(product, "/adjustments"), data=form)

    assert stock_of(product).available == 4


def test_more_than_is_there_is_refused_and_what_was_typed_stays(merchant: TestClient) -> None:
    product = a_product(pieces=1)

    answer = merchant.post(_path(product, "/adjustments"), data=_form(merchant, product))

    assert answer.status_code == 409
    assert 'id="pieces-error"' in answer.text
    assert typed(answer)["pieces"] == "2"
    assert stock_of(product).available == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pieces", "-1"),
        ("pieces", ""),
        ("pieces", "1e3"),
        ("pieces", "100001"),
        ("reason", "stolen"),
        ("adjustment", "x"),
        ("shown", ""),
    ],
)
def test_what_is_no_adjustment_changes_nothing(
    merchant: TestClient, field: str, value: str
) -> None:
    product = a_product(pieces=5)

    form = _form(merchant, product, **{field: value})

    assert merchant.post(_path(product, "/adjustments"), data=form).status_code == 422
    assert stock_of(product).available == 5


def test_a_line_of_the_ledger_leads_to_its_order(merchant: TestClient) -> None:
    product = a_product()
    order = an_order(product)
    write_ledger([(sku_of(product), -1)], "held", order.order_id, NOON)

    assert f'href="/desk/orders/{order.order_id}"' in merchant.get(_path(product)).text


def test_a_sku_that_is_not_there_is_not_found(merchant: TestClient) -> None:
    assert merchant.get(f"/desk/stock/{a_sku()}").status_code == 404


@pytest.mark.parametrize("before", ["yesterday", "2031-06-12T12:00:00"])
def test_a_moment_that_is_none_is_refused(merchant: TestClient, before: str) -> None:
    assert merchant.get(_path(a_product()), params={"before": before}).status_code == 422
