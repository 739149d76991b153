"""What an order's page says: where the order stands, and what became of the money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.i18n.messages import Message, lazy_gettext, lazy_ngettext
from app.money import Money
from app.orders.close_reasons import CloseReason, close_reason_text
from app.orders.models import Order, OrderStatus
from app.orders.queries import OrderDetails

_S = OrderStatus
BACK_AGAIN = (_S.REFUNDING, _S.RELEASING, _S.DECLINED, _S.CANCELLED)
HEADLINES: dict[OrderStatus, str] = {
    _S.PLACED: lazy_gettext("Thank you, %(name)s."),
    _S.REVIEWING: lazy_gettext("We are looking it over, %(name)s."),
    _S.PAYING: lazy_gettext("Asking your bank, %(name)s."),
    _S.PAID: lazy_gettext("Being packed, %(name)s."),
    _S.SHIPPING: lazy_gettext("At the door, %(name)s."),
    _S.SHIPPED: lazy_gettext("On its way, %(name)s."),
    _S.REFUNDING: lazy_gettext("Sending your money back, %(name)s."),
    _S.RELEASING: lazy_gettext("Closing this order, %(name)s."),
    _S.DECLINED: lazy_gettext("The payment did not go through."),
    _S.CANCELLED: lazy_gettext("This order is cancelled."),
}
STATUSES: dict[OrderStatus, str] = {
    _S.PLACED: lazy_gettext("Placed"),
    _S.REVIEWING: lazy_gettext("Being looked over"),
    _S.PAYING: lazy_gettext("Being paid"),
    _S.PAID: lazy_gettext("Being packed"),
    _S.SHIPPING: lazy_gettext("Being shipped"),
    _S.SHIPPED: lazy_gettext("Shipped"),
    _S.REFUNDING: lazy_gettext("Being paid back"),
    _S.RELEASING: lazy_gettext("Being closed"),
    _S.DECLINED: lazy_gettext("Declined"),
    _S.CANCELLED: lazy_gettext("Cancelled"),
}
LIVELY = timedelta(minutes=1)  # after the last change; then nobody stares at the page any more

State = Literal["done", "now", "later", "ended"]


@dataclass(frozen=True)
class Step:
    """One line of the story; ``at`` is when it happened, if it has."""

    title: str
    text: str
    state: State
    at: datetime | None = None


def headline(order: Order) -> str:
    if _being_cancelled(order):
        if order.close_reason == CloseReason.MERCHANT_REQUEST:
            return lazy_gettext("We have to cancel this order.")
        return lazy_gettext("Cancelling it, as you wish.")
    return lazy_gettext(HEADLINES[OrderStatus(order.status)], name=order.address.name.split()[0])


def status_words(order: Order) -> str:
    return STATUSES[OrderStatus(order.status)]


def steps(story: OrderDetails) -> tuple[Step, ...]:
    """Placed, perhaps looked over, paid, packed, shipped; or as far as it came, and the end."""
    order = story.order
    way = [_placed(story), *([_reviewed(story)] if order.needs_review else [])]
    way += [_paid(story), _packed(story), _shipped(story)]
    if order.status in BACK_AGAIN:
        return (*_done(way), _ending(story))
    if _being_cancelled(order):
        return (*_done(way), Step(lazy_gettext("Cancelling"), cancel_words(order), "now"))
    return tuple(way)


def _done(way: list[Step]) -> tuple[Step, ...]:
    return tuple(step for step in way if step.state == "done")


def _being_cancelled(order: Order) -> bool:
    return order.cancel_requested and order.status in (_S.PAYING, _S.PAID)


def _placed(story: OrderDetails) -> Step:
    order = story.order
    count = sum(line.quantity for line in order.lines)
    text = lazy_ngettext(
        count,
        "Your piece is set aside for you.",
        "Your %(count)s pieces are set aside for you.",
    )
    if order.status in BACK_AGAIN:
        text = lazy_ngettext(
            count,
            "Your piece was set aside for you.",
            "Your %(count)s pieces were set aside for you.",
        )
    return Step(lazy_gettext("Placed"), text, "done", order.placed_at)


def _reviewed(story: OrderDetails) -> Step:
    decided = story.event_time("order_review_decided")
    approved = story.review is not None and story.review.decision == "approved"
    if approved and decided:
        text = lazy_gettext("Somebody here has checked it and said yes.")
        return Step(lazy_gettext("Looked over"), text, "done", decided)
    text = lazy_gettext("An order of this size is looked at by one of us before anything is charged.")
    return Step(lazy_gettext("Looking it over"), text, _now_if(story.order, _S.PLACED, _S.REVIEWING))


def _paid(story: OrderDetails) -> Step:
    order, at = story.order, story.event_time("order_paid")
    total = Money(order.total)
    if at:
        text = lazy_gettext("%(total)s, taken once.", total=total)
        if story.timeline_entries:
            text = lazy_gettext("%(total)s, taken once. It took more than one try.", total=total)
        return Step(lazy_gettext("Paid"), text, "done", at)
    waiting = (_S.PAYING,) if order.needs_review else (_S.PLACED, _S.PAYING)
    text = lazy_gettext("%(total)s is being asked for.", total=total)
    if story.timeline_entries:
        text = _both(text, lazy_gettext(story.timeline_entries[-1].text))
    return Step(lazy_gettext("Paying"), text, _now_if(order, *waiting))


def _both(one: str, other: str) -> str:
    """Two sentences, each of which is translated by itself."""
    return Message("%(one)s %(other)s", "", {"one": one, "other": other})


def _packed(story: OrderDetails) -> Step:
    order, text = story.order, lazy_gettext("In tissue paper, straw and a good box.")
    if order.status in (_S.SHIPPING, _S.SHIPPED):
        return Step(lazy_gettext("Packed"), text, "done", order.packing_until)
    return Step(lazy_gettext("Packing"), text, _now_if(order, _S.PAID))


def _shipped(story: OrderDetails) -> Step:
    order = story.order
    if order.status == _S.SHIPPED:
        text = lazy_gettext("The carrier has it. Tracking code %(code)s.", code=order.tracking_code)
        return Step(lazy_gettext("Shipped"), text, "done", story.event_time("order_shipped"))
    if order.status == _S.SHIPPING:
        return Step(lazy_gettext("Shipping"), lazy_gettext("The carrier is at the door."), "now")
    text = lazy_gettext("We will write to %(email)s with the tracking code.", email=order.email)
    return Step(lazy_gettext("Shipped"), text, "later")


def _ending(story: OrderDetails) -> Step:
    order = story.order
    declined = order.final_status == _S.DECLINED
    if not order.finished:
        title = lazy_gettext("Closing") if declined else lazy_gettext("Cancelling")
        return Step(title, closing_text(story), "now", order.status_changed_at)
    at = story.event_time("order_declined" if declined else "order_cancelled")
    title = lazy_gettext("Declined") if declined else lazy_gettext("Cancelled")
    return Step(title, closing_text(story), "ended", at)


def _now_if(order: Order, *statuses: OrderStatus) -> State:
    return "now" if order.status in statuses else "later"


def closing_text(details: OrderDetails) -> str:
    """Why an order ends without a parcel, and what happened to the payment."""
    order = details.order
    reason = close_reason_text(order.close_reason)
    if order.final_status == _S.DECLINED:
        unpaid = lazy_gettext("Nothing was charged, and the items are available again.")
        return _both(reason, unpaid)
    if details.review and details.review.comment:
        message = lazy_gettext("Our message to you: %(text)s", text=details.review.comment)
        reason = _both(reason, message)
    return _both(reason, _money_back(order))


def _money_back(order: Order) -> str:
    if order.refunded:
        amount = Money(order.refunded)
        return lazy_gettext("%(amount)s went back the way it came; banks take some days.", amount=amount)
    if order.status == _S.REFUNDING:
        return lazy_gettext("%(amount)s is on its way back to you.", amount=Money(order.total))
    return lazy_gettext("Nothing was charged.")


def cancel_words(order: Order) -> str:
    """What cancelling does right now."""
    if order.status == _S.PAYING:
        return lazy_gettext("We stop the payment; should it have gone through, the money comes back.")
    if order.status == _S.PAID:
        amount = Money(order.total)
        return lazy_gettext("It is free while we pack; %(amount)s goes back to you.", amount=amount)
    return lazy_gettext("Nothing has been charged yet, and nothing will be.")


def poll_interval(order: Order, now: datetime) -> int:
    """How often, in seconds, a page that is open asks again."""
    return 2 if now - order.status_changed_at < LIVELY else 10


def revision(story: OrderDetails, now: datetime) -> str:
    """Changes with whatever the page shows, so that an unchanged page need not be drawn again."""
    order = story.order
    parts = (order.status, order.event_count, len(story.timeline_entries), order.cancel_requested, poll_interval(order, now))
    return "-".join(str(part) for part in parts)
