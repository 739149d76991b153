"""Send leases: each recipient gets the email about an event once."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.exceptions import PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from ulid import ULID

from app.orders.events import OrderEvent
from app.orders.numbers import read_order_id
from app.persistence.dynamodb import is_condition_failure
from app.persistence.idempotency import EmailDelivery, email_delivery_key, recipient_hash

# Longer than the function's timeout and the difference of two clocks that are each five minutes
# wrong. The email of a sender that died waits as long, since only a failed send returns its lease.
LEASE_DURATION = timedelta(minutes=11)
REFUSED: Literal["refused"] = "refused"
BOUNCED: Literal["bounced"] = "bounced"
COMPLAINED: Literal["complained"] = "complained"

type ReturnedResult = Literal["bounced", "complained"]
type Result = Literal["sent", "outdated", "limited", "refused"]


class SendInProgress(Exception):
    """Another worker holds the send lease of this email. Retry when the lease has expired."""


@dataclass(frozen=True)
class SendLease:
    """The right to send one email, held until ``LEASE_DURATION`` has passed.

    The id is random, so a worker whose lease has expired cannot record the result of a later lease
    (a fencing token: https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html).
    """

    order_id: str
    part: str
    lease_id: str


def acquire_lease(
    event: OrderEvent, recipient: str, *, now: datetime, retry_refused: bool = False
) -> SendLease | None:
    """Acquire the send lease of an event's email to a recipient, given by its hash.

    Returns None if the email was sent or skipped before. Raises ``SendInProgress`` while another
    worker holds the lease. With ``retry_refused``, a refused address is tried again.
    """
    lease = SendLease(event.order_id, email_delivery_key(event.event_id, recipient), str(ULID()))
    row = EmailDelivery(lease.order_id, lease.part)
    is_free = EmailDelivery.lease_id.does_not_exist() | (EmailDelivery.lease_until < now)
    try:
        row.update(
            actions=[
                EmailDelivery.kind.set(EmailDelivery),
                EmailDelivery.lease_id.set(lease.lease_id),
                EmailDelivery.lease_until.set(now + LEASE_DURATION),
            ],
            condition=is_free & _is_open(retry_refused=retry_refused),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        row.refresh(consistent_read=True)
        if row.sent or row.skipped:
            return None
        if row.lease_id == lease.lease_id:  # the SDK repeated the call: the first reply was lost
            return lease
        raise SendInProgress(event.event_id) from error
    return lease


def _is_open(*, retry_refused: bool) -> Condition:
    is_unsent: Condition = EmailDelivery.sent.does_not_exist() | (EmailDelivery.sent == False)  # noqa: E712
    is_unskipped: Condition = EmailDelivery.skipped.does_not_exist()
    if retry_refused:
        is_unskipped |= EmailDelivery.skipped == REFUSED
    is_open: Condition = is_unsent & is_unskipped
    return is_open


def release_lease(lease: SendLease) -> None:
    """Give the lease back after a failed send, so that the next attempt does not wait for it.

    If that fails too, the lease expires.
    """
    with suppress(PynamoDBException):
        EmailDelivery(lease.order_id, lease.part).update(
            actions=[EmailDelivery.lease_id.remove(), EmailDelivery.lease_until.remove()],
            condition=EmailDelivery.lease_id == lease.lease_id,
        )


def record_result(lease: SendLease, result: Result, *, now: datetime) -> None:
    """Record what became of the email. A crash just before this call sends it a second time."""
    actions: list[Action] = [EmailDelivery.at.set(now)]
    if result == "sent":
        actions += [EmailDelivery.sent.set(True), EmailDelivery.skipped.remove()]
    else:
        actions += [EmailDelivery.skipped.set(result), EmailDelivery.lease_id.remove()]
    EmailDelivery(lease.order_id, lease.part).update(
        actions=actions, condition=EmailDelivery.lease_id == lease.lease_id
    )


def record_returned(event_id: str, address: str, result: ReturnedResult) -> bool:
    """Record that a sent email bounced, or that its reader complained. A repeat changes nothing.

    Returns False if no email about this event was sent to the address: SES also reports emails
    that are about no order. Raises ``SendInProgress`` if the worker has yet to record the sending.
    Any result may be recorded: after a lost reply of SES, the next attempt may have found that the
    email is outdated, and SES's report shows that it was sent.
    """
    order_id = event_id.partition("-")[0]
    if read_order_id(order_id) != order_id:
        return False
    part = email_delivery_key(event_id, recipient_hash(order_id, address))
    try:
        EmailDelivery(order_id, part).update(
            actions=[EmailDelivery.skipped.set(result)],
            condition=(EmailDelivery.sent == True) | EmailDelivery.skipped.exists(),  # noqa: E712
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        if EmailDelivery.count(order_id, EmailDelivery.part == part, consistent_read=True):
            raise SendInProgress(event_id) from error
        return False
    return True
