"""The judgement: what was promised, what came of it, and whether that is enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.verification import Books, Breach
from tests.load.order_times import clicks_to, longest_wait, median
from tests.load.page_times import PageTimes, pages
from tests.load.recorder import Noted
from tests.load.targets import Targets, of_page


@dataclass(frozen=True)
class Verdict:
    """One target. A count is the shop's doing; a time is also that of the machine it ran on."""

    what: str
    value: float
    most: float
    unit: str = ""
    is_count: bool = False

    @property
    def kept(self) -> bool:
        return self.value <= self.most


@dataclass(frozen=True)
class Evidence:
    """What a run has left behind."""

    noted: Noted
    books: Books
    breaches: Sequence[Breach]
    dead_letters: int
    turned_away: int = 0  # functions that AWS throttled


def judge(evidence: Evidence, targets: Targets) -> list[Verdict]:
    found = pages(evidence.noted.requests)
    return [
        *_counts(evidence, targets, found),
        *(verdict for page in found for verdict in _times(page, targets)),
        *_orders(evidence, targets),
    ]


def _counts(evidence: Evidence, targets: Targets, found: list[PageTimes]) -> Iterator[Verdict]:
    everything = sum(page.requests for page in found)
    errors, throttles = sum(it.errors for it in found), sum(it.throttles for it in found)
    throttles += evidence.turned_away
    lost = sum(not _kept(evidence.books, it.order_id) for it in evidence.noted.pressed)
    yield Verdict("Errors", errors, targets.errors * everything, is_count=True)
    yield Verdict("Throttled", throttles, targets.throttles * everything, is_count=True)
    yield Verdict("Orders promised and not there", lost, 0, is_count=True)
    yield Verdict("Dead letters", evidence.dead_letters, targets.dead_letters, is_count=True)
    yield Verdict("Breaches in the books", len(evidence.breaches), 0, is_count=True)
    yield Verdict("Runs in which nobody bought", int(not evidence.noted.pressed), 0, is_count=True)


def _kept(books: Books, order_id: str) -> bool:
    return order_id in books.placed


def _times(page: PageTimes, targets: Targets) -> Iterator[Verdict]:
    wanted = of_page(targets, page.page)
    for name in ("p50", "p95", "p99"):
        value, most = getattr(page.times, name), getattr(wanted, name)
        yield Verdict(f"{page.page}, {name}", value, most, "ms")


def _orders(evidence: Evidence, targets: Targets) -> Iterator[Verdict]:
    noted, books = evidence.noted, evidence.books
    to_paid = median(clicks_to("order_paid", noted, books))
    to_shipped = median(clicks_to("order_shipped", noted, books))
    yield Verdict("Click on Pay to paid, median", to_paid, targets.click_to_paid, "s")
    yield Verdict("Click to shipped, median", to_shipped, targets.click_to_shipped, "s")
    wait = longest_wait(noted, books)
    yield Verdict("Longest wait of an event", wait, targets.waiting_event, "s")


def deserves(verdicts: Sequence[Verdict], *, counts_only: bool) -> int:
    """The exit code."""
    judged = [it for it in verdicts if it.is_count or not counts_only]
    return 0 if all(it.kept for it in judged) else 1
