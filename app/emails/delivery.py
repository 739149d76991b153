"""Which letter an event calls for, to whom, and the claim that keeps it from being sent twice."""

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

LEASE_DURATION = timedelta(
    seconds=60
)  # shorter than the queue's visibility timeout, longer than the function's
TO_MERCHANTS = (OrderReviewRequested, StockLow)
TO_CUSTOMERS = (OrderPlaced, OrderShipped, OrderDeclined, OrderCancelled)
CLOSED_STATUSES = (OrderStatus.DECLINED, OrderStatus.CANCELLED)


class SendInProgress(Exception):
    """Somebody else is sending this letter right now: look again when the lease is over."""


@dataclass(frozen=True)
class OutgoingEmail:
    """A letter with its address."""

    email: Email
    to: tuple[str, ...]


def compose_email(event: OrderEvent, secret: str) -> OutgoingEmail | None:
    """The letter to write, or None: nobody is written about this, or it would only confuse now."""
    if not isinstance(event, TO_MERCHANTS + TO_CUSTOMERS):
        return None
    story = load_order_details(event.order_id)
    if isinstance(event, OrderPlaced) and story.order.status in CLOSED_STATUSES:
        return None
    facts = _facts(event, story, secret)
    if isinstance(event, TO_MERCHANTS):
        return OutgoingEmail(render_email(event.type, **facts), tuple(sorted(settings().merchants)))
    language = find_language(story.order.language)
    return OutgoingEmail(render_email(event.type, language, **facts), (story.order.email,))


def _facts(event: OrderEvent, story: OrderDetails, secret: str) -> dict[str, Any]:
    page = f"{settings().base_url}/orders/{story.order.order_id}"
    return {
        "event": event,
        "order": story.order,
        "reason_text": close_reason_text(story.order.close_reason),
        "comment": story.review.comment if story.review else None,
        "link": f"{page}?key={order_key(story.order.order_id, secret)}",
        "admin_link": f"{settings().base_url}/admin/orders/{story.order.order_id}",
    }


def acquire_lease(event: OrderEvent, *, now: datetime) -> str | None:
    """Claim the sending of this event's letter; None when it has been sent.

    Raises ``BeingSent`` while somebody else's claim holds. The fence is a random id, so that one
    who was thought dead cannot mark another's letter.
    """
    mine = str(ULID())
    row = EmailDelivery(event.order_id, email_delivery_key(event.event_id))
    free = EmailDelivery.lease_id.does_not_exist() | (EmailDelivery.lease_until < now)
    try:
        row.update(
            actions=[
                EmailDelivery.kind.set(EmailDelivery),
                EmailDelivery.lease_id.set(mine),
                EmailDelivery.lease_until.set(now + LEASE_DURATION),
            ],
            condition=free & (EmailDelivery.sent.does_not_exist() | (EmailDelivery.sent == False)),  # noqa: E712
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        row.refresh(consistent_read=True)
        if row.sent:
            return None
        raise SendInProgress(event.event_id) from error
    return mine


def mark_sent(event: OrderEvent, claimed: str, *, now: datetime) -> None:
    """The letter is out. Dying just before this sends it once more: the only duplicate allowed."""
    EmailDelivery(event.order_id, email_delivery_key(event.event_id)).update(
        actions=[EmailDelivery.sent.set(True), EmailDelivery.at.set(now)],
        condition=EmailDelivery.lease_id == claimed,
    )
