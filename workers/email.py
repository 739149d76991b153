"""Email worker: sends the email about an order event. Idempotent by a send lease."""

from typing import Any

from app import clock
from app.aws.secrets import signing_secret
from app.aws.ses import send
from app.emails.delivery import acquire_lease, compose_email, mark_sent
from app.orders.events import OrderEvent
from app.shop_time import shop_zone
from workers.batch import process_events


def send_email(event: OrderEvent) -> None:
    """Send the email once. A crash between sending and ``mark_sent`` sends it a second time."""
    lease_id = acquire_lease(event, now=clock.now())
    if lease_id is None:
        return
    outgoing = compose_email(event, signing_secret())
    if outgoing:
        for address in outgoing.to:
            send(outgoing.email, address, event_id=event.event_id)
    mark_sent(event, lease_id, now=clock.now())


shop_zone()  # a wrong SHOP_TIME_ZONE stops the function before it sends anything


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return process_events(event, context, send_email, worker="email")
