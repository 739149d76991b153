"""Erasing the personal data of orders: what goes, what an invoice keeps, and when."""

import pytest
from msgspec.structs import replace
from ulid import ULID

from app.emails.send_leases import acquire_lease, record_result
from app.errors import NotFound
from app.orders.checkout import place_order
from app.orders.models import DISPUTED, Address, Order
from app.orders.notes import add_note
from app.orders.queries import load_order_details, orders_of_customer
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from app.persistence.dynamodb import OrderPart
from app.persistence.idempotency import recipient_hash
from app.privacy.order_erasure import (
    Erasure,
    erase_after_legal_term,
    erase_for_customer,
    erase_uncharged,
)
from tests.builders import (
    NOON,
    a_cart,
    a_large_order,
    a_product,
    a_request,
    an_address,
    an_order_in_status,
)
from tests.crash_injection import crash, interleave, recorded_calls
from tests.unit.workers.queue_readers import events_of

pytestmark = pytest.mark.usefixtures("tables")

MERCHANT = "anna@hearth.example"
COUNTRY_ONLY = Address("", "", "", "", "", "DE")


def an_email() -> str:
    return f"ada-{ULID()}@potter.example".lower()


def texts_of(order: Order) -> str:
    """Everything that the order's partition holds, as text."""
    return " ".join(str(row.serialize()) for row in OrderPart.query(order.order_id))


@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_order_that_was_never_charged_keeps_no_personal_data(status: str) -> None:
    email, owner = an_email(), f"visitor-{ULID()}"
    order = an_order_in_status(status, email=email, owner=owner)

    assert erase_for_customer(order.order_id)

    erased = find_order(order.order_id)
    assert (erased.erasure, erased.address) == (Erasure.COMPLETE, COUNTRY_ONLY)
    assert (erased.email, erased.owner, erased.request_hash) == ("", "", "")
    for personal in (email, owner, order.request_hash, "Ada", "Kiln Row"):
        assert personal not in texts_of(order)


def test_charged_order_keeps_the_name_and_address_of_its_invoice() -> None:
    email = an_email()
    order = an_order_in_status("shipped", email=email)

    assert erase_for_customer(order.order_id)

    erased = find_order(order.order_id)
    assert (erased.erasure, erased.address) == (Erasure.CONTACT, an_address())
    assert email not in texts_of(order)
    assert orders_of_customer(email) == []


@pytest.mark.parametrize("status", ["shipped", "declined"])
def test_phone_number_and_delivery_note_are_on_no_invoice(status: str) -> None:
    address = replace(an_address(), company="Potter & Co", phone="+49 30 1234567")
    billing = replace(address, name="Grace Hopper", phone="")
    order = an_order_in_status(
        status, address=address, billing_address=billing, delivery_note="Ring at Lovelace's."
    )

    erase_for_customer(order.order_id)

    erased, texts = find_order(order.order_id), texts_of(order)
    assert "1234567" not in texts
    assert "Lovelace" not in texts
    is_invoiced = status == "shipped"
    assert erased.billing_address == (billing if is_invoiced else None)
    assert ("Potter & Co" in texts, "Hopper" in texts) == (is_invoiced, is_invoiced)


def test_refunded_order_keeps_its_invoice_too() -> None:
    order = an_order_in_status("refunding", street="7 Nowhere Lane")
    find_order(order.order_id).update(
        actions=[Order.status.set("cancelled"), Order.open_shard.remove()]
    )

    erase_for_customer(order.order_id)

    assert find_order(order.order_id).erasure == Erasure.CONTACT


def test_after_the_legal_term_a_charged_order_is_anonymous() -> None:
    order = an_order_in_status("shipped")
    erase_for_customer(order.order_id)

    assert erase_after_legal_term(order.order_id)

    erased = find_order(order.order_id)
    assert (erased.erasure, erased.address) == (Erasure.COMPLETE, COUNTRY_ONLY)


def test_lines_amounts_and_events_stay() -> None:
    order = an_order_in_status("shipped", email=an_email())
    before = load_order_details(order.order_id)

    erase_after_legal_term(order.order_id)

    after = load_order_details(order.order_id)
    kept = ("number", "status", "lines", "subtotal", "shipping", "total", "currency", "refunded")
    for name in (*kept, "placed_at", "tracking_code", "event_count", "day_shard"):
        assert getattr(after.order, name) == getattr(before.order, name), name
    assert [row.body for row in after.events] == [row.body for row in before.events]
    assert after.payment


def test_notes_and_the_words_of_a_review_go_too() -> None:
    order = a_large_order()
    request_review(order.order_id, "a task token", now=NOON)
    add_note(order.order_id, str(ULID()), "Ada called.", by=MERCHANT, now=NOON)
    decide_review(order.order_id, "rejected", MERCHANT, "Sorry, Ada.", now=NOON)

    erase_for_customer(order.order_id)

    details = load_order_details(order.order_id)
    assert details.notes == ()
    assert details.review
    assert details.review.decision == "rejected"
    for personal in ("Ada", MERCHANT, "a task token"):
        assert personal not in texts_of(order)


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "paid", "shipping"])
def test_open_order_is_not_erased(status: str) -> None:
    order = an_order_in_status(status)

    assert not erase_for_customer(order.order_id)

    assert find_order(order.order_id).address == an_address()


def test_order_with_a_disputed_payment_is_not_erased() -> None:
    order = an_order_in_status("shipped")
    order.update(actions=[Order.open_shard.set(DISPUTED), Order.next_check_at.set(NOON)])

    assert not erase_for_customer(order.order_id)

    assert find_order(order.order_id).erasure is None


def test_repeat_changes_nothing() -> None:
    order = an_order_in_status("shipped")
    erase_for_customer(order.order_id)

    with recorded_calls() as calls:
        assert erase_for_customer(order.order_id)

    assert [call.split()[0] for call in calls] == ["Query"]


def test_repeat_after_a_crash_erases_the_rest() -> None:
    order = an_order_in_status("cancelled", email=an_email())
    add_note(order.order_id, str(ULID()), "Ada called.", by=MERCHANT, now=NOON)
    with crash(before="UpdateItem order"):
        erase_for_customer(order.order_id)

    assert erase_for_customer(order.order_id)

    assert "Ada" not in texts_of(order)


def test_charged_order_stays_whole_when_only_uncharged_ones_are_erased() -> None:
    charged, uncharged = an_order_in_status("shipped"), an_order_in_status("declined")

    assert [erase_uncharged(it.order_id) for it in (charged, uncharged)] == [True, True]

    erasures = [find_order(it.order_id).erasure for it in (charged, uncharged)]
    assert erasures == [None, Erasure.COMPLETE]


def test_unknown_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        erase_for_customer(str(ULID()))


def test_order_of_an_api_client_keeps_its_scope_and_its_key_places_no_second_order() -> None:
    request = a_request(owner="api")
    product = a_product()
    order = place_order(request, a_cart(product), now=NOON)
    order.update(actions=[Order.status.set("declined"), Order.open_shard.remove()])

    erase_for_customer(order.order_id)

    assert find_order(order.order_id).owner == "api"
    with pytest.raises(Exception, match="already"):
        place_order(request, a_cart(product), now=NOON)


def test_hashes_of_addresses_go_with_the_records_of_sent_emails() -> None:
    email = an_email()
    order = an_order_in_status("shipped", email=email)
    (event, *_) = events_of(order)
    lease = acquire_lease(event, recipient_hash(order.order_id, email), now=NOON)
    assert lease
    record_result(lease, "sent", now=NOON)
    assert len(load_order_details(order.order_id).email_deliveries) == 1

    erase_for_customer(order.order_id)

    assert load_order_details(order.order_id).email_deliveries == ()


def test_open_order_keeps_its_notes() -> None:
    order = an_order_in_status("paid")
    add_note(order.order_id, str(ULID()), "Ada called.", by=MERCHANT, now=NOON)

    erase_for_customer(order.order_id)

    assert len(load_order_details(order.order_id).notes) == 1


def test_order_that_a_dispute_reopens_meanwhile_is_not_erased() -> None:
    order = an_order_in_status("shipped")

    def open_dispute() -> None:
        reopened = find_order(order.order_id)
        reopened.update(actions=[Order.open_shard.set(DISPUTED), Order.next_check_at.set(NOON)])

    with interleave(open_dispute, before="UpdateItem order"):
        assert not erase_for_customer(order.order_id)

    assert find_order(order.order_id).erasure is None
