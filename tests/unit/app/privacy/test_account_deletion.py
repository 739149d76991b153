"""A deletion that runs while another request stores something: nothing personal is left."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from ulid import ULID

from app.cart.cart import Cart
from app.cart.models import load_cart, move_cart, save_draft, update_cart
from app.customers.accounts import DeletedAccount
from app.customers.magic_links import Network, issue, redeem
from app.customers.models import (
    DeviceSession,
    Session,
    VisitorPart,
    customer_id,
    new_session_token,
    visitor_id_of,
    visitor_key,
)
from app.customers.sessions import end_other_sessions, list_sessions, start_session
from app.errors import Conflict, NotFound, Unavailable
from app.orders.address_book import SavedAddress, save_address, saved_addresses
from app.orders.checkout import place_order
from app.privacy.account_deletion import delete_account
from app.privacy.erasure_requests import REQUESTS_OWNER, ErasureRequest
from tests.builders import NOON, a_product, a_request, a_saved_cart, an_address
from tests.crash_injection import crash, interleave

pytestmark = pytest.mark.usefixtures("tables")

SIGNED_IN = NOON - timedelta(minutes=1)
LATER = NOON + timedelta(minutes=5)
SAVED = SavedAddress(str(ULID()), an_address())
NEW = visitor_id_of(new_session_token())
type Write = Callable[[str, str], object]  # of a customer's email and session


def a_customer() -> tuple[str, str]:
    email, session = f"{ULID()}@potter.example".lower(), visitor_id_of(new_session_token())
    start_session(session, email, now=SIGNED_IN)
    return email, session


def fill(cart: Cart) -> Cart:
    return cart.with_added("CUP", 1, price=1).with_draft(cart.draft.with_values({"name": "Ada"}))


def move_guest_cart(email: str, _: str) -> None:
    guest = f"guest-{ULID()}"
    update_cart(guest, fill, now=SIGNED_IN)
    move_cart(guest, customer_id(email), lambda mine, other: other, now=SIGNED_IN)


def save_draft_of_loaded_cart(email: str, _: str) -> None:
    save_draft(customer_id(email), Cart(fill(Cart()).lines, 3), fill(Cart()).draft)


WRITES: dict[str, Write] = {
    "address": lambda email, _: save_address(email, SAVED, now=NOON, signed_in_at=SIGNED_IN),
    "cart": lambda email, _: update_cart(
        customer_id(email), fill, now=NOON, signed_in_at=SIGNED_IN
    ),
    "guest's cart": move_guest_cart,
    "draft": save_draft_of_loaded_cart,
    "sign-in": lambda email, _: start_session(NEW, email, now=SIGNED_IN),
    "session moved": lambda email, session: end_other_sessions(
        email, current_visitor=session, new_visitor=NEW, now=NOON
    ),
}


def try_write(write: Write, email: str, session: str) -> None:
    try:
        write(email, session)
    except (NotFound, Unavailable):
        return


def assert_nothing_is_left(email: str, session: str) -> None:
    rows = VisitorPart.query(visitor_key(customer_id(email)))
    assert [type(row) for row in rows] == [DeletedAccount]
    assert [*Session.query(visitor_key(session))] == [*Session.query(visitor_key(NEW))] == []


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_request_of_an_earlier_session_stores_nothing_after_the_deletion(write: Write) -> None:
    email, session = a_customer()
    delete_account(email, session, now=NOON)

    try_write(write, email, session)

    assert_nothing_is_left(email, session)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("before", ["TransactWriteItems", "DeleteItem device_session"])
def test_request_during_the_deletion_leaves_nothing(write: Write, before: str) -> None:
    email, session = a_customer()

    with interleave(lambda: try_write(write, email, session), before=before):
        delete_account(email, session, now=NOON)

    assert_nothing_is_left(email, session)


@pytest.mark.parametrize("name", ["address", "cart", "guest's cart", "sign-in"])
def test_deletion_during_a_request_leaves_nothing(name: str) -> None:
    email, session = a_customer()

    with interleave(
        lambda: delete_account(email, session, now=NOON),
        before=f"TransactWriteItems {customer_id(email)}",
    ):
        try_write(WRITES[name], email, session)

    assert_nothing_is_left(email, session)


def test_new_sign_in_begins_a_new_account_with_nothing_of_the_old_one() -> None:
    email, session = a_customer()
    save_address(email, SAVED, now=SIGNED_IN, signed_in_at=SIGNED_IN)
    token = issue(email, Network("192.0.2.7"), "/", now=SIGNED_IN)  # sent before the deletion
    delete_account(email, session, now=NOON)

    redeem(token, now=LATER)

    assert len(list_sessions(email, now=LATER)) == 1
    assert saved_addresses(email, now=LATER) == ()
    save_address(email, SAVED, now=LATER, signed_in_at=LATER)
    update_cart(customer_id(email), fill, now=LATER, signed_in_at=LATER)
    assert saved_addresses(email, now=LATER) == (SAVED,)
    assert load_cart(customer_id(email), now=LATER).lines


def test_order_placed_during_the_deletion_is_refused_or_erased() -> None:
    email, session = a_customer()
    owner = customer_id(email)
    cart = a_saved_cart(owner, a_product(quantity=9))
    request = a_request(visitor=owner, email=email, email_verified=True)

    with interleave(lambda: place_order(request, cart, now=NOON), before="DeleteItem cart"):
        delete_account(email, session, now=NOON)

    listed = [it.order_ids or () for it in ErasureRequest.query(REQUESTS_OWNER)]
    assert any(request.order_id in ids for ids in listed)
    with pytest.raises(Conflict):
        place_order(a_request(visitor=owner, email=email), cart, now=NOON)


def test_crash_after_the_mark_leaves_a_session_that_can_repeat_the_deletion() -> None:
    email, session = a_customer()
    with crash(after="PutItem deleted_account"):
        delete_account(email, session, now=NOON)
    assert [*Session.query(visitor_key(session))] != []

    delete_account(email, session, now=NOON)

    assert_nothing_is_left(email, session)
    assert [
        *DeviceSession.query(
            visitor_key(customer_id(email)), DeviceSession.part.startswith("device")
        )
    ] == []
