from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from app.cart.cart import Cart
from app.cart.models import clear_cart, load_cart, update_cart
from app.cart.visitor import load_visitor
from app.customers.magic_links import Network, issue, redeem
from app.customers.models import customer_id, visitor_id_of
from app.persistence.dynamodb import retrying_transaction
from tests.builders import NOON, a_visitor
from tests.fake_clouds import MERCHANT

pytestmark = pytest.mark.usefixtures("tables")


def test_visitor_without_a_stored_cart_has_an_empty_cart() -> None:
    assert load_cart(a_visitor()) == Cart()


def test_cart_is_stored_and_its_version_counts_changes() -> None:
    visitor = a_visitor()

    update_cart(visitor, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)
    update_cart(visitor, lambda cart: cart.with_added("CUP", 2, price=50), now=NOON)

    assert load_cart(visitor).version == 2
    assert load_cart(visitor).count == 3


def test_concurrent_changes_of_a_cart_are_all_applied() -> None:
    visitor = a_visitor()

    def add(sku: str) -> Cart:
        return update_cart(visitor, lambda cart: cart.with_added(sku, 1, price=100), now=NOON)

    with ThreadPoolExecutor() as pool:
        list(pool.map(add, ["POT", "CUP", "BOWL"]))

    assert {line.sku for line in load_cart(visitor).lines} == {"POT", "CUP", "BOWL"}


def test_optimistic_locking_prevents_clearing_a_changed_cart() -> None:
    visitor = a_visitor()
    read_cart = update_cart(visitor, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)
    update_cart(visitor, lambda cart: cart.with_added("CUP", 1, price=100), now=NOON)

    with pytest.raises(TransactWriteError), retrying_transaction() as transaction:
        clear_cart(transaction, visitor, read_cart)

    assert load_cart(visitor).count == 2


def test_signed_in_visitor_has_the_cart_of_the_customer() -> None:
    signed_in = redeem(issue(MERCHANT, Network("somewhere"), "/admin", now=NOON), now=NOON)
    visitor = visitor_id_of(signed_in.token)
    update_cart(customer_id(MERCHANT), lambda cart: cart.with_added("POT", 1, price=100), now=NOON)

    loaded = load_visitor(visitor, now=NOON)

    assert (loaded.email, loaded.cart.count, loaded.is_merchant) == (MERCHANT, 1, True)


def test_expired_session_is_ignored_while_its_row_still_exists() -> None:
    signed_in = redeem(issue(MERCHANT, Network("somewhere"), "/admin", now=NOON), now=NOON)

    visitor = load_visitor(visitor_id_of(signed_in.token), now=NOON + timedelta(days=15))

    assert (visitor.email, visitor.is_merchant) == ("", False)
