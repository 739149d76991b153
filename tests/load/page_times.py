"""Response times of each page as percentiles, with the number of errors and throttled requests."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.load.records import RequestRecord
from tests.load.targets import Quantiles

THROTTLED = (429, 503)


@dataclass(frozen=True)
class PageTimes:
    """All requests for one page; ``times`` are of successful requests only."""

    page: str
    requests: int
    errors: int
    throttles: int
    times: Quantiles


def summarize_pages(requests: Iterable[RequestRecord]) -> list[PageTimes]:
    by_page: dict[str, list[RequestRecord]] = defaultdict(list)
    for request in requests:
        by_page[request.page].append(request)
    return [_summarize_page(page, by_page[page]) for page in sorted(by_page)]


def _summarize_page(page: str, requests: Sequence[RequestRecord]) -> PageTimes:
    throttles = [request for request in requests if request.status in THROTTLED]
    errors = [request for request in requests if request.error and request not in throttles]
    successes = [request.ms for request in requests if not request.error]
    return PageTimes(page, len(requests), len(errors), len(throttles), quantiles(successes))


def quantiles(values: Sequence[float]) -> Quantiles:
    """Percentiles by nearest rank, so each is a measured value."""
    if not values:
        return Quantiles(0, 0, 0)
    ranked = sorted(values)
    return Quantiles(*(ranked[-(-len(ranked) * share // 100) - 1] for share in (50, 95, 99)))
