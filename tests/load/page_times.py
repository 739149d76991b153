"""How long pages took, by quantile, and how many answers were wrong."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.load.records import Seen
from tests.load.targets import Quantiles

THROTTLED = (429, 503)


@dataclass(frozen=True)
class PageTimes:
    """All requests for one page. Wrong answers are fast or slow for reasons of their own: apart."""

    page: str
    requests: int
    errors: int
    throttles: int
    times: Quantiles


def pages(requests: Iterable[Seen]) -> list[PageTimes]:
    by_page: dict[str, list[Seen]] = defaultdict(list)
    for request in requests:
        by_page[request.page].append(request)
    return [_of_page(page, by_page[page]) for page in sorted(by_page)]


def _of_page(page: str, requests: Sequence[Seen]) -> PageTimes:
    throttles = [it for it in requests if it.status in THROTTLED]
    errors = [it for it in requests if it.error and it not in throttles]
    good = [it.ms for it in requests if not it.error]
    return PageTimes(page, len(requests), len(errors), len(throttles), quantiles(good))


def quantiles(values: Sequence[float]) -> Quantiles:
    """By the nearest rank: each is a time that somebody really waited."""
    if not values:
        return Quantiles(0, 0, 0)
    ranked = sorted(values)
    return Quantiles(*(ranked[-(-len(ranked) * share // 100) - 1] for share in (50, 95, 99)))
