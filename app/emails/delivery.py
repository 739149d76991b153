"""Which letter an event calls for, to whom, and the claim that keeps it from being sent twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import UpdateError
from ulid import ULID

from app.emails.templates import Letter, write_letter
from app.i18n.locales import language_of
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
from app.orders.queries import Story, story_of
from app.orders.signed_links import order_key
from app.persistence.dynamodb import refused_by_condition
from app.persistence.idempotency import SentLetter, mark_of
from app.settings import settings

LEASE = timedelta(
    seconds=60
)  # shorter than the queue's visibility timeout, longer than the function's
TO_MERCHANTS = (OrderReviewRequested, StockLow)
TO_CUSTOMERS = (OrderPlaced, OrderShipped, OrderDeclined, OrderCancelled)
CLOSED_WITHOUT_PARCEL = (OrderStatus.DECLINED, OrderStatus.CANCELLED)


class BeingSent(Exception):
    """Somebody else is sending this letter right now: look again when the lease is over."""


@dataclass(frozen=True)
class Post:
    """A letter with its address."""

    letter: Letter
    to: tuple[str, ...]


def letter_for(event: OrderEvent, secret: str) -> Post | None:
    """The letter to write, or None: nobody is written about this, or it would only confuse now."""
    if not isinstance(event, TO_MERCHANTS + TO_CUSTOMERS):
        return None
    story = story_of(event.order_id)
    if isinstance(event, OrderPlaced) and story.order.status in CLOSED_WITHOUT_PARCEL:
        return None
    facts = _facts(event, story, secret)
    if isinstance(event, TO_MERCHANTS):
        return Post(write_letter(event.type, **facts), tuple(sorted(settings().merchants)))
    language = language_of(story.order.language)
    return Post(write_letter(event.type, language, **facts), (story.order.email,))


def _facts(event: OrderEvent, story: Story, secret: str) -> dict[str, Any]:
    page = f"{settings().base_url}/orders/{story.order.order_id}"
    return {
        "event": event,
        "order": story.order,
        "link": f"{page}?key={order_key(story.order.order_id, secret)}",
        "desk_link": f"{settings().base_url}/desk/orders/{story.order.order_id}",
    }


def claim(event: OrderEvent, *, now: datetime) -> str | None:
    """Claim the sending of this event's letter; None when it has been sent.

    Raises ``BeingSent`` while somebody else's claim holds. The fence is a random id, so that one
    who was thought dead cannot mark another's letter.
    """
    mine = str(ULID())
    row = SentLetter(event.order_id, mark_of("email", event.event_id))
    free = SentLetter.claim.does_not_exist() | (SentLetter.lease_until < now)
    try:
        row.update(
            actions=[
                SentLetter.kind.set(SentLetter),
                SentLetter.claim.set(mine),
                SentLetter.lease_until.set(now + LEASE),
            ],
            condition=free & (SentLetter.sent.does_not_exist() | (SentLetter.sent == False)),  # noqa: E712
        )
    except UpdateError as error:
        if not refused_by_condition(error):
            raise
        row.refresh(consistent_read=True)
        if row.sent:
            return None
        raise BeingSent(event.event_id) from error
    return mine


def mark_sent(event: OrderEvent, claimed: str, *, now: datetime) -> None:
    """The letter is out. Dying just before this sends it once more: the only duplicate allowed."""
    SentLetter(event.order_id, mark_of("email", event.event_id)).update(
        actions=[SentLetter.sent.set(True), SentLetter.at.set(now)],
        condition=SentLetter.claim == claimed,
    )
