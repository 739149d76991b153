"""Email delivery: which event is worth an email, to whom, and a lease against sending it twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import UpdateError
from ulid import ULID

from app.emails.templates import Email, render_email
from app.i18n.locales import find_language
from app.orders.close_reasons import close_reason_text
from app.orders.events import (
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPlaced,
    OrderReviewRequested,
    OrderShipped,
    StockLow,
)
from app.orders.models import OrderStatus
from app.orders.queries import OrderDetails, load_order_details
from app.orders.signed_links import order_key
from app.persistence.dynamodb import is_condition_failure
from app.persistence.idempotency import EmailDelivery, email_delivery_key
from app.settings import settings

# Longer than the timeout of the function, shorter than the visibility timeout of the queue.
LEASE_DURATION = timedelta(seconds=60)
TO_MERCHANTS = (OrderReviewRequested, StockLow)
TO_CUSTOMERS = (OrderPlaced, OrderShipped, OrderDeclined, OrderCancelled)
CLOSED_WITHOUT_PARCEL = (OrderStatus.DECLINED, OrderStatus.CANCELLED)


class SendInProgress(Exception):
    """Another worker holds the send lease of this email. Retry when the lease has expired."""


@dataclass(frozen=True)
class OutgoingEmail:
    """An email with its recipients."""

    email: Email
    to: tuple[str, ...]


def compose_email(event: OrderEvent, secret: str) -> OutgoingEmail | None:
    """Return the email about an event, or None if there is none.

    No email confirms an order that has been closed meanwhile: it would confuse the customer.
    """
    if not isinstance(event, TO_MERCHANTS + TO_CUSTOMERS):
        return None
    details = load_order_details(event.order_id)
    if isinstance(event, OrderPlaced) and details.order.status in CLOSED_WITHOUT_PARCEL:
        return None
    context = _context(event, details, secret)
    if isinstance(event, TO_MERCHANTS):
        return OutgoingEmail(
            render_email(event.type, **context), tuple(sorted(settings().merchants))
        )
    language = find_language(details.order.language)
    return OutgoingEmail(render_email(event.type, language, **context), (details.order.email,))


def _context(event: OrderEvent, details: OrderDetails, secret: str) -> dict[str, Any]:
    order_url = f"{settings().base_url}/orders/{details.order.order_id}"
    return {
        "event": event,
        "order": details.order,
        "reason_text": close_reason_text(details.order.close_reason),
        "comment": details.review.comment if details.review else None,
        "link": f"{order_url}?key={order_key(details.order.order_id, secret)}",
        "admin_link": f"{settings().base_url}/admin/orders/{details.order.order_id}",
    }


def acquire_lease(event: OrderEvent, *, now: datetime) -> str | None:
    """Acquire the send lease for an event's email. Returns its id, or None if the email was sent.

    Raises ``SendInProgress`` while another worker holds the lease. The id is random, so a worker
    whose lease has expired cannot mark the email of a later lease as sent (a fencing token:
    https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html).
    """
    lease_id = str(ULID())
    row = EmailDelivery(event.order_id, email_delivery_key(event.event_id))
    is_free = EmailDelivery.lease_id.does_not_exist() | (EmailDelivery.lease_until < now)
    is_unsent = EmailDelivery.sent.does_not_exist() | (EmailDelivery.sent == False)  # noqa: E712
    try:
        row.update(
            actions=[
                EmailDelivery.kind.set(EmailDelivery),
                EmailDelivery.lease_id.set(lease_id),
                EmailDelivery.lease_until.set(now + LEASE_DURATION),
            ],
            condition=is_free & is_unsent,
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        row.refresh(consistent_read=True)
        if row.sent:
            return None
        raise SendInProgress(event.event_id) from error
    return lease_id


def mark_sent(event: OrderEvent, lease_id: str, *, now: datetime) -> None:
    """Record that the email was sent. A crash just before this call sends it a second time."""
    EmailDelivery(event.order_id, email_delivery_key(event.event_id)).update(
        actions=[EmailDelivery.sent.set(True), EmailDelivery.at.set(now)],
        condition=EmailDelivery.lease_id == lease_id,
    )
