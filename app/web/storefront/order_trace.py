"""The trace of an order in the debug panel: its writes, published events and consumers.

It is built from the rows of the order's partition, and from the rows that its consumers wrote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.i18n.currency import format_money
from app.orders.models import API_OWNER, EventRow, Order
from app.orders.next_step import next_step
from app.orders.queries import OrderDetails

if TYPE_CHECKING:
    from app.orders.consumer_records import ConsumerRecord

END_OF_TIME = datetime.max.replace(tzinfo=UTC)  # sorts spans without a time last
SETTLING_TIME = timedelta(seconds=20)  # consumers finish within this time after the last change
WRITERS = {
    "order_review_requested": ("app/orders/review.py", "the review, the status"),
    "order_review_decided": ("app/orders/review.py", "the decision"),
    "order_cancel_requested": ("app/orders/cancellation.py", "the cancellation request"),
    "order_paid": ("app/orders/payment.py", "the status, the payment"),
    "order_shipped": ("app/orders/shipping.py", "the status, the committed stock"),
    "order_declined": ("app/orders/compensation.py", "the status, the released stock"),
    "order_cancelled": ("app/orders/compensation.py", "the status, the released stock"),
    "return_requested": ("app/returns/requests.py", "the return"),
    "return_approved": ("app/returns/requests.py", "the return's status"),
    "return_refused": ("app/returns/requests.py", "the return's status"),
    "return_refunded": ("app/returns/refunds.py", "the return, the order, the restocked units"),
    "stock_low": ("workers/inventory.py", "the low-stock flag"),
}
COMPONENTS = {
    "workers/inventory.py": "inventory",
    "app/orders/payment.py": "charge",
    "app/orders/shipping.py": "ship",
}
EFFECTS = {
    "email": "email about {event} sent; a duplicate of the event has no effect",
    "analytics": "{event} counted; a duplicate of the event has no effect",
    "inventory": "{event} in the stock ledger; a duplicate of the event has no effect",
}
UNSENT = {
    "": "sending the email about {event}",
    "outdated": "no email about {event}, because it is no longer true",
    "limited": "no email about {event}, because emails to an unverified address are limited",
    "refused": "the email about {event} was refused by SES; it is in the dead-letter queue",
}


@dataclass(frozen=True)
class Span:
    """One thing that happened: the component, what it did, and its source file.

    ``at`` is None if it is still due or no time was recorded.
    """

    component: str
    action: str
    file: str
    at: datetime | None


@dataclass(frozen=True)
class OrderTrace:
    """The spans in order of time, and the state of the order now.

    ``revision`` changes with everything the trace shows.
    """

    revision: str
    spans: tuple[Span, ...]
    rows: int
    payment: str
    review: str
    next_step: str


def build_trace(details: OrderDetails) -> OrderTrace:
    from app.orders.consumer_records import consumer_records  # noqa: PLC0415 (late: few pages)

    order, payment, review = details.order, details.payment, details.review
    records = consumer_records(details)
    spans = [
        *_event_spans(details),
        *_consumer_spans(details, records),
        *_status_spans(details),
        *_entry_spans(details),
    ]
    single_rows = 1 + (payment is not None) + (review is not None)
    row_lists = (details.events, details.timeline_entries, details.processed)
    return OrderTrace(
        revision=_revision(details, records),
        spans=tuple(sorted(spans, key=lambda span: span.at or END_OF_TIME)),
        rows=single_rows + sum(len(rows) for rows in row_lists),
        payment=f"{details.payment_state}, {format_money(payment.amount)}"
        if payment
        else "none yet",
        review=(review.decision or "pending") if review else "",
        next_step=next_step(order),
    )


def _revision(details: OrderDetails, records: "Sequence[ConsumerRecord]") -> str:
    emails = details.email_deliveries
    dated = [row for row in emails if row.at]
    published = [row for row in details.events if row.published_at]
    return f"{len(records)}-{len(emails)}-{len(dated)}-{len(published)}"


def is_settling(order: Order, now: datetime) -> bool:
    """Whether consumers may still be processing the order's last event."""
    return not order.finished or now - order.status_changed_at < SETTLING_TIME


def _event_spans(details: OrderDetails) -> Iterator[Span]:
    """Two spans for each event: the transaction that wrote it, and its publication."""
    for row in details.events:
        yield _checkout_span(details.order) if row.type == "order_placed" else _write_span(row)
        action = f"{row.type} published from the outbox to SNS"
        yield Span("DynamoDB stream", action, "workers/publish.py", row.published_at)


def _checkout_span(order: Order) -> Span:
    stock = "1 stock row" if len(order.lines) == 1 else f"{len(order.lines)} stock rows"
    cart = "" if order.owner == API_OWNER else "the cart, "
    action = f"one transaction: the order, {stock}, {cart}the event order_placed"
    return Span("web", action, "app/orders/checkout.py", order.placed_at)


def _write_span(row: EventRow) -> Span:
    file, rows = WRITERS.get(row.type, ("app/orders/outbox.py", "the change"))
    action = f"one transaction: {rows}, the event {row.type}"
    return Span(COMPONENTS.get(file, "order"), action, file, row.occurred_at)


def _consumer_spans(details: OrderDetails, records: "Sequence[ConsumerRecord]") -> Iterator[Span]:
    types = {row.part.split("#")[1]: row.type for row in details.events}

    def event_of(event_id: str) -> str:
        return types.get(event_id.removeprefix(f"{details.order.order_id}-"), "an event")

    for record in records:
        event = event_of(record.event_id)
        action = EFFECTS.get(record.consumer, "{event} processed").format(event=event)
        yield Span(record.consumer, action, f"workers/{record.consumer}.py", record.at)
    for row in details.email_deliveries:
        event = event_of(row.part.split("#")[1])
        action = EFFECTS["email"].format(event=event)
        if not row.sent:
            action = UNSENT.get(row.skipped or "", UNSENT[""]).format(event=event)
        yield Span("email", action, "workers/email.py", row.at)


def _status_spans(details: OrderDetails) -> Iterator[Span]:
    """The last transition, if it wrote no event."""
    order = details.order
    if order.status_changed_at not in {row.occurred_at for row in details.events}:
        action = f"one conditional write: the status is {order.status}"
        yield Span("workflow", action, "app/orders/transitions.py", order.status_changed_at)


def _entry_spans(details: OrderDetails) -> Iterator[Span]:
    for entry in details.timeline_entries:
        yield Span("charge", entry.text, "app/orders/payment.py", entry.at)
