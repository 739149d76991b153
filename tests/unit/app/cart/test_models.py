from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from app.cart.cart import Cart
from app.cart.models import cart_of, change_cart, empty
from app.cart.visitor import visit_of
from app.customers.magic_links import Network, offer_link, use_link
from app.customers.models import customer_of, hashed
from app.persistence.dynamodb import writing_together
from tests.builders import NOON, a_visitor
from tests.fake_clouds import MERCHANT

pytestmark = pytest.mark.usefixtures("tables")


def test_a_visitor_without_a_cart_has_an_empty_one() -> None:
    assert cart_of(a_visitor()) == Cart()


def test_a_cart_is_kept_and_counts_its_changes() -> None:
    visitor = a_visitor()

    change_cart(visitor, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)
    change_cart(visitor, lambda cart: cart.with_added("CUP", 2, price=50), now=NOON)

    assert cart_of(visitor).version == 2
    assert cart_of(visitor).count == 3


def test_two_tabs_that_add_a_piece_each_end_with_both() -> None:
    visitor = a_visitor()

    def add(sku: str) -> Cart:
        return change_cart(visitor, lambda cart: cart.with_added(sku, 1, price=100), now=NOON)

    with ThreadPoolExecutor() as pool:
        list(pool.map(add, ["POT", "CUP", "BOWL"]))

    assert {line.sku for line in cart_of(visitor).lines} == {"POT", "CUP", "BOWL"}


def test_a_cart_is_emptied_only_as_it_was_seen() -> None:
    visitor = a_visitor()
    seen = change_cart(visitor, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)
    change_cart(visitor, lambda cart: cart.with_added("CUP", 1, price=100), now=NOON)

    with pytest.raises(TransactWriteError), writing_together() as transaction:
        empty(transaction, visitor, seen)

    assert cart_of(visitor).count == 2


def test_a_visit_is_session_and_the_customers_cart_together() -> None:
    signed_in = use_link(offer_link(MERCHANT, Network("somewhere"), "/desk", now=NOON), now=NOON)
    visitor = hashed(signed_in.token)
    change_cart(customer_of(MERCHANT), lambda cart: cart.with_added("POT", 1, price=100), now=NOON)

    visit = visit_of(visitor, now=NOON)

    assert (visit.email, visit.cart.count, visit.merchant) == (MERCHANT, 1, True)


def test_a_session_that_is_over_counts_as_none_though_its_row_is_still_there() -> None:
    signed_in = use_link(offer_link(MERCHANT, Network("somewhere"), "/desk", now=NOON), now=NOON)

    visit = visit_of(hashed(signed_in.token), now=NOON + timedelta(days=15))

    assert (visit.email, visit.merchant) == ("", False)
