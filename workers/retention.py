"""Scheduled retention: erases personal data whose time is over, and that of customers who left."""

from collections import Counter
from typing import Any

from app import clock
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from app.privacy.erasure_requests import follow_erasure_requests
from app.privacy.retention import TERMS, erase_expired, reset_cursors

MIN_REMAINING_MS = 10_000  # with less time left, the remaining orders wait for the next run


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Erase in small steps until the time is over; the next run continues. Idempotent.

    ``{"after_restore": true}`` begins at the first day again, because a restored table has what
    was erased after the chosen second. Raises ``RuntimeError`` at the end if an order failed.
    """
    if event.get("after_restore"):
        reset_cursors()
    now, counts = clock.now(), Counter[str]()

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() >= MIN_REMAINING_MS)

    counts += follow_erasure_requests(has_time, now=now)
    for term in TERMS:
        counts += erase_expired(term, has_time, now=now)
    result = {name: counts[name] for name in ("erased", "pending", "failed")}
    log("retention", erased=counts["erased"], pending=counts["pending"], failed=counts["failed"])
    if counts["failed"]:
        raise RuntimeError(f"Orders that could not be erased: {counts['failed']}.")
    return result
