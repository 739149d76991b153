"""How long orders took from click to paid and shipped, and the longest wait of any event."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from app.verification.snapshot import Books, Row
from tests.load.recorder import Noted


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def clicks_to(moment: str, noted: Noted, books: Books) -> list[float]:
    """Seconds from the click on Pay to `order_paid` or `order_shipped`, packing left out.

    The shop's clock tells from placed on, and ours how long the answer took, within which it was
    placed: never less than the truth, and no two clocks are compared.
    """
    answered = {it.order_id: it.ms / 1000 for it in noted.pressed if it.what == "place"}
    found = []
    for order_id, seconds in answered.items():
        story = _told(books.parts.get(order_id, ()))
        if moment in story:
            went_by = (story[moment] - story["order_placed"]).total_seconds()
            packing = _packing(books, order_id, story) if moment == "order_shipped" else 0
            found.append(seconds + max(0.0, went_by - packing))
    return found


def _told(parts: Iterable[Row]) -> Mapping[str, datetime]:
    return {
        row["type"]: datetime.fromisoformat(row["occurred_at"])
        for row in parts
        if row["part"].startswith("event#")
    }


def _packing(books: Books, order_id: str, story: Mapping[str, datetime]) -> float:
    until = datetime.fromisoformat(books.placed[order_id]["packing_until"])
    return (until - story["order_paid"]).total_seconds()


def longest_wait(noted: Noted, books: Books) -> float:
    """Of all events of this run's orders, from published to the last worker's mark."""
    mine = {it.order_id for it in noted.pressed}
    waits = (wait for order_id in mine for wait in _waits(books.parts.get(order_id, ())))
    return max(waits, default=0.0)


def _waits(parts: Sequence[Row]) -> Iterator[float]:
    published = {
        f"{row['order_id']}-{row['part'].split('#')[1]}": row["published_at"]
        for row in parts
        if row["part"].startswith("event#") and row.get("published_at")
    }
    for row in parts:
        event_id = row["part"].rpartition("#")[2]
        if row["part"].startswith("seen#") and row.get("at") and event_id in published:
            seen, sent = (datetime.fromisoformat(at) for at in (row["at"], published[event_id]))
            yield (seen - sent).total_seconds()
