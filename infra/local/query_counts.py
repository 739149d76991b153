"""Count the DynamoDB calls of a page, from the emulator's CloudTrail."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from infra.local.cloud import LocalCloud

EVENT_SOURCE = "dynamodb.amazonaws.com"


def count_round_trips(cloud: LocalCloud, visit: Callable[[], Any], times: int = 3) -> int:
    """The highest number of calls during one of a few visits.

    Workers and schedules call DynamoDB meanwhile. Each function has credentials of its own, so the
    caller that appears in every visit is the web function.
    """
    counts = [Counter(caller for _, caller in _new_calls(cloud, visit)) for _ in range(times)]
    callers = set.intersection(*(set(count) for count in counts))
    return max((count[caller] for count in counts for caller in callers), default=0)


def _new_calls(cloud: LocalCloud, visit: Callable[[], Any]) -> set[tuple[str, str]]:
    before = _calls(cloud)
    visit()
    return _calls(cloud) - before


def _calls(cloud: LocalCloud) -> set[tuple[str, str]]:
    response = cloud.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": EVENT_SOURCE}]
    )
    return {(call["EventId"], call["Username"]) for call in response["Events"]}
