"""An order's story hop by hop, for developers who shop: only what its partition knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.money import formatted
from app.orders.models import EventRow, Order
from app.orders.next_step import next_step
from app.orders.queries import Story
from app.persistence.idempotency import Seen, SentLetter

LATE = datetime.max.replace(tzinfo=UTC)  # what has no time yet stands last
SETTLES = timedelta(seconds=20)  # so long after the last move its marks still come in
WRITTEN_BY = {
    "order_review_requested": ("app/orders/review.py", "the review, the status"),
    "order_review_decided": ("app/orders/review.py", "the decision"),
    "order_cancel_requested": ("app/orders/cancellation.py", "the wish to cancel"),
    "order_paid": ("app/orders/payment.py", "the status, the payment"),
    "order_shipped": ("app/orders/shipping.py", "the status, the stock as sold"),
    "order_declined": ("app/orders/compensation.py", "the status, the stock given back"),
    "order_cancelled": ("app/orders/compensation.py", "the status, the stock given back"),
    "stock_low": ("workers/inventory.py", "the flag that a piece is running low"),
}
HANDLED = {
    "email": "the letter about {event} is dealt with, so a second copy is dropped",
    "analytics": "{event} is in the day's figures, in one transaction with this mark",
    "inventory": "{event} is in the stock ledger, in one transaction with this mark",
}


@dataclass(frozen=True)
class Hop:
    """One thing that happened, who did it, and in which file; ``at`` is None while it is due."""

    who: str
    what: str
    file: str
    at: datetime | None


@dataclass(frozen=True)
class Hops:
    """The hops in order of time, and where the order stands now."""

    told: tuple[Hop, ...]
    rows: int
    payment: str
    review: str
    next_step: str


def hops(story: Story) -> Hops:
    order, payment, review = story.order, story.payment, story.review
    told = [*_events(story), *_marks(story), *_move(story), *_facts(story)]
    more = (payment is not None) + (review is not None)
    return Hops(
        tuple(sorted(told, key=lambda hop: hop.at or LATE)),
        rows=1 + len(story.events) + len(story.facts) + len(story.seen) + more,
        payment=f"{payment.state}, {formatted(payment.amount)}" if payment else "none yet",
        review=(review.decision or "being asked for") if review else "",
        next_step=next_step(order),
    )


def edition(story: Story) -> str:
    """Changes with whatever the hops show."""
    dated = [mark for mark in story.seen if mark.at]
    published = [row for row in story.events if row.published_at]
    return f"{len(story.seen)}-{len(dated)}-{len(published)}"


def settling(order: Order, now: datetime) -> bool:
    """Whether marks of the order's last event may still be on their way."""
    return not order.finished or now - order.moved_at < SETTLES


def _events(story: Story) -> Iterator[Hop]:
    for row in story.events:
        yield _placing(story.order) if row.type == "order_placed" else _writing(row)
        published = f"{row.type} goes from the outbox to the topic"
        yield Hop("stream, SNS", published, "workers/publish.py", row.published_at)


def _placing(order: Order) -> Hop:
    rows = "1 stock row" if len(order.lines) == 1 else f"{len(order.lines)} stock rows"
    cart = "" if order.owner == "api" else "the cart, "
    what = f"one transaction: the order, {rows}, {cart}the event order_placed"
    return Hop("web", what, "app/orders/checkout.py", order.placed_at)


def _writing(row: EventRow) -> Hop:
    file, what = WRITTEN_BY.get(row.type, ("app/orders/outbox.py", "the change"))
    return Hop(_door(file), f"one transaction: {what}, the event {row.type}", file, row.occurred_at)


def _door(file: str) -> str:
    return {
        "workers/inventory.py": "inventory",
        "app/orders/payment.py": "charge",
        "app/orders/shipping.py": "ship",
    }.get(file, "order")


def _marks(story: Story) -> Iterator[Hop]:
    """Each consumer's mark; where it was put before marks had times, there is none to show."""
    types = {row.part.split("#")[1]: row.type for row in story.events}
    for mark in story.seen:
        _, consumer, event_id = mark.part.split("#", 2)
        event = types.get(event_id.removeprefix(f"{story.order.order_id}-"), "an event")
        what = HANDLED.get(consumer, "{event} is handled").format(event=event)
        if _under_way(mark):
            what = f"somebody is writing the letter about {event}"
        yield Hop(consumer, what, f"workers/{consumer}.py", mark.at)


def _under_way(mark: Seen | SentLetter) -> bool:
    return isinstance(mark, SentLetter) and not mark.sent


def _move(story: Story) -> Iterator[Hop]:
    """The last move, when no event tells of it."""
    order = story.order
    if order.moved_at not in {row.occurred_at for row in story.events}:
        what = f"one conditional write: the status is {order.status}"
        yield Hop("workflow", what, "app/orders/transitions.py", order.moved_at)


def _facts(story: Story) -> Iterator[Hop]:
    for fact in story.facts:
        yield Hop("charge", fact.text, "app/orders/payment.py", fact.at)
