"""The most of each that an order may cost us, in batches of ten: counts, never time."""

from collections.abc import Iterator, Mapping

MOST = {
    "store_writes": 116,  # a little more than a kilobyte for one order in seven: long names
    "store_reads": 16,  # a story of some 4 KB, of which a second unit is sometimes begun
    "function_requests": 4.2,
    "queue_requests": 9.6,
    "topic_publishes": 3,
    "transitions": 6,
    "api_requests": 1,
    "letters": 2,
    "log_bytes": 3_000,
}
MOST_DOLLARS = 240  # for a million orders, without the letters
PAGE_READS = 3  # round trips to the store


def breaches(per_order: Mapping[str, float]) -> Iterator[str]:
    for unit, most in MOST.items():
        count = per_order.get(unit, 0)
        if count > most + 1e-9:
            yield f"{unit}: {count:g} for each order, more than {most}"
