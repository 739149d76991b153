"""What an order's page says: where the order stands, and what became of the money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.money import formatted
from app.orders.cancelling import BY_CUSTOMER, BY_SHOP
from app.orders.history import Story
from app.orders.models import Order, OrderStatus

_S = OrderStatus
BACK_AGAIN = (_S.REFUNDING, _S.RELEASING, _S.DECLINED, _S.CANCELLED)
DECLINES = {
    "card_declined": "Your bank said no to this payment.",
    "insufficient_funds": "There was not enough money in the account.",
}
HEADLINES: dict[OrderStatus, str] = {
    _S.PLACED: "Thank you, {name}.",
    _S.REVIEWING: "We are looking it over, {name}.",
    _S.PAYING: "Asking your bank, {name}.",
    _S.PAID: "Being packed, {name}.",
    _S.SHIPPING: "At the door, {name}.",
    _S.SHIPPED: "On its way, {name}.",
    _S.REFUNDING: "Sending your money back, {name}.",
    _S.RELEASING: "Closing this order, {name}.",
    _S.DECLINED: "The payment did not go through.",
    _S.CANCELLED: "This order is cancelled.",
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
        by_shop = order.closing_reason == BY_SHOP
        return "We have to cancel this order." if by_shop else "Cancelling it, as you wish."
    name = order.address.name.split()[0]
    return HEADLINES[OrderStatus(order.status)].format(name=name)


def steps(story: Story) -> tuple[Step, ...]:
    """Placed, perhaps looked over, paid, packed, shipped; or as far as it came, and the end."""
    order = story.order
    way = [_placed(story), *([_reviewed(story)] if order.needs_review else [])]
    way += [_paid(story), _packed(story), _shipped(story)]
    if order.status in BACK_AGAIN:
        return (*_done(way), _ending(story))
    if _being_cancelled(order):
        return (*_done(way), Step("Cancelling", cancel_words(order), "now"))
    return tuple(way)


def _done(way: list[Step]) -> tuple[Step, ...]:
    return tuple(step for step in way if step.state == "done")


def _being_cancelled(order: Order) -> bool:
    return order.cancel_requested and order.status in (_S.PAYING, _S.PAID)


def _placed(story: Story) -> Step:
    order = story.order
    count, over = sum(line.quantity for line in order.lines), order.status in BACK_AGAIN
    verb = ("was" if over else "is") if count == 1 else ("were" if over else "are")
    pieces = "piece" if count == 1 else f"{count} pieces"
    return Step("Placed", f"Your {pieces} {verb} set aside for you.", "done", order.placed_at)


def _reviewed(story: Story) -> Step:
    decided = story.told_at("order_review_decided")
    approved = story.review is not None and story.review.decision == "approved"
    if approved and decided:
        return Step("Looked over", "Somebody here has checked it and said yes.", "done", decided)
    text = "An order of this size is looked at by one of us before anything is charged."
    return Step("Looking it over", text, _now_if(story.order, _S.PLACED, _S.REVIEWING))


def _paid(story: Story) -> Step:
    order, at = story.order, story.told_at("order_paid")
    slow = f" {story.facts[-1].text}" if story.facts else ""
    if at:
        later = " It took more than one try." if slow else ""
        return Step("Paid", f"{formatted(order.total)}, taken once.{later}", "done", at)
    waiting = (_S.PAYING,) if order.needs_review else (_S.PLACED, _S.PAYING)
    text = f"{formatted(order.total)} is being asked for.{slow}"
    return Step("Paying", text, _now_if(order, *waiting))


def _packed(story: Story) -> Step:
    order = story.order
    if order.status in (_S.SHIPPING, _S.SHIPPED):
        return Step("Packed", "In tissue paper, straw and a good box.", "done", order.packing_until)
    text = "In tissue paper, straw and a good box."
    return Step("Packing", text, _now_if(order, _S.PAID))


def _shipped(story: Story) -> Step:
    order = story.order
    if order.status == _S.SHIPPED:
        text = f"The carrier has it. Tracking code {order.tracking_code}."
        return Step("Shipped", text, "done", story.told_at("order_shipped"))
    if order.status == _S.SHIPPING:
        return Step("Shipping", "The carrier is at the door.", "now")
    return Step("Shipped", f"We will write to {order.email} with the tracking code.", "later")


def _ending(story: Story) -> Step:
    order = story.order
    declined = order.closing_as == _S.DECLINED
    if not order.finished:
        title = "Closing" if declined else "Cancelling"
        return Step(title, money_words(order), "now", order.moved_at)
    at = story.told_at("order_declined" if declined else "order_cancelled")
    return Step("Declined" if declined else "Cancelled", money_words(order), "ended", at)


def _now_if(order: Order, *statuses: OrderStatus) -> State:
    return "now" if order.status in statuses else "later"


def money_words(order: Order) -> str:
    """Why an order ends without a parcel, and plainly what happened to the money."""
    reason = order.closing_reason or ""
    if order.closing_as == _S.DECLINED:
        why = DECLINES.get(reason, "The payment was refused.")
        return f"{why} No money was taken, and your pieces are back on our shelf."
    return f"{_why_cancelled(reason)} {_money_back(order)}"


def _why_cancelled(reason: str) -> str:
    if reason == BY_CUSTOMER:
        return "You cancelled it."
    if reason == BY_SHOP:
        return "We are sorry: we had to cancel it."
    if reason.startswith("refused: "):
        return f"We could not accept it: {reason.removeprefix('refused: ')}."
    return f"The carrier could not take it: {reason}."


def _money_back(order: Order) -> str:
    if order.refunded:
        return f"{formatted(order.refunded)} went back the way it came; banks take some days."
    if order.status == _S.REFUNDING:
        return f"{formatted(order.total)} is on its way back to you."
    return "Nothing was charged."


def cancel_words(order: Order) -> str:
    """What cancelling does right now."""
    if order.status == _S.PAYING:
        return "We stop the payment; should it have gone through, the money comes back."
    if order.status == _S.PAID:
        return f"It is free while we pack; {formatted(order.total)} goes back to you."
    return "Nothing has been charged yet, and nothing will be."


def pace(order: Order, now: datetime) -> int:
    """How often, in seconds, a page that is open asks again."""
    return 2 if now - order.moved_at < LIVELY else 10


def edition(story: Story, now: datetime) -> str:
    """Changes with whatever the page shows, so that an unchanged page need not be drawn again."""
    order = story.order
    parts = (order.status, order.events, len(story.facts), order.cancel_requested, pace(order, now))
    return "-".join(str(part) for part in parts)
