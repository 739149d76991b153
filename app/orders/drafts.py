"""The checkout draft that belongs to an order: the form fields that would place it again."""

from app.cart.draft import CheckoutDraft, DeclinedPayment
from app.orders.close_reasons import CloseReason
from app.orders.models import Address, Order, OrderStatus

BILLING_PREFIX = "billing_"  # of the fields of the billing address
BILLING_DIFFERS = "billing_differs"  # the checkbox


def address_values(address: Address, prefix: str = "") -> dict[str, str]:
    """The form fields of an address, by their names in the form."""
    fields = ((name, getattr(address, name)) for name in Address.__struct_fields__)
    return {prefix + name: text for name, text in fields if text}


def order_values(order: Order) -> dict[str, str]:
    """The form fields of an order. A field without text is left out."""
    values = address_values(order.address)
    if order.billing_address:
        values |= {BILLING_DIFFERS: "yes", **address_values(order.billing_address, BILLING_PREFIX)}
    others = {
        "email": order.email,
        "delivery_note": order.delivery_note,
        "payment_method": order.payment_method,
    }
    return values | {name: text for name, text in others.items() if text}


def placed_draft(order: Order, draft: CheckoutDraft) -> CheckoutDraft:
    """What the cart keeps when this order is placed."""
    return draft.placed(order.order_id, order_values(order))


def reorder_draft(order: Order, draft: CheckoutDraft) -> CheckoutDraft:
    """What the cart keeps when its customer orders again, or pays in another way.

    The declined payment method is not filled in. An earlier draft is newer than a closed order.
    """
    values = order_values(order)
    if order.status == OrderStatus.DECLINED:
        values.pop("payment_method", None)
        reason = order.close_reason or CloseReason.PAYMENT_FAILED
        declined = DeclinedPayment(order.order_id, order.number, reason)
        return draft.retrying(declined, values, order.discount_code or "")
    return draft if draft.values else draft.with_values(values)
