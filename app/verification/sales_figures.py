"""Sales figures: each event that analytics has seen is in them once, and nothing else (N1)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, Row, body_of

BY_HOUR = ("placed", "paid", "cancelled")
MARK = "seen#analytics#"

type Figure = tuple[str, int, int]  # its name, how many, how many cents


def at_any_time(books: Books) -> Iterator[Breach]:
    """The mark and the count are one write, so this holds while others are still to be counted."""
    due, kept = _due(books), _kept(books)
    for name in sorted(due | kept):
        if due[name] != kept[name]:
            says = f"the books have {kept[name]}, the events that were seen make {due[name]}."
            yield Breach("N1", name, says)


def at_rest(books: Books) -> Iterator[Breach]:
    """Revenue is what the provider took, whether it went back later or not."""
    counted = sum(row["cents"] for row in books.sales if row["figure"].endswith("#paid"))
    taken = sum(it["amount"] for order_id in books.intents for it in books.charges(order_id))
    if counted != taken:
        yield Breach("N1", "paid", f"{counted} were counted, the provider took {taken}.")


def _due(books: Books) -> Counter[str]:
    due: Counter[str] = Counter()
    for row in books.orders:
        event = books.events.get(row["part"].removeprefix(MARK))
        if row["part"].startswith(MARK) and event:
            _add(due, _figures_of(body_of(event)))
    return due


def _kept(books: Books) -> Counter[str]:
    kept: Counter[str] = Counter()
    for row in books.sales:
        month = row["bucket"].partition("#")[0]
        _add(kept, [(f"{month}-{row['figure']}", row["tally"], row["cents"])])
    return kept


def _add(counter: Counter[str], figures: Iterator[Figure] | list[Figure]) -> None:
    for name, tally, cents in figures:
        counter[f"{name}, times"] += tally
        counter[f"{name}, cents"] += cents


def _figures_of(event: Row) -> Iterator[Figure]:
    """Day and hour are those of the event, in UTC, as its text names them."""
    day, hour = event["occurred_at"][:10], event["occurred_at"][11:13]
    name = event["type"].removeprefix("order_")
    cents = event.get("total", event.get("refunded", 0))
    yield f"{day}#hour#{hour}#{name}" if name in BY_HOUR else f"{day}#{name}", 1, cents
    for line in event["lines"] if name == "placed" else ():
        pieces = line["quantity"]
        yield f"{day}#sku#{line['sku']}", pieces, pieces * line["price"]
