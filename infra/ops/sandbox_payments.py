"""Change a payment at the sandbox provider, and send its signed webhook to the shop.

Runs as a process of its own with the environment of the web function; see ``app_process.py``.
"""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from http import HTTPStatus

import httpx
from msgspec.json import decode

from app import clock
from app.aws.secrets import webhook_secret
from app.payments import sandbox_dashboard
from app.payments.webhooks import SIGNATURE_HEADER, sign
from app.settings import settings

CHANGES: dict[str, sandbox_dashboard.Change] = {
    "capture": sandbox_dashboard.capture_late,
    "refund": sandbox_dashboard.refund_payment,
    "dispute": sandbox_dashboard.open_dispute,
    "dispute-won": partial(sandbox_dashboard.close_dispute, won=True),
    "dispute-lost": partial(sandbox_dashboard.close_dispute, won=False),
}
RETRY_SECONDS = (1, 2, 4, 8, 16, 30, 60)  # a real provider delivers an event again for days


def change_payment(change: str, order_id: str, *, now: datetime) -> int:
    """Make the change and deliver its event until it is acknowledged; returns the HTTP status.

    Raises ``LookupError`` if the provider has no payment of this order.
    """
    body = CHANGES[change](order_id, now=now)
    for status in _deliveries(body):
        if status < HTTPStatus.BAD_REQUEST:
            break
    return status


def _deliveries(body: bytes) -> Iterator[int]:
    yield _deliver(body)
    for seconds in RETRY_SECONDS:
        time.sleep(seconds)
        yield _deliver(body)


def _deliver(body: bytes) -> int:
    signature = sign(body, webhook_secret(), at=clock.now())
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature}
    url = f"{settings().base_url}/webhooks/payments"
    return httpx.post(url, content=body, headers=headers, timeout=30).status_code


if __name__ == "__main__":
    try:
        change, order_id = decode(sys.stdin.buffer.read(), type=tuple[str, str])
        last = change_payment(change, order_id, now=clock.now())
    except LookupError as error:
        sys.exit(str(error))
    if last >= HTTPStatus.BAD_REQUEST:
        sys.exit(f"The shop answered {last} to every delivery of the event.")
