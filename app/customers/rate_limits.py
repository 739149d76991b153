"""Rate limits: at most so many attempts by one source within a fixed window of 15 minutes.

Rate limiting pattern: https://learn.microsoft.com/azure/architecture/patterns/rate-limiting-pattern
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, PutError

from app.customers.models import RateLimitWindow, sha256_hex
from app.errors import RateLimited
from app.i18n.messages import lazy_ngettext
from app.persistence.dynamodb import is_condition_failure

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class RateLimit:
    """At most ``max_hits`` in each window for each source, such as an email or an IP address."""

    name: str
    max_hits: int

    def hit(self, source: str, *, now: datetime) -> None:
        """Count one attempt. Raises ``RateLimited`` if the window is full.

        The counter is set with a condition instead of incremented, so a write that the SDK
        retries is not counted twice.
        """
        window = int(now.timestamp() // WINDOW.total_seconds())
        row = RateLimitWindow(
            f"rate_limit#{self.name}#{sha256_hex(source)}",
            str(window),
            expires_at=now + 2 * WINDOW,
        )
        while (hits := _read_hits(row)) < self.max_hits:
            if _set_hits(row, hits + 1):
                return
        seconds_left = WINDOW.total_seconds() * (window + 1) - now.timestamp()
        retry_after = int(seconds_left) + 1
        message = lazy_ngettext(
            minutes(retry_after),
            "Too many attempts. Please try again in a minute.",
            "Too many attempts. Please try again in %(count)s minutes.",
        )
        raise RateLimited(message, retry_after=retry_after)


def minutes(seconds: int) -> int:
    """The whole minutes after which this many seconds are over."""
    return -(-seconds // 60)


def _read_hits(row: RateLimitWindow) -> int:
    try:
        return RateLimitWindow.get(row.owner, row.part, consistent_read=True).hits
    except DoesNotExist:
        return 0


def _set_hits(row: RateLimitWindow, hits: int) -> bool:
    """Save the counter if it is still one lower. False if another request changed it."""
    row.hits = hits
    is_first = RateLimitWindow.owner.does_not_exist()
    is_unchanged = RateLimitWindow.hits == hits - 1
    try:
        row.save(condition=is_first if hits == 1 else is_unchanged)
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
