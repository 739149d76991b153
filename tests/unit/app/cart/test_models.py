from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from app.cart.cart import Cart
from app.cart.draft import EMPTY_DRAFT, CheckoutDraft
from app.cart.models import CART_TTL, clear_cart, end_guest, load_cart, move_cart, update_cart
from app.cart.visitor import load_visitor
from app.customers.magic_links import Network, issue, redeem
from app.customers.models import customer_id, visitor_id_of
from app.errors import Unavailable
from app.persistence.dynamodb import retrying_transaction
from app.web.storefront.account import merge_carts
from tests.builders import NOON, a_visitor
from tests.crash_injection import crash, interleave
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
        clear_cart(transaction, visitor, read_cart, EMPTY_DRAFT)

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


def merge(cart: Cart, other: Cart) -> Cart:
    for line in other.lines:
        cart = cart.with_added(line.sku, line.quantity, price=line.price)
    return cart


@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_while_a_cart_moves_neither_loses_nor_doubles_a_line(moment: str) -> None:
    guest, customer = a_visitor(), a_visitor()
    update_cart(guest, lambda cart: cart.with_added("POT", 2, price=100), now=NOON)
    update_cart(customer, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)

    with crash(**{moment: "TransactWriteItems"}):
        move_cart(guest, customer, merge, now=NOON)

    assert load_cart(guest).count + load_cart(customer).count == 3


def test_moved_cart_is_returned_with_both_carts_before() -> None:
    guest, customer = a_visitor(), a_visitor()
    update_cart(guest, lambda cart: cart.with_added("POT", 2, price=100), now=NOON)
    update_cart(customer, lambda cart: cart.with_added("CUP", 1, price=100), now=NOON)

    taken, earlier, merged = move_cart(guest, customer, merge, now=NOON)

    assert [it.sku for it in taken.lines] == ["POT"]
    assert [it.sku for it in earlier.lines] == ["CUP"]
    assert merged.lines == load_cart(customer).lines
    assert merged.count == 3


def test_line_that_another_tab_adds_while_the_cart_moves_is_moved_too() -> None:
    guest, customer = a_visitor(), a_visitor()
    update_cart(guest, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)

    def add_in_another_tab() -> None:
        update_cart(guest, lambda cart: cart.with_added("CUP", 1, price=100), now=NOON)

    with interleave(add_in_another_tab, before="TransactWriteItems"):
        move_cart(guest, customer, merge, now=NOON)

    assert {line.sku for line in load_cart(customer).lines} == {"POT", "CUP"}
    assert not load_cart(guest).lines


def test_ended_guest_stays_ended_whatever_an_older_request_writes() -> None:
    guest = a_visitor()
    update_cart(guest, lambda cart: cart.with_added("POT", 1, price=100), now=NOON)

    older = interleave(lambda: end_guest(guest, now=NOON), before="PutItem")
    with older, pytest.raises(Unavailable):
        update_cart(guest, lambda cart: cart.with_added("CUP", 1, price=100), now=NOON)

    assert load_visitor(guest, now=NOON).visitor_id == ""
    assert not load_cart(guest).lines


def test_draft_whose_time_is_over_does_not_come_back_with_a_change() -> None:
    visitor, draft = a_visitor(), CheckoutDraft({"street": "12 Kiln Row"})
    update_cart(visitor, lambda _: Cart().with_draft(draft), now=NOON)

    update_cart(visitor, lambda cart: cart.with_added("POT", 1, price=100), now=NOON + CART_TTL)

    assert load_cart(visitor).count == 1
    assert load_cart(visitor).draft == EMPTY_DRAFT


def test_draft_whose_time_is_over_does_not_come_back_with_a_sign_in() -> None:
    guest, customer = a_visitor(), customer_id(f"{a_visitor()}@potter.example")
    draft, later = CheckoutDraft({"street": "12 Kiln Row"}), NOON + CART_TTL
    update_cart(customer, lambda _: Cart().with_draft(draft), now=NOON)
    update_cart(guest, lambda cart: cart.with_added("POT", 1, price=100), now=later)

    move_cart(guest, customer, merge_carts, now=later)

    assert load_cart(customer).count == 1
    assert load_cart(customer).draft == EMPTY_DRAFT


def test_guests_draft_whose_time_is_over_does_not_move_at_sign_in() -> None:
    email = f"{a_visitor()}@potter.example".lower()
    guest, customer, later = a_visitor(), customer_id(email), NOON + CART_TTL
    update_cart(guest, lambda _: Cart().with_draft(CheckoutDraft({"email": email})), now=NOON)

    move_cart(guest, customer, merge_carts, now=later)

    assert load_cart(customer).draft == EMPTY_DRAFT


@pytest.mark.parametrize("is_own", [True, False])
def test_draft_of_a_guest_moves_at_sign_in_if_it_has_the_email_of_the_account(
    *, is_own: bool
) -> None:
    email = f"{a_visitor()}@potter.example".lower()
    guest, customer = a_visitor(), customer_id(email)
    draft = CheckoutDraft({"email": email if is_own else "grace@potter.example"})
    update_cart(guest, lambda _: Cart().with_draft(draft), now=NOON)

    move_cart(guest, customer, merge_carts, now=NOON)

    assert load_cart(customer).draft == (draft if is_own else EMPTY_DRAFT)
