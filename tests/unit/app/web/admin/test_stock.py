import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.catalog.models import Product
from app.inventory.reservations import write_ledger
from tests.builders import NOON, a_product, a_sku, an_order, sku_of, stock_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import input_values, page_text


def _receive_path(product: Product) -> str:
    return f"/admin/products/{product.slug}/receive-stock"


def _delivery(product: Product, **changes: str) -> dict[str, str]:
    return {"sku": sku_of(product), "quantity": "5", "delivery_id": str(ULID())} | changes


def test_receiving_stock_is_idempotent_by_delivery_id(merchant: TestClient) -> None:
    product = a_product(quantity=2)
    page = merchant.get(f"/admin/products/{product.slug}")
    form = _delivery(product, delivery_id=input_values(page)["delivery_id"])

    answers = [merchant.post(_receive_path(product), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert (stock_of(product).available, stock_of(product).received) == (7, 7)


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e3", "10001", "", "五", "0x10"])
def test_invalid_quantity_is_shown_at_its_field(merchant: TestClient, quantity: str) -> None:
    product = a_product(quantity=2)

    form = _delivery(product, quantity=quantity)
    answer = merchant.post(_receive_path(product), data=form)

    assert answer.status_code == 422
    assert 'id="quantity-error"' in answer.text
    assert input_values(answer)["quantity"] == quantity
    assert stock_of(product).available == 2


def test_stock_is_received_only_for_skus_of_the_product(merchant: TestClient) -> None:
    product, other = a_product(), a_product(quantity=2)

    for sku in (sku_of(other), a_sku()):
        answer = merchant.post(_receive_path(product), data=_delivery(product, sku=sku))

        assert answer.status_code == 404
    assert stock_of(other).available == 2


@pytest.mark.parametrize("delivery_id", ["", "first", "0" * 27, "../../x"])
def test_delivery_requires_the_idempotency_id_of_its_form(
    merchant: TestClient, delivery_id: str
) -> None:
    product = a_product()

    form = _delivery(product, delivery_id=delivery_id)

    assert merchant.post(_receive_path(product), data=form).status_code == 422


def _path(product: Product, rest: str = "") -> str:
    return f"/admin/stock/{sku_of(product)}{rest}"


def _adjustment(merchant: TestClient, product: Product, **changes: str) -> dict[str, str]:
    hidden = input_values(merchant.get(_path(product)))
    ids = {name: hidden[name] for name in ("adjustment_id", "shown_quantity")}
    return ids | {"reason": "broken", "quantity": "2"} | changes


def test_adjustment_is_idempotent_by_adjustment_id(merchant: TestClient) -> None:
    product = a_product(quantity=5)
    form = _adjustment(merchant, product)

    answers = [merchant.post(_path(product, "/adjustments"), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert stock_of(product).available == 3
    page = page_text(merchant.get(_path(product)))
    assert "3 available, 0 reserved for orders, 0 sold." in page
    assert f"Damaged -2 {MERCHANT}" in page


def test_stock_count_is_compared_with_the_shown_quantity(merchant: TestClient) -> None:
    product = a_product(quantity=5)

    form = _adjustment(merchant, product, reason="counted", quantity="4")
    merchant.post(_path(product, "/adjustments"), data=form)

    assert stock_of(product).available == 4


def test_adjustment_below_zero_is_a_conflict_and_the_form_keeps_its_values(
    merchant: TestClient,
) -> None:
    product = a_product(quantity=1)

    form = _adjustment(merchant, product)
    answer = merchant.post(_path(product, "/adjustments"), data=form)

    assert answer.status_code == 409
    assert 'id="quantity-error"' in answer.text
    assert input_values(answer)["quantity"] == "2"
    assert stock_of(product).available == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "-1"),
        ("quantity", ""),
        ("quantity", "1e3"),
        ("quantity", "100001"),
        ("reason", "stolen"),
        ("adjustment_id", "x"),
        ("shown_quantity", ""),
    ],
)
def test_invalid_adjustment_changes_nothing(merchant: TestClient, field: str, value: str) -> None:
    product = a_product(quantity=5)

    form = _adjustment(merchant, product, **{field: value})

    assert merchant.post(_path(product, "/adjustments"), data=form).status_code == 422
    assert stock_of(product).available == 5


def test_ledger_entry_links_to_its_order(merchant: TestClient) -> None:
    product = a_product()
    order = an_order(product)
    write_ledger([(sku_of(product), -1)], "reserved", order.order_id, NOON)

    page = merchant.get(_path(product))

    assert f'href="/admin/orders/{order.order_id}"' in page.text
    assert "Reserved for an order -1" in page_text(page)


def test_unknown_sku_is_not_found(merchant: TestClient) -> None:
    assert merchant.get(f"/admin/stock/{a_sku()}").status_code == 404


@pytest.mark.parametrize("before", ["yesterday", "2031-06-12T12:00:00"])
def test_invalid_page_of_the_ledger_is_rejected(merchant: TestClient, before: str) -> None:
    assert merchant.get(_path(a_product()), params={"before": before}).status_code == 422
