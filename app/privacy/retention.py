"""Retention: which orders lose their personal data by age, day by day, resumable at a cursor.

Two terms: orders that were never charged, and the invoices of the others. In Germany, invoices are
kept for 8 years from the end of their year (since 2025; before that 10):
https://www.gesetze-im-internet.de/ustg_1980/__14b.html, https://www.gesetze-im-internet.de/ao_1977/__147.html
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from app.customers.models import VisitorPart
from app.orders.models import Order, OrderStatus, shards
from app.privacy.order_erasure import Erasure, erase_after_legal_term, erase_uncharged, outcome_of
from app.settings import settings
from app.shop_time import shop_day

CURSORS_OWNER = "retention"
FIRST_DAY = date(2026, 1, 1)  # no order is older than this software
BATCH_SIZE = 25


class RetentionCursor(VisitorPart, discriminator="retention_cursor"):
    """The first day whose orders are not all done, for one term."""

    next_day = UnicodeAttribute()


@dataclass(frozen=True)
class RetentionTerm:
    """Until when orders are kept, which ones it concerns, and how each is erased."""

    name: str
    first_kept_day: Callable[[date], date]  # from today's date
    concerns: Callable[[Order], bool]
    erase: Callable[[str], bool]


def _first_uncharged_day(today: date) -> date:
    return today - timedelta(days=settings().uncharged_order_days)


def _first_invoice_day(today: date) -> date:
    """The term begins at the end of the year in which the invoice was written."""
    return date(today.year - settings().invoice_retention_years, 1, 1)


UNCHARGED = RetentionTerm(
    "uncharged",
    _first_uncharged_day,
    lambda order: order.erasure is None and order.status != OrderStatus.SHIPPED,
    erase_uncharged,
)
INVOICES = RetentionTerm(
    "invoices",
    _first_invoice_day,
    lambda order: order.erasure != Erasure.COMPLETE,
    erase_after_legal_term,
)
TERMS = (UNCHARGED, INVOICES)


def erase_expired(
    term: RetentionTerm, has_time: Callable[[], bool], *, now: datetime
) -> Counter[str]:
    """Erase what the term no longer allows to keep. Counts "erased", "pending" and "failed" orders.

    Idempotent. The cursor moves on after each day without an order that is pending (open or
    disputed) or failed, and later days are processed all the same: a repeat of them only reads.
    Two runs at once do the same work twice.
    """
    counts = Counter[str]()
    day, end = next_day(term), term.first_kept_day(shop_day(now))
    while day < end and has_time():
        is_done = _erase_day(term, day, has_time, counts)
        day += timedelta(days=1)
        if is_done and not counts["pending"] and not counts["failed"]:
            save_cursor(term, day)
    return counts


def next_day(term: RetentionTerm) -> date:
    """The first day that is not done."""
    rows = RetentionCursor.query(CURSORS_OWNER, RetentionCursor.part == term.name)
    return next((date.fromisoformat(row.next_day) for row in rows), FIRST_DAY)


def reset_cursors() -> None:
    """Begin again at the first day: after a restore, orders have what was erased before."""
    for term in TERMS:
        save_cursor(term, FIRST_DAY)


def save_cursor(term: RetentionTerm, day: date) -> None:
    RetentionCursor(CURSORS_OWNER, term.name, next_day=day.isoformat()).save()


def _erase_day(
    term: RetentionTerm, day: date, has_time: Callable[[], bool], counts: Counter[str]
) -> bool:
    """Erase the day's orders. Returns False if the time was over before the last one."""
    for order in _orders_of(day):
        if term.concerns(order):
            if not has_time():
                return False
            counts[outcome_of(term.erase, order.order_id)] += 1
    return True


def _orders_of(day: date) -> Iterator[Order]:
    for shard in shards(f"{day:%Y%m%d}"):
        keys = [(order.order_id, "order") for order in Order.by_day.query(shard, page_size=100)]
        for start in range(0, len(keys), BATCH_SIZE):
            yield from Order.batch_get(keys[start : start + BATCH_SIZE])
