"""Email worker: sends the emails about order events, and records those that come back from SES.

Idempotent by a send lease for each recipient.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from app import clock
from app.aws.secrets import signing_secret
from app.aws.ses import AddressRefused, send
from app.aws.sqs import send_to_dlq
from app.emails.delivery import TO_MERCHANTS, compose_email, email_recipients, is_outdated
from app.emails.recipient_limits import exceeds_limit
from app.emails.send_leases import (
    REFUSED,
    Result,
    SendInProgress,
    acquire_lease,
    record_result,
    record_returned,
    release_lease,
)
from app.errors import NotFound
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from app.observability.metrics import put_metric
from app.observability.spans import span
from app.orders.events import OrderEvent
from app.orders.outbox import NotInOutbox, require_match
from app.orders.queries import OrderDetails, load_order_details
from app.persistence.idempotency import recipient_hash
from app.shop_time import shop_zone
from workers.batch import Record, process_batch, read_order_event, with_attempts
from workers.email_events import ReturnedEmail, is_from_ses, read_returned_email

# The email may have been sent. Its lease is kept, so a short failure causes one repeat at most.
UNKNOWN_RESULTS = (ReadTimeoutError, ConnectionClosedError)
RECIPIENT = "recipient"  # a message attribute: the hash of the only recipient concerned


@dataclass(frozen=True)
class EmailTask:
    """An event to send emails about, after a redrive perhaps only to one refused address.

    ``body`` is the event as it was received, perhaps with fields that only newer code knows.
    """

    event: OrderEvent
    body: str
    recipient: str = ""


def send_emails(task: EmailTask) -> None:
    """Send each recipient the email once, unless it is no longer true or exceeds a limit.

    A crash between sending and recording sends it a second time, and so may a reply of SES that is
    lost. An address for which SES answers with an error, or which another worker handles, does not
    stop the others; the error is raised after them.
    """
    details = _load_details(task.event)
    errors: list[ClientError | SendInProgress] = []
    for address in email_recipients(task.event, details.order):
        recipient = recipient_hash(task.event.order_id, address)
        if task.recipient in ("", recipient):
            try:
                _send_once(task, address, recipient, details)
            except (ClientError, SendInProgress) as error:
                errors.append(error)
    if errors:
        raise errors[0]


def _load_details(event: OrderEvent) -> OrderDetails:
    """Read the order's rows: one of them is the event's outbox row. Raises ``NotInOutbox``."""
    try:
        details = load_order_details(event.order_id)
    except NotFound as error:
        raise NotInOutbox("The outbox has no such event.") from error
    require_match(event, details.events)
    return details


def _send_once(task: EmailTask, address: str, recipient: str, details: OrderDetails) -> None:
    lease = acquire_lease(
        task.event, recipient, now=clock.now(), retry_refused=bool(task.recipient)
    )
    if lease is None:
        return
    try:
        result = _send(task, address, recipient, details)
    except UNKNOWN_RESULTS:
        raise
    except Exception:
        release_lease(lease)
        raise
    record_result(lease, result, now=clock.now())


def _send(task: EmailTask, address: str, recipient: str, details: OrderDetails) -> Result:
    event = task.event
    if is_outdated(event, details):
        log("email outdated", event_id=event.event_id, event_type=event.type)
        return "outdated"
    if exceeds_limit(event, details.order):
        log("email limited", event_id=event.event_id, event_type=event.type, recipient=recipient)
        return "limited"
    email = compose_email(event, details, signing_secret())
    try:
        with span(event.order_id, "send email", kind="CLIENT", recipient=recipient):
            traceparent = event.traceparent or ""
            send(email, address, event_id=event.event_id, traceparent=traceparent)
    except AddressRefused as error:
        _report_refusal(task, recipient, str(error))
        return REFUSED
    return "sent"


def _report_refusal(task: EmailTask, recipient: str, code: str) -> None:
    """Count the refusal. A copy of an email to a merchant goes to the dead-letter queue.

    An operator can correct a merchant's address, and a redrive of the copy sends to it alone. A
    customer's address can only be corrected by the customer, whose order's page says so.
    """
    event = task.event
    if isinstance(event, TO_MERCHANTS):
        _send_copy_to_dlq(task, recipient, code)
    log("email refused", event_id=event.event_id, recipient=recipient, error=code)
    put_metric("EmailsRefused", 1, at=clock.now())


def _send_copy_to_dlq(task: EmailTask, recipient: str, code: str) -> None:
    event = task.event
    reason = with_attempts(f"SES refused recipient {recipient}: {code}", 1)
    attributes = {"type": event.type, "version": str(event.version), RECIPIENT: recipient}
    send_to_dlq(task.body, reason, {name: {"stringValue": it} for name, it in attributes.items()})


def record_returned_email(email: ReturnedEmail) -> None:
    """Record a bounce or complaint with the email's order, whose page in the admin shows it.

    SES itself sends nothing more to the address: see SuppressionOptions in the template.
    """
    if email.result is None:
        return
    for address in email.addresses:
        is_known = bool(email.event_id) and record_returned(email.event_id, address, email.result)
        log("email returned", result=email.result, event_id=email.event_id if is_known else None)


def _process(task: EmailTask | ReturnedEmail) -> None:
    if isinstance(task, ReturnedEmail):
        record_returned_email(task)
    else:
        send_emails(task)


def _read_task(record: Record) -> EmailTask | ReturnedEmail:
    if is_from_ses(record):
        return read_returned_email(record)
    attribute = record.get("messageAttributes", {}).get(RECIPIENT, {})
    return EmailTask(read_order_event(record), record["body"], attribute.get("stringValue", ""))


shop_zone()  # a wrong SHOP_TIME_ZONE stops the function before it sends anything


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return process_batch(event, context, _process, read=_read_task, worker="email")
