"""Requests of customers to erase their data, and what of their orders each run erases.

Right to erasure: https://eur-lex.europa.eu/eli/reg/2016/679/oj (GDPR), article 17. A request lists
its orders and not the customer, so it needs no erasure itself. It lives for longer than a backup,
so that it is followed again after a restore.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import batched

from pynamodb.attributes import TTLAttribute, UnicodeSetAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError

from app.customers.models import VisitorPart
from app.orders.models import Order
from app.orders.queries import customer_order_keys
from app.orders.return_policy import RETURN_WINDOW
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction
from app.privacy.order_erasure import erase_for_customer, outcome_of

REQUESTS_OWNER = "erasure_requests"  # the partition of all requests: few customers leave in a month
BACKUP_DAYS = 35  # how long point-in-time recovery goes back
REQUEST_TTL = timedelta(days=BACKUP_DAYS + 10)
# An order is closed for so long before it is erased: until then customers may return it, for longer
# than the law asks for (14 days, https://www.gesetze-im-internet.de/bgb/__355.html).
SETTLED_AFTER = RETURN_WINDOW
ORDERS_PER_ROW = 1_000  # 28 KB
AUDIT_ACTOR = "customer"


class ErasureRequest(VisitorPart, discriminator="erasure_request"):
    """A customer has deleted their account; or, in rows of their own, some of their orders."""

    order_ids = UnicodeSetAttribute(null=True)
    requested_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def request_erasure(email: str, session: str, *, now: datetime) -> None:
    """Record which orders to erase, then an entry in the audit log.

    Idempotent by ``session``, the visitor id of the session that requests it; a repeat adds what a
    crash left out. The orders come from an index, by eventually consistent reads. A row lists at
    most ``ORDERS_PER_ROW`` of them: DynamoDB's limit for a row is 400 KB.
    """
    count = 0
    for number, keys in enumerate(batched(customer_order_keys(email), ORDERS_PER_ROW)):
        order_ids = {key.order_id for key in keys}
        row = ErasureRequest(REQUESTS_OWNER, f"{session}#{number:04}", requested_at=now)
        row.order_ids, row.expires_at = order_ids, now + REQUEST_TTL
        row.save()
        count += len(order_ids)
    request = ErasureRequest(REQUESTS_OWNER, session, requested_at=now)
    request.expires_at = now + REQUEST_TTL
    summary = f"Deleted their account; orders to erase: {count}"
    try:
        with retrying_transaction() as transaction:
            transaction.save(request, condition=ErasureRequest.owner.does_not_exist())
            record_change(transaction, summary, path="/admin", by=AUDIT_ACTOR, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise


def follow_erasure_requests(has_time: Callable[[], bool], *, now: datetime) -> Counter[str]:
    """Erase the listed orders that are closed and settled. Counts "erased", "pending", "failed".

    Orders that were erased before cost one read each. A request with others lives on.
    """
    counts = Counter[str]()
    for request in ErasureRequest.query(REQUESTS_OWNER):
        outcomes = set[str]()
        for order in _unerased_orders(request):
            if not has_time():
                return counts
            is_due = is_settled(order, now=now)
            outcome = outcome_of(erase_for_customer, order.order_id) if is_due else "pending"
            counts[outcome] += 1
            outcomes.add(outcome)
        if outcomes - {"erased"}:
            _extend(request, now)
    return counts


def is_settled(order: Order, *, now: datetime) -> bool:
    """Whether the order has been closed for ``SETTLED_AFTER``."""
    return order.finished and order.status_changed_at + SETTLED_AFTER < now


def _unerased_orders(request: ErasureRequest) -> Iterator[Order]:
    keys = [(order_id, "order") for order_id in sorted(request.order_ids or ())]
    return (order for order in Order.batch_get(keys) if not order.erasure)


def _extend(request: ErasureRequest, now: datetime) -> None:
    if request.expires_at < now + REQUEST_TTL - timedelta(days=1):  # at most one write a day
        request.update(actions=[ErasureRequest.expires_at.set(now + REQUEST_TTL)])
