"""Find out which event each email in the local mailbox is about.

SES does not return the header ``X-Event-Id``, so emails are matched by recipient and order: an
order must have as many emails to a recipient as it has events that cause one. Each email beyond
that number counts as a duplicate.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping

from app.verification import SentEmail
from app.verification.snapshot import Row
from infra.local.console.emails import StoredEmail

LINK = re.compile(r"(?P<admin>/admin)?/orders/(?P<order_id>[0-9A-HJKMNP-TV-Z]{26})")
TO_CUSTOMERS = (
    *("order_placed", "order_shipped", "order_declined", "order_cancelled"),
    *("return_requested", "return_approved", "return_refused", "return_refunded"),
)
TO_MERCHANTS = ("order_review_requested", "stock_low")


def match_emails(emails: Iterable[StoredEmail], events: Mapping[str, Row]) -> list[SentEmail]:
    """One ``SentEmail`` per email and recipient; ``events`` are rows by event id."""
    counts = Counter(
        (link["order_id"], bool(link["admin"]), recipient)
        for email in emails
        if (link := LINK.search(email.text))
        for recipient in email.to
    )
    return [
        SentEmail(event_id, recipient)
        for (order_id, admin, recipient), count in sorted(counts.items())
        for event_id in _assign(order_id, count, list(_events_of(events, order_id, admin=admin)))
    ]


def exclude_orders(orders: Container[str], emails: Iterable[StoredEmail]) -> list[StoredEmail]:
    """Without emails about these orders, which were undone; the mailbox cannot delete emails."""
    return [email for email in emails if _order_of(email) not in orders]


def _order_of(email: StoredEmail) -> str:
    link = LINK.search(email.text)
    return link["order_id"] if link else ""


def _events_of(events: Mapping[str, Row], order_id: str, *, admin: bool) -> Iterator[str]:
    """The order's events that send an email to customers, or to merchants; newest first."""
    types = TO_MERCHANTS if admin else TO_CUSTOMERS
    for event_id in sorted(events, reverse=True):
        row = events[event_id]
        if row["order_id"] == order_id and row["type"] in types:
            yield event_id


def _assign(order_id: str, count: int, event_ids: list[str]) -> list[str]:
    """Newest events first: only the first event's email, the confirmation, may be skipped."""
    known = event_ids or [f"{order_id}-unknown"]
    return known[:count] + known[:1] * (count - len(known))
