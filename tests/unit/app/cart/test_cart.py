import pytest

from app.cart.cart import MOST_LINES, MOST_OF_ONE, Cart, CartLine
from app.errors import Unacceptable


def test_adding_the_same_sku_twice_makes_one_line() -> None:
    cart = Cart().with_added("TEA-POT", 1, price=2_450).with_added("TEA-POT", 2, price=2_450)

    assert cart.lines == (CartLine("TEA-POT", 3, 2_450),)
    assert cart.count == 3


def test_a_change_leaves_the_old_cart_as_it_was() -> None:
    before = Cart().with_added("TEA-POT", 1, price=2_450)

    before.with_quantity("TEA-POT", 5, price=2_450)

    assert before.quantity_of("TEA-POT") == 1


def test_a_line_keeps_its_place_when_its_quantity_changes() -> None:
    cart = Cart().with_added("POT", 1, price=1).with_added("CUP", 1, price=1)

    assert [line.sku for line in cart.with_quantity("POT", 4, price=1).lines] == ["POT", "CUP"]


def test_nought_removes_a_line() -> None:
    cart = Cart().with_added("POT", 1, price=1).with_added("CUP", 1, price=1)

    assert [line.sku for line in cart.with_quantity("POT", 0, price=1).lines] == ["CUP"]


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_is_added_by_nought_or_less(quantity: int) -> None:
    assert Cart().with_quantity("POT", quantity, price=1).lines == ()


def test_more_than_ten_of_a_piece_are_refused_beside_their_field() -> None:
    full = Cart().with_added("POT", MOST_OF_ONE, price=1)

    with pytest.raises(Unacceptable) as refused:
        full.with_added("POT", 1, price=1)

    assert refused.value.field == "quantity"
    assert "at most 10" in refused.value.message


def test_more_than_thirty_lines_are_refused() -> None:
    cart = Cart()
    for number in range(MOST_LINES):
        cart = cart.with_added(f"POT-{number}", 1, price=1)

    with pytest.raises(Unacceptable):
        cart.with_added("ONE-MORE", 1, price=1)


def test_seeing_todays_prices_changes_the_lines_that_have_one() -> None:
    cart = Cart().with_added("POT", 1, price=100).with_added("CUP", 1, price=50)

    seen = cart.with_prices({"POT": 120})

    assert [line.price for line in seen.lines] == [120, 50]
