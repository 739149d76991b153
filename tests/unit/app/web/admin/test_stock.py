import pytest
from fastapi.testclient import TestClient
from httpx import Response
from ulid import ULID

from app.catalog.imports.jobs import create_import, product_results
from app.catalog.imports.processing import process_file
from app.catalog.models import Product
from app.inventory.reservations import write_ledger
from app.inventory.stock_shards import reshard
from tests.builders import NOON, a_product, a_sku, an_order, counters, sku_of, stock_of
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


def test_other_quantity_under_the_same_delivery_id_is_refused(merchant: TestClient) -> None:
    """It is not a repeat: after Back, the merchant has changed the number."""
    product = a_product(quantity=2)
    form = _delivery(product)
    merchant.post(_receive_path(product), data=form)

    answer = merchant.post(_receive_path(product), data=form | {"quantity": "6"})

    assert answer.status_code == 409
    assert "has already received 5 units" in page_text(answer)
    assert "Press “Receive” again" in page_text(answer)
    assert stock_of(product).received == 7
    merchant.post(_receive_path(product), data=input_values(answer) | {"sku": sku_of(product)})
    assert stock_of(product).received == 13


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
    hidden = input_values(_page(merchant, product))
    ids = {name: hidden[name] for name in ("adjustment_id", "shown_quantity", "version")}
    return ids | {"reason": "broken", "quantity": "2"} | changes


def _page(merchant: TestClient, product: Product) -> Response:
    """The page that the address without a form redirects to."""
    page: Response = merchant.get(merchant.get(_path(product)).headers["location"])
    return page


def _count(merchant: TestClient, product: Product, quantity: int) -> dict[str, str]:
    return _adjustment(merchant, product, reason="counted", quantity=str(quantity))


def _submit(merchant: TestClient, product: Product, form: dict[str, str]) -> Response:
    answer: Response = merchant.post(_path(product, "/adjustments"), data=form)
    return answer


def test_second_stock_count_is_not_applied_on_top_of_the_first(merchant: TestClient) -> None:
    product = a_product(quantity=16)
    forms = [_count(merchant, product, 10) for _ in range(2)]

    answers = [_submit(merchant, product, form) for form in forms]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert counters(product) == (10, 0, 0)


def test_stale_stock_count_says_what_changed_and_can_be_submitted_again(
    merchant: TestClient,
) -> None:
    product = a_product(quantity=16)
    stale = _count(merchant, product, 10)
    merchant.post(_receive_path(product), data=_delivery(product, quantity="7"))
    _submit(merchant, product, _adjustment(merchant, product))

    refused = _submit(merchant, product, stale)
    again = input_values(refused) | {"reason": "counted", "quantity": "12"}
    accepted = _submit(merchant, product, again)

    assert f"Damaged -2 by {MERCHANT}, Received +7 by {MERCHANT}" in page_text(refused)
    assert input_values(refused)["quantity"] == "10"
    assert (accepted.status_code, counters(product)) == (303, (12, 0, 0))


def test_orders_may_pass_while_the_stock_is_counted(merchant: TestClient) -> None:
    product = a_product(quantity=16)
    form = _count(merchant, product, 14)
    an_order(product, of_each=3)

    assert _submit(merchant, product, form).status_code == 303
    assert counters(product) == (11, 3, 0)


def test_changes_that_cancel_out_make_a_stock_count_stale(merchant: TestClient) -> None:
    product = a_product(quantity=16)
    stale = _count(merchant, product, 10)
    for reason in ("found", "broken"):
        _submit(merchant, product, _adjustment(merchant, product, reason=reason))

    assert _submit(merchant, product, stale).status_code == 409
    assert counters(product) == (16, 0, 0)


def test_stock_count_of_a_sku_with_shards_is_compared_with_the_last_change(
    merchant: TestClient,
) -> None:
    product = a_product(quantity=16)
    reshard([stock_of(product)], 3, by=MERCHANT, now=NOON)
    forms = [_count(merchant, product, 10) for _ in range(2)]

    answers = [_submit(merchant, product, form).status_code for form in forms]

    assert answers == [303, 409]
    assert "10 available" in page_text(_page(merchant, product))


def test_idempotency_id_survives_the_back_button(merchant: TestClient) -> None:
    product = a_product(quantity=5)
    address = merchant.get(_path(product)).headers["location"]
    form = input_values(merchant.get(address)) | {"reason": "broken", "quantity": "2"}
    _submit(merchant, product, form)

    back = input_values(merchant.get(address)) | {"reason": "broken", "quantity": "2"}
    answer = _submit(merchant, product, back)

    assert (answer.status_code, counters(product)) == (303, (3, 0, 0))


def test_form_that_was_submitted_with_other_values_is_not_taken_for_a_repeat(
    merchant: TestClient,
) -> None:
    product = a_product(quantity=5)
    form = _adjustment(merchant, product)
    _submit(merchant, product, form)

    answer = _submit(merchant, product, form | {"quantity": "1"})
    again = _submit(merchant, product, input_values(answer) | {"reason": "broken"})

    assert answer.status_code == 409
    assert f"This form was already submitted: Damaged -2 by {MERCHANT}." in page_text(answer)
    assert (again.status_code, counters(product)) == (303, (2, 0, 0))


def test_adjustment_is_idempotent_by_adjustment_id(merchant: TestClient) -> None:
    product = a_product(quantity=5)
    form = _adjustment(merchant, product)

    answers = [merchant.post(_path(product, "/adjustments"), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert stock_of(product).available == 3
    page = page_text(_page(merchant, product))
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
        ("version", ""),
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

    page = _page(merchant, product)

    assert f'href="/admin/orders/{order.order_id}"' in page.text
    assert "Reserved for an order -1" in page_text(page)


def test_unknown_sku_is_not_found(merchant: TestClient) -> None:
    assert merchant.get(f"/admin/stock/{a_sku()}").status_code == 404


@pytest.mark.parametrize("before", ["yesterday", "2031-06-12T12:00:00"])
def test_invalid_page_of_the_ledger_is_rejected(merchant: TestClient, before: str) -> None:
    assert merchant.get(_path(a_product()), params={"before": before}).status_code == 422


def test_stock_export_is_imported_unchanged_and_with_counts(merchant: TestClient) -> None:
    product = a_product(quantity=20)
    export = merchant.get("/admin/stock.csv").content.decode("utf-8-sig")
    line = next(it for it in export.splitlines() if it.startswith(sku_of(product)))
    counted = line.replace(",20,,,", ",20,16,,")
    header = export.splitlines()[0]

    outcomes = []
    for row in (line, counted):
        job = create_import(by="ada@potter.example", now=NOON)
        process_file(job, f"{header}\n{row}\n".encode(), "A1", now=NOON)
        outcomes += [result.outcome for result in product_results(job.import_id)]

    assert outcomes == ["unchanged", "updated"]
    assert stock_of(product).available == 16
