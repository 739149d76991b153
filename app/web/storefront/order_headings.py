"""What an order's page says first: the thanks, the confirmation, and how the order stands now."""

from app.customers.email_addresses import display_email_address
from app.i18n.messages import lazy_gettext
from app.orders.close_reasons import CloseReason
from app.orders.models import Order, OrderStatus
from app.orders.queries import OrderDetails
from app.persistence.idempotency import EmailDelivery, email_delivery_key
from app.web.storefront.order_timeline import (
    CLOSED_WITHOUT_PARCEL,
    closing_text,
    is_being_cancelled,
)

_S = OrderStatus
PLACED_EVENT = "0001"  # every order's first event
# Orders that end otherwise lose the thanks: their heading says what happened.
HEADINGS: dict[OrderStatus, str] = {
    _S.REFUNDING: lazy_gettext("Refunding you."),
    _S.RELEASING: lazy_gettext("Closing your order."),
    _S.DECLINED: lazy_gettext("Your payment was declined."),
    _S.CANCELLED: lazy_gettext("Your order is cancelled."),
}
STATUS_LINES: dict[OrderStatus, str] = {
    _S.PLACED: lazy_gettext("We're starting your payment."),
    _S.REVIEWING: lazy_gettext("We're reviewing your order."),
    _S.PAYING: lazy_gettext("We're processing your payment."),
    _S.PAID: lazy_gettext("We're packing your order."),
    _S.SHIPPING: lazy_gettext("Your parcel is with the carrier."),
    _S.SHIPPED: lazy_gettext("Your order is on its way."),
}


def heading(order: Order) -> str:
    """The thanks, which stay as they are, unless the order is closing without a parcel."""
    if is_being_cancelled(order):
        if order.close_reason == CloseReason.MERCHANT_REQUEST:
            return lazy_gettext("We have to cancel this order.")
        return lazy_gettext("Cancelling your order.")
    text = HEADINGS.get(OrderStatus(order.status), lazy_gettext("Thank you, %(name)s."))
    return lazy_gettext(text, name=order.address.name.split()[0])


def status_line(details: OrderDetails, *, is_delivered: bool) -> str:
    """How the order stands, in a sentence. A screen reader reads each change of it."""
    order = details.order
    if order.status in CLOSED_WITHOUT_PARCEL:
        return closing_text(details)
    if is_being_cancelled(order):
        return lazy_gettext("We're stopping your order.")
    if is_delivered:
        return lazy_gettext("Your order has been delivered.")
    if order.status == _S.PLACED and order.needs_review:
        return STATUS_LINES[_S.REVIEWING]
    return STATUS_LINES[OrderStatus(order.status)]


def confirmation(details: OrderDetails) -> str:
    """Whether the order is confirmed, and whether its email has been sent."""
    order = details.order
    arguments = {"number": order.number, "email": display_email_address(order.email)}
    if details.event_time("order_paid"):
        texts = {
            "": lazy_gettext(
                "Order %(number)s is confirmed. We're emailing a receipt to %(email)s."
            ),
            "sent": lazy_gettext(
                "Order %(number)s is confirmed. We emailed a receipt to %(email)s."
            ),
            "refused": lazy_gettext(
                "Order %(number)s is confirmed. We could not send an email to %(email)s."
            ),
        }
        without_email = lazy_gettext("Order %(number)s is confirmed.")
    else:
        texts = {
            "": lazy_gettext("We've received order %(number)s. We're emailing %(email)s about it."),
            "sent": lazy_gettext("We've received order %(number)s and emailed %(email)s about it."),
            "refused": lazy_gettext(
                "We've received order %(number)s. We could not send an email to %(email)s."
            ),
        }
        without_email = lazy_gettext("We've received order %(number)s.")
    return lazy_gettext(texts.get(confirmation_email(details), without_email), **arguments)


def confirmation_email(details: OrderDetails) -> str:
    """What became of the email about the placed order: "sent", a reason for none, or "" so far.

    One that bounced counts as refused. Who complains has received it.
    """
    order_id = details.order.order_id
    key = email_delivery_key(f"{order_id}-{PLACED_EVENT}")
    for row in details.processed:
        if isinstance(row, EmailDelivery) and row.part.startswith(key):
            if row.skipped == "bounced":
                return "refused"
            return "sent" if row.sent else row.skipped or ""
    return ""
