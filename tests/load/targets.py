"""The targets of a run: counts that hold anywhere, and times for the local cloud and for AWS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantiles:
    """The 50th, 95th and 99th percentile in milliseconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Targets:
    """Times are seconds without packing; ``errors`` and ``throttles`` are shares of requests."""

    page: Quantiles
    place_order: Quantiles
    click_to_paid: float  # the median, as for shipped
    click_to_shipped: float
    event_delay: float  # the maximum, from publishing an event to the last consumer's row
    errors: float = 0.0
    throttles: float = 0.0
    dlq_messages: int = 0


# Locally two processors run everything, the load generator too; on AWS each request has its own.
LOCAL = Targets(Quantiles(150, 800, 2000), Quantiles(300, 1200, 3000), 5, 10, 60)
AWS = Targets(Quantiles(150, 500, 1500), Quantiles(250, 800, 2500), 2, 4, 60, errors=0.001)
ORDER_ACTIONS = ("Place order", "Cancel")


def page_target(targets: Targets, page: str) -> Quantiles:
    return targets.place_order if page in ORDER_ACTIONS else targets.page
