"""How often a page asks the data store, counted from the emulator's record of every call."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from infra.local.cloud import LocalCloud

STORE = "dynamodb.amazonaws.com"


def round_trips(cloud: LocalCloud, visit: Callable[[], Any], times: int = 3) -> int:
    """Calls of one visit, the most of a few visits.

    The store is also asked by workers and schedules meanwhile; each function has credentials of
    its own, and those that speak in every one of the visits are the shop's.
    """
    callers = [Counter(caller for _, caller in _new_calls(cloud, visit)) for _ in range(times)]
    steady = set.intersection(*(set(counted) for counted in callers))
    return max((counted[caller] for counted in callers for caller in steady), default=0)


def _new_calls(cloud: LocalCloud, visit: Callable[[], Any]) -> set[tuple[str, str]]:
    before = _calls(cloud)
    visit()
    return _calls(cloud) - before


def _calls(cloud: LocalCloud) -> set[tuple[str, str]]:
    found = cloud.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": STORE}]
    )
    return {(call["EventId"], call["Username"]) for call in found["Events"]}
