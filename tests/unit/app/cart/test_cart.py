import pytest

from app.cart.cart import MAX_LINES, MAX_QUANTITY_PER_LINE, Cart, CartLine
from app.errors import ValidationFailed


def test_adding_the_same_sku_twice_makes_one_line() -> None:
    cart = Cart().with_added("TEA-POT", 1, price=2_450).with_added("TEA-POT", 2, price=2_450)

    assert cart.lines == (CartLine("TEA-POT", 3, 2_450),)
    assert cart.count == 3


def test_change_does_not_modify_the_old_cart() -> None:
    before = Cart().with_added("TEA-POT", 1, price=2_450)

    before.with_quantity("TEA-POT", 5, price=2_450)

    assert before.quantity_of("TEA-POT") == 1


def test_line_keeps_its_position_when_its_quantity_changes() -> None:
    cart = Cart().with_added("POT", 1, price=1).with_added("CUP", 1, price=1)

    assert [line.sku for line in cart.with_quantity("POT", 4, price=1).lines] == ["POT", "CUP"]


def test_quantity_zero_removes_a_line() -> None:
    cart = Cart().with_added("POT", 1, price=1).with_added("CUP", 1, price=1)

    assert [line.sku for line in cart.with_quantity("POT", 0, price=1).lines] == ["CUP"]


@pytest.mark.parametrize("quantity", [0, -1])
def test_quantity_zero_or_less_adds_nothing(quantity: int) -> None:
    assert Cart().with_quantity("POT", quantity, price=1).lines == ()


def test_more_than_ten_of_a_product_fail_validation_of_the_quantity() -> None:
    full = Cart().with_added("POT", MAX_QUANTITY_PER_LINE, price=1)

    with pytest.raises(ValidationFailed) as failed:
        full.with_added("POT", 1, price=1)

    assert list(failed.value.errors) == ["quantity"]
    assert "at most 10" in failed.value.message


def test_more_than_thirty_lines_fail_validation() -> None:
    cart = Cart()
    for number in range(MAX_LINES):
        cart = cart.with_added(f"POT-{number}", 1, price=1)

    with pytest.raises(ValidationFailed):
        cart.with_added("ONE-MORE", 1, price=1)


def test_with_prices_updates_the_lines_with_a_current_price() -> None:
    cart = Cart().with_added("POT", 1, price=100).with_added("CUP", 1, price=50)

    updated = cart.with_prices({"POT": 120})

    assert [line.price for line in updated.lines] == [120, 50]
