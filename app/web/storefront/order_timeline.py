"""What an order's page says: where the order stands, and what became of the money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.i18n.messages import Message, said, said_of
from app.money import Price
from app.orders.cancellation import BY_CUSTOMER, BY_SHOP
from app.orders.models import Order, OrderStatus
from app.orders.queries import Story

_S = OrderStatus
BACK_AGAIN = (_S.REFUNDING, _S.RELEASING, _S.DECLINED, _S.CANCELLED)
DECLINES = {
    "card_declined": said("Your bank said no to this payment."),
    "insufficient_funds": said("There was not enough money in the account."),
}
HEADLINES: dict[OrderStatus, str] = {
    _S.PLACED: said("Thank you, %(name)s."),
    _S.REVIEWING: said("We are looking it over, %(name)s."),
    _S.PAYING: said("Asking your bank, %(name)s."),
    _S.PAID: said("Being packed, %(name)s."),
    _S.SHIPPING: said("At the door, %(name)s."),
    _S.SHIPPED: said("On its way, %(name)s."),
    _S.REFUNDING: said("Sending your money back, %(name)s."),
    _S.RELEASING: said("Closing this order, %(name)s."),
    _S.DECLINED: said("The payment did not go through."),
    _S.CANCELLED: said("This order is cancelled."),
}
STATUSES: dict[OrderStatus, str] = {
    _S.PLACED: said("Placed"),
    _S.REVIEWING: said("Being looked over"),
    _S.PAYING: said("Being paid"),
    _S.PAID: said("Being packed"),
    _S.SHIPPING: said("Being shipped"),
    _S.SHIPPED: said("Shipped"),
    _S.REFUNDING: said("Being paid back"),
    _S.RELEASING: said("Being closed"),
    _S.DECLINED: said("Declined"),
    _S.CANCELLED: said("Cancelled"),
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
        if by_shop:
            return said("We have to cancel this order.")
        return said("Cancelling it, as you wish.")
    return said(HEADLINES[OrderStatus(order.status)], name=order.address.name.split()[0])


def status_words(order: Order) -> str:
    return STATUSES[OrderStatus(order.status)]


def steps(story: Story) -> tuple[Step, ...]:
    """Placed, perhaps looked over, paid, packed, shipped; or as far as it came, and the end."""
    order = story.order
    way = [_placed(story), *([_reviewed(story)] if order.needs_review else [])]
    way += [_paid(story), _packed(story), _shipped(story)]
    if order.status in BACK_AGAIN:
        return (*_done(way), _ending(story))
    if _being_cancelled(order):
        return (*_done(way), Step(said("Cancelling"), cancel_words(order), "now"))
    return tuple(way)


def _done(way: list[Step]) -> tuple[Step, ...]:
    return tuple(step for step in way if step.state == "done")


def _being_cancelled(order: Order) -> bool:
    return order.cancel_requested and order.status in (_S.PAYING, _S.PAID)


def _placed(story: Story) -> Step:
    order = story.order
    count = sum(line.quantity for line in order.lines)
    text = said_of(
        count,
        "Your piece is set aside for you.",
        "Your %(count)s pieces are set aside for you.",
    )
    if order.status in BACK_AGAIN:
        text = said_of(
            count,
            "Your piece was set aside for you.",
            "Your %(count)s pieces were set aside for you.",
        )
    return Step(said("Placed"), text, "done", order.placed_at)


def _reviewed(story: Story) -> Step:
    decided = story.told_at("order_review_decided")
    approved = story.review is not None and story.review.decision == "approved"
    if approved and decided:
        text = said("Somebody here has checked it and said yes.")
        return Step(said("Looked over"), text, "done", decided)
    text = said("An order of this size is looked at by one of us before anything is charged.")
    return Step(said("Looking it over"), text, _now_if(story.order, _S.PLACED, _S.REVIEWING))


def _paid(story: Story) -> Step:
    order, at = story.order, story.told_at("order_paid")
    total = Price(order.total)
    if at:
        text = said("%(total)s, taken once.", total=total)
        if story.facts:
            text = said("%(total)s, taken once. It took more than one try.", total=total)
        return Step(said("Paid"), text, "done", at)
    waiting = (_S.PAYING,) if order.needs_review else (_S.PLACED, _S.PAYING)
    text = said("%(total)s is being asked for.", total=total)
    if story.facts:
        text = _both(text, said(story.facts[-1].text))
    return Step(said("Paying"), text, _now_if(order, *waiting))


def _both(one: str, other: str) -> str:
    """Two sentences, each of which is translated by itself."""
    return Message("%(one)s %(other)s", "", {"one": one, "other": other})


def _packed(story: Story) -> Step:
    order, text = story.order, said("In tissue paper, straw and a good box.")
    if order.status in (_S.SHIPPING, _S.SHIPPED):
        return Step(said("Packed"), text, "done", order.packing_until)
    return Step(said("Packing"), text, _now_if(order, _S.PAID))


def _shipped(story: Story) -> Step:
    order = story.order
    if order.status == _S.SHIPPED:
        text = said("The carrier has it. Tracking code %(code)s.", code=order.tracking_code)
        return Step(said("Shipped"), text, "done", story.told_at("order_shipped"))
    if order.status == _S.SHIPPING:
        return Step(said("Shipping"), said("The carrier is at the door."), "now")
    text = said("We will write to %(email)s with the tracking code.", email=order.email)
    return Step(said("Shipped"), text, "later")


def _ending(story: Story) -> Step:
    order = story.order
    declined = order.closing_as == _S.DECLINED
    if not order.finished:
        title = said("Closing") if declined else said("Cancelling")
        return Step(title, money_words(order), "now", order.moved_at)
    at = story.told_at("order_declined" if declined else "order_cancelled")
    title = said("Declined") if declined else said("Cancelled")
    return Step(title, money_words(order), "ended", at)


def _now_if(order: Order, *statuses: OrderStatus) -> State:
    return "now" if order.status in statuses else "later"


def money_words(order: Order) -> str:
    """Why an order ends without a parcel, and plainly what happened to the money."""
    reason = order.closing_reason or ""
    if order.closing_as == _S.DECLINED:
        why = DECLINES.get(reason, said("The payment was refused."))
        return _both(why, said("No money was taken, and your pieces are back on our shelf."))
    return _both(_why_cancelled(reason), _money_back(order))


def _why_cancelled(reason: str) -> str:
    if reason == BY_CUSTOMER:
        return said("You cancelled it.")
    if reason == BY_SHOP:
        return said("We are sorry: we had to cancel it.")
    if reason.startswith("refused: "):
        why = said(reason.removeprefix("refused: "))
        return said("We could not accept it: %(why)s.", why=why)
    return said("The carrier could not take it: %(why)s.", why=said(reason))


def _money_back(order: Order) -> str:
    if order.refunded:
        amount = Price(order.refunded)
        return said("%(amount)s went back the way it came; banks take some days.", amount=amount)
    if order.status == _S.REFUNDING:
        return said("%(amount)s is on its way back to you.", amount=Price(order.total))
    return said("Nothing was charged.")


def cancel_words(order: Order) -> str:
    """What cancelling does right now."""
    if order.status == _S.PAYING:
        return said("We stop the payment; should it have gone through, the money comes back.")
    if order.status == _S.PAID:
        amount = Price(order.total)
        return said("It is free while we pack; %(amount)s goes back to you.", amount=amount)
    return said("Nothing has been charged yet, and nothing will be.")


def pace(order: Order, now: datetime) -> int:
    """How often, in seconds, a page that is open asks again."""
    return 2 if now - order.moved_at < LIVELY else 10


def edition(story: Story, now: datetime) -> str:
    """Changes with whatever the page shows, so that an unchanged page need not be drawn again."""
    order = story.order
    parts = (order.status, order.events, len(story.facts), order.cancel_requested, pace(order, now))
    return "-".join(str(part) for part in parts)
