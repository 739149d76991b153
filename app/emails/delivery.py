"""Email delivery: which event is worth an email, to whom, and whether it is still true."""

from collections.abc import Callable
from typing import Any

from app.emails.templates import Email, render_email
from app.i18n.locales import ENGLISH, find_language
from app.inventory.reservations import LOW_STOCK_THRESHOLD, read_stock_consistently
from app.orders.close_reasons import close_reason_text
from app.orders.events import (
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPlaced,
    OrderReviewRequested,
    OrderShipped,
    ReturnApproved,
    ReturnRefunded,
    ReturnRefused,
    ReturnRequested,
    StockLow,
)
from app.orders.models import Order, OrderStatus
from app.orders.queries import OrderDetails
from app.orders.return_policy import RETURN_ADDRESS
from app.orders.return_rows import Return, ReturnStatus
from app.orders.signed_links import order_link
from app.settings import settings

TO_MERCHANTS = (OrderReviewRequested, StockLow)
ABOUT_RETURNS = (ReturnRequested, ReturnApproved, ReturnRefused, ReturnRefunded)
TO_CUSTOMERS = (OrderPlaced, OrderShipped, OrderDeclined, OrderCancelled, *ABOUT_RETURNS)
# Statuses in which "we have received your order" is news. Later ones have an email of their own.
CONFIRMABLE = frozenset(
    {
        OrderStatus.PLACED,
        OrderStatus.REVIEWING,
        OrderStatus.PAYING,
        OrderStatus.PAID,
        OrderStatus.SHIPPING,
    }
)


def email_recipients(event: OrderEvent, order: Order) -> tuple[str, ...]:
    """The addresses that get an email about the event; none for most events.

    An order whose personal data has been erased has no customer's address.
    """
    if isinstance(event, OrderReviewRequested):
        return tuple(sorted(settings().owners))  # only they decide on a review
    if isinstance(event, TO_MERCHANTS):
        return tuple(sorted(settings().merchants))
    is_to_customer = isinstance(event, TO_CUSTOMERS) and order.email
    return (order.email,) if is_to_customer else ()


def is_outdated(event: OrderEvent, details: OrderDetails) -> bool:
    """Whether the email would no longer be true: a message can be days late."""
    check = _OUTDATED.get(type(event))
    return check is not None and check(event, details)


def _is_confirmation_outdated(_: OrderEvent, details: OrderDetails) -> bool:
    """The order is shipped or closed, or is going to be closed, which another email reports."""
    order = details.order
    return order.cancel_requested or order.status not in CONFIRMABLE


def _is_review_over(_: OrderEvent, details: OrderDetails) -> bool:
    decided = details.review is not None and details.review.decision is not None
    return decided or details.order.status != OrderStatus.REVIEWING


def _is_stock_back(event: OrderEvent, _: OrderDetails) -> bool:
    assert isinstance(event, StockLow)
    # A stale read would suppress the only warning.
    stock = read_stock_consistently([event.sku]).get(event.sku)
    return stock is None or stock.available > LOW_STOCK_THRESHOLD


def _is_request_answered(event: OrderEvent, details: OrderDetails) -> bool:
    row = _return_of(event, details)
    return row is None or row.status != ReturnStatus.REQUESTED


def _is_parcel_late(event: OrderEvent, details: OrderDetails) -> bool:
    """The units have come back, or the return was refused after all."""
    row = _return_of(event, details)
    return row is None or row.status != ReturnStatus.APPROVED


def _return_of(event: OrderEvent, details: OrderDetails) -> Return | None:
    if isinstance(event, ABOUT_RETURNS):
        return details.return_numbered(event.return_number)
    return None


def _is_of_no_return(event: OrderEvent, details: OrderDetails) -> bool:
    return _return_of(event, details) is None


# An email about the end of an order or a return stays true.
_OUTDATED: dict[type, Callable[[OrderEvent, OrderDetails], bool]] = {
    OrderPlaced: _is_confirmation_outdated,
    OrderReviewRequested: _is_review_over,
    StockLow: _is_stock_back,
    ReturnRequested: _is_request_answered,
    ReturnApproved: _is_parcel_late,
    ReturnRefused: _is_of_no_return,
    ReturnRefunded: _is_of_no_return,
}


def compose_email(event: OrderEvent, details: OrderDetails, secret: str) -> Email:
    """Render the email about an event: in the language of the order, for merchants in English."""
    order = details.order
    language = ENGLISH if isinstance(event, TO_MERCHANTS) else find_language(order.language)
    return render_email(event.type, language, **_context(event, details, secret))


def _context(event: OrderEvent, details: OrderDetails, secret: str) -> dict[str, Any]:
    return {
        **_return_context(_return_of(event, details), details.order),
        "event": event,
        "order": details.order,
        "review_until": details.review_deadline,
        "reason_text": close_reason_text(details.order.close_reason),
        "comment": details.review.comment if details.review else None,
        "link": order_link(details.order, secret),
        "admin_link": f"{settings().base_url}/admin/orders/{details.order.order_id}",
    }


def _return_context(row: Return | None, order: Order) -> dict[str, Any]:
    """What emails about a return need. The customer's own note is not part of them."""
    if row is None:
        return {}
    return {
        "items": [(it, row.units[it.sku]) for it in order.lines if row.units.get(it.sku)],
        "parcel_until": row.next_check_at,
        "refusal": row.refusal,
        "return_address": RETURN_ADDRESS,
    }
