"""A day of outages in compressed time: every service is away for hours, some at the same time.

An hour lasts ``HOUR_SECONDS``. The template's parameters shorten packing, the time after which an
order is stuck, and the delay of restarts to match. The backoff of workers and of the reconciler
(from 10 s to 15 minutes) is that of production, so recovery takes longer than the outages.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from infra.local.faults.injector import FaultInjector, outage_name
from infra.local.faults.outages import OutageKind, Service

HOUR_SECONDS = 6.0
DAY_HOURS = 24


@dataclass(frozen=True)
class DayOutage:
    """From ``begin`` until ``end``, in hours of the compressed day."""

    begin: float
    end: float
    service: Service
    kind: OutageKind = "unavailable"


DAY = (
    DayOutage(0.5, 4, "ses"),
    DayOutage(3, 6, "provider"),
    DayOutage(5, 7, "dynamodb", "throttled"),
    DayOutage(7.5, 11, "sns", "throttled"),
    DayOutage(10, 13, "sqs"),
    DayOutage(12, 15, "stepfunctions"),
    DayOutage(14, 20, "carrier"),
    DayOutage(16, 18, "dynamodb"),
    DayOutage(18.5, 20, "sns"),
    DayOutage(19, 22, "ses", "throttled"),
    DayOutage(20, 23, "provider", "throttled"),
    DayOutage(21, 23.5, "stepfunctions", "throttled"),
)


class CompressedDay:
    """Begins when it is created."""

    def __init__(self, hour_seconds: float = HOUR_SECONDS) -> None:
        self._hour_seconds = hour_seconds
        self._begin = time.monotonic()

    def wait_until(self, hour: float) -> None:
        time.sleep(max(0, self._begin + hour * self._hour_seconds - time.monotonic()))

    def wait_for_order(self, index: int, orders: int) -> None:
        """Spread the orders over the day."""
        self.wait_until(DAY_HOURS * index / orders)

    def inject(
        self,
        injector: FaultInjector,
        report: Callable[[str], None],
        outages: Sequence[DayOutage] = DAY,
    ) -> None:
        """Take each service away at its hour; return at the end of the day."""
        for outage in outages:
            self.wait_until(outage.begin)
            seconds = (outage.end - outage.begin) * self._hour_seconds
            name = outage_name(outage.service)
            injector.start_outage(name, timedelta(seconds=seconds), outage.kind)
            report(f"Hour {outage.begin:g}: {outage.service} is {outage.kind}")
        self.wait_until(DAY_HOURS)
        injector.clear()
