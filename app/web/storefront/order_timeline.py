"""The timeline of an order's page: its steps, the current one, and what happened to the payment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.customers.email_addresses import display_email_address
from app.i18n.currency import Money
from app.i18n.messages import Message, lazy_gettext, lazy_ngettext
from app.orders.close_reasons import CloseReason, close_reason_text
from app.orders.models import Order, OrderStatus
from app.orders.queries import OrderDetails
from app.shipping.carrier import Tracking

_S = OrderStatus
CLOSED_WITHOUT_PARCEL = (_S.REFUNDING, _S.RELEASING, _S.DECLINED, _S.CANCELLED)
STATUS_LABELS: dict[OrderStatus, str] = {
    _S.PLACED: lazy_gettext("Placed"),
    _S.REVIEWING: lazy_gettext("Under review"),
    _S.PAYING: lazy_gettext("Payment pending"),
    _S.PAID: lazy_gettext("Packing"),
    _S.SHIPPING: lazy_gettext("Shipping"),
    _S.SHIPPED: lazy_gettext("Shipped"),
    _S.REFUNDING: lazy_gettext("Refund pending"),
    _S.RELEASING: lazy_gettext("Closing"),
    _S.DECLINED: lazy_gettext("Declined"),
    _S.CANCELLED: lazy_gettext("Cancelled"),
}

StepState = Literal["done", "current", "upcoming", "closed"]


@dataclass(frozen=True)
class TimelineStep:
    """One line of the timeline; ``at`` is None until the step is done."""

    title: str
    text: str
    state: StepState
    at: datetime | None = None


def status_label(order: Order) -> str:
    return STATUS_LABELS[OrderStatus(order.status)]


def timeline_steps(
    details: OrderDetails, tracking: Tracking | None = None
) -> tuple[TimelineStep, ...]:
    """Placed, reviewed (large orders), paid, packed, shipped, and delivered if it can be tracked.

    For an order that closes without a parcel: the steps that were done, and then the closing one.
    """
    order = details.order
    steps = [_placed(details), *([_reviewed(details)] if order.needs_review else [])]
    steps += [_paid(details), _packed(details), _shipped(details)]
    steps += [_delivered(tracking)] if tracking else []
    if order.status in CLOSED_WITHOUT_PARCEL:
        return (*_done(steps), _closing(details))
    if is_being_cancelled(order):
        return (
            *_done(steps),
            TimelineStep(lazy_gettext("Cancelling"), cancel_hint(order), "current"),
        )
    return tuple(steps)


def _done(steps: list[TimelineStep]) -> tuple[TimelineStep, ...]:
    return tuple(step for step in steps if step.state == "done")


def is_being_cancelled(order: Order) -> bool:
    """Whether a cancellation was requested after payment started, and is not done yet."""
    return order.cancel_requested and order.status in (_S.PAYING, _S.PAID)


def _placed(details: OrderDetails) -> TimelineStep:
    order = details.order
    count = sum(line.quantity for line in order.lines)
    text = lazy_ngettext(
        count,
        "We've reserved your item.",
        "We've reserved your %(count)s items.",
    )
    if order.status in CLOSED_WITHOUT_PARCEL:
        text = lazy_ngettext(
            count,
            "Your item was reserved.",
            "Your %(count)s items were reserved.",
        )
    return TimelineStep(lazy_gettext("Placed"), text, "done", order.placed_at)


def _reviewed(details: OrderDetails) -> TimelineStep:
    decided_at = details.event_time("order_review_decided")
    approved = details.review is not None and details.review.decision == "approved"
    if approved and decided_at:
        text = lazy_gettext("We've approved your order.")
        return TimelineStep(lazy_gettext("Reviewed"), text, "done", decided_at)
    text = _both(
        lazy_gettext("We check large orders before charging you."),
        lazy_gettext(
            "If we haven't approved it by %(moment)s, we cancel it and charge nothing.",
            moment=details.review_deadline,
        ),
    )
    state = _current_if(details.order, _S.PLACED, _S.REVIEWING)
    return TimelineStep(lazy_gettext("Review"), text, state)


def _paid(details: OrderDetails) -> TimelineStep:
    order, paid_at = details.order, details.event_time("order_paid")
    total = Money(order.total)
    if paid_at:
        text = lazy_gettext("%(total)s charged.", total=total)
        if details.timeline_entries:
            text = _both(text, lazy_gettext("It took us more than one attempt."))
        return TimelineStep(lazy_gettext("Paid"), text, "done", paid_at)
    state = _current_if(order, *((_S.PAYING,) if order.needs_review else (_S.PLACED, _S.PAYING)))
    text = lazy_gettext("We'll charge %(total)s.", total=total)
    if order.status == _S.PAYING:
        text = lazy_gettext("Charging %(total)s.", total=total)
    if details.timeline_entries:
        text = _both(text, lazy_gettext(details.timeline_entries[-1].text))
    return TimelineStep(lazy_gettext("Payment"), text, state)


def _both(first: str, second: str) -> str:
    """Two sentences, each translated on its own."""
    return Message("%(first)s %(second)s", "", {"first": first, "second": second})


def _packed(details: OrderDetails) -> TimelineStep:
    order = details.order
    if order.status in (_S.SHIPPING, _S.SHIPPED):
        text = lazy_gettext("We wrapped every item by hand.")
        return TimelineStep(lazy_gettext("Packed"), text, "done", order.packing_until)
    if order.status == _S.PAID:
        text = lazy_gettext("We're wrapping every item by hand.")
        return TimelineStep(lazy_gettext("Packing"), text, "current")
    text = lazy_gettext("We'll wrap every item by hand.")
    return TimelineStep(lazy_gettext("Packing"), text, "upcoming")


def _shipped(details: OrderDetails) -> TimelineStep:
    order = details.order
    if order.status == _S.SHIPPED:
        text = lazy_gettext("Tracking code: %(code)s.", code=order.tracking_code)
        if order.refunded and not details.returns:  # in the payment provider's dashboard
            text = _both(text, _refund_text(order))
        shipped_at = details.event_time("order_shipped")
        return TimelineStep(lazy_gettext("Shipped"), text, "done", shipped_at)
    if order.status == _S.SHIPPING:
        text = lazy_gettext("The carrier is collecting your parcel.")
        return TimelineStep(lazy_gettext("Shipping"), text, "current")
    email = display_email_address(order.email)
    text = lazy_gettext("We'll email the tracking code to %(email)s.", email=email)
    return TimelineStep(lazy_gettext("Shipping"), text, "upcoming")


def _delivered(tracking: Tracking) -> TimelineStep:
    day = tracking.delivery_on
    if tracking.is_delivered:
        text = lazy_gettext("Delivered on %(day)s.", day=day)
        return TimelineStep(lazy_gettext("Delivered"), text, "done")
    text = lazy_gettext("Expected on %(day)s.", day=day)
    return TimelineStep(lazy_gettext("Delivery"), text, "current")


def _closing(details: OrderDetails) -> TimelineStep:
    order = details.order
    declined = order.final_status == _S.DECLINED
    if not order.finished:
        title = lazy_gettext("Closing") if declined else lazy_gettext("Cancelling")
        return TimelineStep(title, closing_text(details), "current", order.status_changed_at)
    closed_at = details.event_time("order_declined" if declined else "order_cancelled")
    title = lazy_gettext("Declined") if declined else lazy_gettext("Cancelled")
    return TimelineStep(title, closing_text(details), "closed", closed_at)


def _current_if(order: Order, *statuses: OrderStatus) -> StepState:
    return "current" if order.status in statuses else "upcoming"


def closing_text(details: OrderDetails) -> str:
    """Why an order closes without a parcel, and what happened to the payment."""
    order = details.order
    reason = close_reason_text(order.close_reason)
    if order.final_status == _S.DECLINED:
        if order.refunded:  # the bank charged after all
            return _both(reason, _refund_text(order))
        unpaid = lazy_gettext("Nothing was charged, and the items are available again.")
        return _both(reason, unpaid)
    if details.review and details.review.comment:
        message = lazy_gettext("Our message to you: %(text)s", text=details.review.comment)
        reason = _both(reason, message)
    return _both(reason, _refund_text(order))


def _refund_text(order: Order) -> str:
    if order.refunded:
        return lazy_gettext(
            "We've refunded %(amount)s to your original payment method. "
            "It may take a few days to appear.",
            amount=Money(order.refunded),
        )
    if order.status == _S.REFUNDING:
        return lazy_gettext("We're refunding %(amount)s.", amount=Money(order.total))
    if order.close_reason == CloseReason.PAYMENT_DISPUTED:
        return lazy_gettext("Your bank will decide whether you get your money back.")
    return lazy_gettext("Nothing was charged.")


def cancel_hint(order: Order) -> str:
    """What a cancellation means for the payment at this moment."""
    if order.status == _S.PAYING:
        return lazy_gettext(
            "We'll stop the payment. If it has already gone through, you'll be refunded."
        )
    if order.status == _S.PAID:
        return lazy_gettext(
            "You can cancel free of charge until we ship. We'll refund %(amount)s.",
            amount=Money(order.total),
        )
    return lazy_gettext("You haven't been charged. You can cancel free of charge.")
