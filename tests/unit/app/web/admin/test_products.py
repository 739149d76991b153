import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.catalog.models import Product
from tests.builders import a_product, a_sku, sku_of, stock_of
from tests.unit.app.web.pages import typed, words


def _path(product: Product, rest: str = "") -> str:
    return f"/desk/products/{product.slug}{rest}"


def _delivery(product: Product, **changes: str) -> dict[str, str]:
    return {"sku": sku_of(product), "pieces": "5", "delivery": str(ULID())} | changes


def test_every_product_is_listed_with_its_stock(merchant: TestClient) -> None:
    product = a_product(title="Listed jar", pieces=17)

    page = words(merchant.get("/desk/products"))

    assert "Listed jar" in page
    assert f"{sku_of(product)} 17 0 0" in page


def test_pieces_that_came_in_are_booked_once_however_often_it_is_pressed(
    merchant: TestClient,
) -> None:
    product = a_product(pieces=2)
    form = _delivery(product, delivery=typed(merchant.get(_path(product)))["delivery"])

    answers = [merchant.post(_path(product, "/deliveries"), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert (stock_of(product).available, stock_of(product).received) == (7, 7)


@pytest.mark.parametrize("pieces", ["0", "-1", "1.5", "1e3", "10001", "", "五", "0x10"])
def test_a_number_of_pieces_that_is_none_is_refused_beside_its_field(
    merchant: TestClient, pieces: str
) -> None:
    product = a_product(pieces=2)

    answer = merchant.post(_path(product, "/deliveries"), data=_delivery(product, pieces=pieces))

    assert answer.status_code == 422
    assert 'id="pieces-error"' in answer.text
    assert typed(answer)["pieces"] == pieces
    assert stock_of(product).available == 2


def test_only_skus_of_the_product_are_booked_in(merchant: TestClient) -> None:
    product, other = a_product(), a_product(pieces=2)

    for sku in (sku_of(other), a_sku()):
        answer = merchant.post(_path(product, "/deliveries"), data=_delivery(product, sku=sku))

        assert answer.status_code == 404
    assert stock_of(other).available == 2


@pytest.mark.parametrize("delivery", ["", "first", "0" * 27, "../../x"])
def test_a_delivery_has_the_name_its_form_was_given(merchant: TestClient, delivery: str) -> None:
    product = a_product()

    form = _delivery(product, delivery=delivery)

    assert merchant.post(_path(product, "/deliveries"), data=form).status_code == 422


def test_a_product_is_taken_off_the_shelf_and_put_back(merchant: TestClient) -> None:
    product = a_product()

    merchant.post(_path(product, "/shelf"), data={"listed": "no"})
    assert merchant.get(f"/products/{product.slug}").status_code == 404
    assert not stock_of(product).on_sale

    merchant.post(_path(product, "/shelf"), data={"listed": "yes"})
    assert merchant.get(f"/products/{product.slug}").status_code == 200
    assert stock_of(product).on_sale


def test_a_product_that_is_not_there_is_not_found(merchant: TestClient) -> None:
    assert merchant.get("/desk/products/no-such-thing").status_code == 404
    assert merchant.post("/desk/products/no-such-thing/shelf").status_code == 404
