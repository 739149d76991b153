from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.models import Product
from app.catalog.products import Description, edit_product
from app.catalog.publishing import hide_product
from app.errors import Conflict
from app.inventory.adjustments import Adjustment, adjust
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import now_on_hand, on_hand, receive
from app.inventory.stock_shards import MOST_DRAWERS, shares, spread, take_from
from tests.builders import NOON, a_product, an_order_that_is, noted, sku_of

ANNA = "anna@hearth.example"


def rows_with(pieces: list[int]) -> list[Stock]:
    return [Stock(f"MUG#{n}", price=2_450, available=count) for n, count in enumerate(pieces)]


def in_drawers(product: Product) -> list[tuple[int, int, int]]:
    rows = now_on_hand([sku_of(product)])[sku_of(product)].rows
    assert all(row.available + row.reserved + row.sold == row.received for row in rows)
    return [(row.available, row.reserved, row.sold) for row in rows]


def spread_out(product: Product, drawers: int = 3) -> None:
    rows = now_on_hand([sku_of(product)])[sku_of(product)].rows
    spread(rows, drawers, by=ANNA, now=NOON)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=17), st.integers(1, 10))
def test_whatever_lies_where_all_that_is_there_can_be_taken(pieces: list[int], many: int) -> None:
    rows = rows_with(pieces)

    if many > sum(pieces):
        with pytest.raises(Conflict):
            take_from(rows, many)
        return
    taken = take_from(rows, many)

    assert sum(taken.values()) == many
    assert all(0 < count <= pieces[int(key.partition("#")[2])] for key, count in taken.items())
    if max(pieces) >= many:
        assert len(taken) == 1


@given(st.integers(0, 200), st.integers(1, MOST_DRAWERS + 1))
def test_shares_are_all_and_nearly_equal(pieces: int, drawers: int) -> None:
    found = shares([row.sku for row in rows_with([0] * drawers)], pieces)

    assert sum(found.values()) == pieces
    assert not found or max(found.values()) - pieces // drawers <= 1


@pytest.mark.usefixtures("tables")
class TestOnTheShelf:
    def test_pieces_are_divided_and_shown_as_one_pile(self) -> None:
        product = a_product(pieces=10)

        spread_out(product)

        assert in_drawers(product) == [(3, 0, 0), (3, 0, 0), (2, 0, 0), (2, 0, 0)]
        whole = on_hand([sku_of(product)])[sku_of(product)]
        assert (whole.available, whole.received, whole.price) == (10, 10, product.price)
        assert on_hand([f"{sku_of(product)}#1"]) == {}  # a drawer is nothing to ask for
        assert "4 drawers" in noted(f"/desk/stock/{sku_of(product)}")[0].what

    @pytest.mark.parametrize(
        ("ending", "counters"),
        [("placed", (8, 2, 0)), ("shipped", (8, 0, 2)), ("cancelled", (10, 0, 0))],
    )
    def test_a_piece_goes_back_to_the_drawer_it_was_taken_from(
        self, ending: str, counters: tuple[int, int, int]
    ) -> None:
        product = a_product(pieces=10)
        spread_out(product)
        for _ in range(2):
            an_order_that_is(ending, product)

        found = in_drawers(product)

        assert tuple(map(sum, zip(*found, strict=True))) == counters
        if ending == "cancelled":
            assert found == [(3, 0, 0), (3, 0, 0), (2, 0, 0), (2, 0, 0)]

    def test_gathered_again_what_is_held_elsewhere_is_still_sold_or_freed(self) -> None:
        product = a_product(pieces=8)
        spread_out(product)
        orders = [an_order_that_is("paid", product) for _ in range(3)]

        spread_out(product, drawers=0)

        assert in_drawers(product)[0][0] == 5
        assert sum(reserved for _, reserved, _ in in_drawers(product)) == len(orders)
        an_order_that_is("shipped", product)
        assert Counter(in_drawers(product))[(0, 0, 0)] <= 3

    def test_somebody_who_buys_meanwhile_keeps_the_drawers_shut(self) -> None:
        product = a_product(pieces=4)
        as_read = now_on_hand([sku_of(product)])[sku_of(product)].rows
        an_order_that_is("placed", product)

        with pytest.raises(Conflict):
            spread(as_read, 3, by=ANNA, now=NOON)

        assert in_drawers(product) == [(3, 1, 0)]

    @pytest.mark.parametrize("change", ["price", "hide"])
    def test_what_all_drawers_share_changes_in_all(self, change: str) -> None:
        product = a_product(pieces=4)
        spread_out(product)

        CHANGES[change](product)

        rows = now_on_hand([sku_of(product)])[sku_of(product)].rows
        assert len({(row.price, row.on_sale) for row in rows}) == 1
        assert (rows[-1].price, rows[-1].on_sale) != (product.price, True)

    def test_what_broke_is_gone_from_several_and_what_came_goes_into_all(self) -> None:
        product = a_product(pieces=4)
        spread_out(product)

        adjust(Adjustment("01", sku_of(product), "broken", -3), by=ANNA, now=NOON)
        assert sum(available for available, *_ in in_drawers(product)) == 1
        receive(sku_of(product), 7, delivery="second", now=NOON)

        assert sum(available for available, *_ in in_drawers(product)) == 8
        assert sum(entry.change for entry in LedgerEntry.query(sku_of(product))) == 8
        with pytest.raises(Conflict):
            adjust(Adjustment("02", sku_of(product), "broken", -9), by=ANNA, now=NOON)


def _at_another_price(product: Product) -> None:
    wanted = Description.of(product)
    cheaper = type(wanted)(**{**vars(wanted), "price": 1_990, "compare_at": None})
    edit_product(product, cheaper, seen=0, by=ANNA, now=NOON)


CHANGES: dict[str, Callable[[Product], None]] = {
    "price": _at_another_price,
    "hide": lambda product: hide_product(product, by=ANNA, now=NOON),
}
