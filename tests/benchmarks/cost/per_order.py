"""The most of each unit that an order may cost the shop, in batches of ten: counts, never time."""

MAX_UNITS_PER_ORDER = {
    "store_writes": 94,  # a little more than a kilobyte for one order in seven: long names
    "store_reads": 14,  # a story of some 4 KB, of which a second unit is sometimes begun
    "function_requests": 4.2,
    "queue_requests": 9.6,
    "topic_publishes": 3,
    "transitions": 6,
    "api_requests": 1,
    "letters": 2,
    "log_bytes": 3_000,
}
