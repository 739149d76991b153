"""Records each order event as a fact, once, and marks its hour as due for the roll-up.

Write sharding:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html
"""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pynamodb.expressions.update import Action
from ulid import ULID

from app.analytics.models import SHARD_COUNT, SalesRow, Total, add_up
from app.persistence.dynamodb import creation_actions, update_if
from app.shop_time import shop_time

HOUR = timedelta(hours=1)


def record_fact(
    event_id: str, occurred_at: datetime, totals: Iterable[tuple[str, Total]], *, now: datetime
) -> bool:
    """Write what an event adds to the sales figures. Returns False if that was written before.

    Idempotent consumer. It deduplicates by the event's id, the key of its only write:
    https://microservices.io/patterns/communication-style/idempotent-consumer.html

    The hour is marked as due after the fact is written, also by a repeat: a crash between the two
    writes leaves no fact that the roll-up misses. While an hour lasts, each process marks it once.
    """
    hour = utc_hour(occurred_at)
    local_hour = f"{shop_time(occurred_at):%Y-%m-%dT%H%z}"
    figures = {local_hour: add_up(totals)}
    fact = SalesRow(*fact_key(event_id, occurred_at), figures=figures, recorded_at=now)
    is_new = update_if(fact, creation_actions(fact), SalesRow.period.does_not_exist())
    if now < start_of_hour(hour) + HOUR:
        mark_current_hour_due(hour)
    else:
        mark_due(hour)
    return is_new


@lru_cache(maxsize=100)
def mark_current_hour_due(hour: str) -> None:
    """Mark an hour that is not over, once per process: until it is, the roll-up keeps the mark."""
    mark_due(hour)


def mark_due(hour: str) -> None:
    """Have the hour summed up again. The new version makes a running roll-up of it fail."""
    sums_of(hour).update(actions=[SalesRow.due.set("due"), new_version()])


def new_version() -> Action:
    return SalesRow.version.set(str(ULID()))


def sums_of(hour: str) -> SalesRow:
    """The row of an hour's sums, with only its key."""
    return SalesRow(hour[:7], hour)


def utc_hour(moment: datetime) -> str:
    """The hour of a moment, in UTC: "2026-05-14T11"."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H}"


def start_of_hour(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00+00:00")


def fact_key(event_id: str, occurred_at: datetime) -> tuple[str, str]:
    """Partition and sort key of the fact of an event."""
    return fact_partition(utc_hour(occurred_at), event_id), event_id


def fact_partition(hour: str, event_id: str) -> str:
    return f"{hour}#{zlib.crc32(event_id.encode()) % SHARD_COUNT}"
