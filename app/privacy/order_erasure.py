"""Erases the personal data of closed orders; their lines, amounts and events stay.

What must stay until the end of the legal term are the name and address of an invoice
(https://www.gesetze-im-internet.de/ustg_1980/__14.html, section 4). Order events have no personal
data, so nothing of them is erased. The rows of sent emails contain hashes of addresses.
"""

from collections.abc import Callable
from enum import StrEnum

from msgspec.structs import fields, replace
from pynamodb.expressions.update import Action

from app.observability.logs import log_error
from app.orders.models import API_OWNER, Address, Order, Review
from app.orders.queries import OrderDetails, load_order_details
from app.orders.return_rows import Return
from app.payments.models import PaymentState
from app.persistence.dynamodb import update_if

MONEY_MOVED = (PaymentState.CAPTURED, PaymentState.REFUNDED)


class Erasure(StrEnum):
    """Which personal data of an order has been erased."""

    CONTACT = "contact"  # all but what an invoice must have: the name and the address
    COMPLETE = "complete"


def erase_for_customer(order_id: str) -> bool:
    """Erase what the law does not ask for: all of an order that was never charged.

    Of a charged order, the name and address of the invoice stay. Idempotent. Returns False, and
    erases nothing, if the order or a return is open, or the payment is disputed. Raises
    ``NotFound``.
    """
    details = load_order_details(order_id)
    return _erase(details, Erasure.CONTACT if was_charged(details) else Erasure.COMPLETE)


def erase_uncharged(order_id: str) -> bool:
    """Like ``erase_for_customer``, but a charged order stays as it is."""
    details = load_order_details(order_id)
    return was_charged(details) or _erase(details, Erasure.COMPLETE)


def erase_after_legal_term(order_id: str) -> bool:
    """Like ``erase_for_customer``, but the name and address of an invoice are erased too."""
    return _erase(load_order_details(order_id), Erasure.COMPLETE)


def outcome_of(erase: Callable[[str], bool], order_id: str) -> str:
    """Erase the order: "erased", "pending" or "failed", so that one does not stop the others."""
    try:
        return "erased" if erase(order_id) else "pending"
    except Exception as error:
        log_error("retention failed", order_id=order_id, error=type(error).__name__)
        return "failed"


def was_charged(details: OrderDetails) -> bool:
    """Whether money moved, so that there is an invoice. A refund does not undo that."""
    is_charged = details.payment_state in MONEY_MOVED
    return is_charged or details.event_time("order_paid") is not None


def _erase(details: OrderDetails, erasure: Erasure) -> bool:
    """The order's own row comes last, so that a repeat after a crash does the rest."""
    if details.order.erasure in (erasure, Erasure.COMPLETE):
        return True
    if details.order.open_shard or any(not it.has_ended for it in details.returns):
        return False
    for row in (*details.notes, *details.email_deliveries):
        row.delete()
    if details.review:
        _erase_review(details.review)
    for returned in details.returns:
        _erase_return(returned)
    return _erase_order_row(details.order, erasure)


def _erase_review(review: Review) -> None:
    """Without the merchant's words to the customer, and the name of the merchant."""
    personal = (Review.comment, Review.decided_by, Review.task_token)
    review.update(actions=[attribute.remove() for attribute in personal])


def _erase_return(returned: Return) -> None:
    """Without the customer's note, the merchant's words to them, and the names of the merchants."""
    personal = (Return.note, Return.refusal, Return.decided_by, Return.received_by)
    returned.update(actions=[attribute.remove() for attribute in personal])


def _erase_order_row(order: Order, erasure: Erasure) -> bool:
    """One update, unless a dispute has reopened the order since it was read."""
    actions: list[Action] = [
        Order.email.remove(),
        Order.email_verified.remove(),
        Order.request_hash.set(""),
        Order.erasure.set(erasure),
        Order.delivery_note.remove(),
    ]
    if order.owner != API_OWNER:
        actions += [Order.owner.remove(), Order.account_at.remove()]
    actions += _address_actions(order, erasure)
    return update_if(order, actions, Order.open_shard.does_not_exist())


def _address_actions(order: Order, erasure: Erasure) -> list[Action]:
    """Of an invoice only the phone numbers go: they are no part of it."""
    if erasure == Erasure.COMPLETE:
        blank = _without_person(order.address)
        return [Order.address.set(blank), Order.billing_address.remove()]
    actions: list[Action] = [Order.address.set(replace(order.address, phone=""))]
    if order.billing_address:
        actions.append(Order.billing_address.set(replace(order.billing_address, phone="")))
    return actions


def _without_person(address: Address) -> Address:
    """The country alone, which the figures about taxes need."""
    blank = {field.name: "" for field in fields(Address) if field.required}
    return Address(**{**blank, "country": address.country})
