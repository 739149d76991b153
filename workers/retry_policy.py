"""Retry policy of the queue workers: exponential backoff with jitter, for up to three days.

A transient failure is retried until it succeeds or the message is three days old. A permanent one
is not retried. https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import NotFound
from app.orders.events import OrderEvent, UnknownEvent, UnreadableEvent
from app.orders.outbox import NotInOutbox

# Equals maxReceiveCount of the queues, and is SQS's maximum. Throttled invocations count too, so
# the number must not decide: workers move a message themselves, by its age and with a reason. If
# the function does not start, SQS moves it after 1000 receives, in less than six days.
MAX_RECEIVE_COUNT = 1000
# SQS deletes messages after seven days. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
MAX_MESSAGE_AGE = timedelta(days=3)
BASE_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 10, 900  # doubled with each attempt
MAX_DOUBLINGS = 7  # more would exceed the maximum anyway
# An order or event that is missing stays missing: both were written in one transaction.
PERMANENT_FAILURES = (UnreadableEvent, NotFound, NotInOutbox)


def backoff_seconds(attempt: int) -> int:
    """The delay before the next attempt, with jitter so that a burst of failures spreads out."""
    exponential = BASE_BACKOFF_SECONDS * 2 ** min(attempt, MAX_DOUBLINGS)
    backoff = min(MAX_BACKOFF_SECONDS, exponential)
    return int(backoff * random.uniform(0.75, 1))  # noqa: S311 (jitter, not a secret)


def is_permanent_failure(error: Exception) -> bool:
    """Whether a retry cannot succeed. Newer code can read an unknown event, so that one waits."""
    return isinstance(error, PERMANENT_FAILURES) and not isinstance(error, UnknownEvent)


def is_too_old(record: dict[str, Any], message: object, *, now: datetime) -> bool:
    """Whether the queue would soon delete the message, so that it must leave the queue now."""
    return now - _enqueued_at(record, message, now) >= MAX_MESSAGE_AGE


def _enqueued_at(record: dict[str, Any], message: object, now: datetime) -> datetime:
    """When SQS received the message. A redriven message starts anew, with another three days."""
    sent = record["attributes"].get("SentTimestamp")
    if sent:
        return datetime.fromtimestamp(int(sent) / 1000, UTC)
    event = event_of(message)
    return event.occurred_at if event else now


def event_of(message: object) -> OrderEvent | None:
    """The order event that a worker's message is, or that it has as ``event``."""
    event = getattr(message, "event", message)
    return event if isinstance(event, OrderEvent) else None
