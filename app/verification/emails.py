"""Which event each letter in the mailbox is about, whatever language it is written in.

SES does not tell the `X-Event-Id` again, so what counts is whom a letter went to and which order it
leads to: there are as many letters as events, and each beyond that is one too many.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping

from app.verification.snapshot import Row, SentLetter
from infra.local.console.emails import Letter

LINK = re.compile(r"(?P<desk>/desk)?/orders/(?P<order_id>[0-9A-HJKMNP-TV-Z]{26})")
TO_CUSTOMERS = ("order_placed", "order_shipped", "order_declined", "order_cancelled")
TO_MERCHANTS = ("order_review_requested", "stock_low")


def sent_letters(letters: Iterable[Letter], events: Mapping[str, Row]) -> list[SentLetter]:
    piles = Counter(
        (link["order_id"], bool(link["desk"]), to)
        for letter in letters
        if (link := LINK.search(letter.text))
        for to in letter.to
    )
    return [
        SentLetter(event_id, to)
        for (order_id, desk, to), number in sorted(piles.items())
        for event_id in _about(order_id, number, list(_written_for(events, order_id, desk=desk)))
    ]


def not_about(orders: Container[str], letters: Iterable[Letter]) -> list[Letter]:
    """Without letters about orders that were taken back on purpose: the mailbox cannot forget."""
    return [it for it in letters if _order_of(it) not in orders]


def _order_of(letter: Letter) -> str:
    link = LINK.search(letter.text)
    return link["order_id"] if link else ""


def _written_for(events: Mapping[str, Row], order_id: str, *, desk: bool) -> Iterator[str]:
    """An order's events that write to customers, or to merchants; the newest first."""
    types = TO_MERCHANTS if desk else TO_CUSTOMERS
    for event_id in sorted(events, reverse=True):
        row = events[event_id]
        if row["order_id"] == order_id and row["type"] in types:
            yield event_id


def _about(order_id: str, number: int, event_ids: list[str]) -> list[str]:
    """The first event's letter may rightly be left out, so the newest have theirs for certain."""
    known = event_ids or [f"{order_id}-unknown"]
    return known[:number] + known[:1] * (number - len(known))
