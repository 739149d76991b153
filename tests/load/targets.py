"""What a run is held to: counts that hold anywhere, and times for a laptop and for AWS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantiles:
    """Milliseconds within which half, 95 and 99 of a hundred requests are answered."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Targets:
    """Seconds, unless said otherwise. Shares are of all requests; times leave out packing."""

    page: Quantiles
    placing: Quantiles
    click_to_paid: float  # the median, as for shipped
    click_to_shipped: float
    waiting_event: float  # the longest that any event waits for a worker to be done with it
    errors: float = 0.0
    throttles: float = 0.0
    dead_letters: int = 0


# Two processors run everything there, the load too. On AWS each request has its own.
LOCAL = Targets(Quantiles(150, 800, 2000), Quantiles(300, 1200, 3000), 5, 10, 60)
AWS = Targets(Quantiles(150, 500, 1500), Quantiles(250, 800, 2500), 2, 4, 60, errors=0.001)
PLACING = ("Place order", "Cancel")


def of_page(targets: Targets, page: str) -> Quantiles:
    return targets.placing if page in PLACING else targets.page
