"""Retry policy of the queue workers: exponential backoff with jitter, and permanent failures.

https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

import random
from datetime import timedelta

from app import clock
from app.errors import NotFound
from app.orders.events import OrderEvent

# Equals maxReceiveCount of the queues. Workers move the message themselves, with the reason.
MAX_RECEIVE_COUNT = 5
BASE_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 10, 900  # doubled with each attempt
MISSING_ORDER_TIMEOUT = timedelta(days=1)  # an order still missing then does not exist


def backoff_seconds(attempt: int) -> int:
    """The delay before the next attempt, with jitter so that a burst of failures spreads out."""
    backoff: int = min(MAX_BACKOFF_SECONDS, BASE_BACKOFF_SECONDS * 2**attempt)
    return int(backoff * random.uniform(0.75, 1))  # noqa: S311 (jitter, not a secret)


def is_permanent_failure(error: Exception, message: object) -> bool:
    """Whether a retry cannot succeed, because the order of an old event does not exist."""
    oldest = clock.now() - MISSING_ORDER_TIMEOUT
    return (
        isinstance(error, NotFound)
        and isinstance(message, OrderEvent)
        and message.occurred_at < oldest
    )
